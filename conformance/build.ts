// What a run needs, built from Go modules into .cache/conformance/, each part once until its sources change.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import type { Version } from './options.ts';

export const root = resolve(import.meta.dirname, '..');
export const cache = join(root, '.cache/conformance');

/** The go.mod files name the toolchain that each module needs; a `GOTOOLCHAIN=local` of the machine would refuse it. */
const goEnvironment = { ...process.env, GOTOOLCHAIN: 'auto', CGO_ENABLED: '0' };

export function buildCluster(): string {
  const flags = readFileSync(join(import.meta.dirname, 'cluster/ldflags'), 'utf8').trim();
  return build('testcluster', 'cluster', ['build', '-ldflags', flags, '.']);
}

/** Lets this process, and those that it starts, find `kubectl`: the machine's own, or one of the cluster's version. */
export function provideKubectl(): void {
  if (spawnSync('kubectl', ['version', '--client']).status === 0) return;
  const flags = readFileSync(join(import.meta.dirname, 'cluster/ldflags'), 'utf8').trim();
  build('kubectl', 'cluster', ['build', '-ldflags', flags, 'k8s.io/kubernetes/cmd/kubectl']);
  process.env.PATH = `${cache}${delimiter}${process.env.PATH ?? ''}`;
}

/** The suite as a program, a Go test binary. */
export function buildSuite(version: Version): string {
  return build(`suite-${version}`, `suite/${version}`, ['test', '-c', '.']);
}

/** Images of the suite's manifests, by the name without tag, and the programs that stand in for them. */
export function buildImages(): Readonly<Record<string, readonly string[]>> {
  const module = 'sigs.k8s.io/gateway-api-conformance-images/echo-basic';
  const echo = build('echo-basic', 'images', ['build', '-trimpath', module]);
  const coredns = build('coredns', 'images', ['build', '-trimpath', './coredns']);
  return {
    'registry.k8s.io/gateway-api/echo-basic': [echo],
    'registry.k8s.io/gateway-api/conformance/echo-basic': [echo],
    'registry.k8s.io/coredns/coredns': [coredns],
  };
}

/** The folder of the experimental channel's resource definitions, which cover every feature. */
export function definitions(version: Version): string {
  const folder = go(join(import.meta.dirname, 'suite', version), [
    'list',
    '-m',
    '-f',
    '{{.Dir}}',
    'sigs.k8s.io/gateway-api',
  ]);
  return join(folder, 'config/crd/experimental');
}

/** The folder of a Go module, `path@version`, whose files are wanted and not its program. */
export function downloadModule(module: string): string {
  // Outside of any module: none asks for this one.
  const answer = JSON.parse(go(cache, ['mod', 'download', '-json', module])) as { readonly Dir: string };
  return answer.Dir;
}

function build(name: string, folder: string, args: readonly string[]): string {
  const output = join(cache, name);
  const module = join(import.meta.dirname, folder);
  const sources = globSync(['**/*.go', 'go.mod', 'go.sum', 'ldflags'], { cwd: module });
  const newest = Math.max(...sources.map((file) => statSync(join(module, file)).mtimeMs));
  if (existsSync(output) && statSync(output).mtimeMs > newest) return output;
  console.error(`building ${name}, which takes minutes the first time`);
  mkdirSync(cache, { recursive: true });
  const [command, ...rest] = args;
  // Renamed when it is whole, for a run that starts meanwhile.
  const partial = `${output}.${process.pid}`;
  go(module, [command ?? 'build', '-o', partial, ...rest]);
  renameSync(partial, output);
  return output;
}

function go(folder: string, args: readonly string[]): string {
  return execFileSync('go', args, {
    cwd: folder,
    env: goEnvironment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim();
}
