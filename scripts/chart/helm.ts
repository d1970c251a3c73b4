import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '../..');
export const chart = join(root, 'charts/farside');

const version = 'v4.3.1';
const cache = join(root, '.cache');
/** Where the helm that is built here is. */
export const helmBinary = join(cache, 'helm');

/** Why there is no helm, and none can be made. */
export class NoHelmError extends Error {}

/** A helm of a known version, built once per checkout, which takes some minutes. Throws `NoHelmError` without Go. */
export function provideHelm(): string {
  if (existsSync(helmBinary)) return helmBinary;
  if (spawnSync('go', ['version']).status !== 0) throw new NoHelmError('Go is not installed, and helm is a Go program');
  console.error(`building helm ${version}, which takes minutes the first time`);
  mkdirSync(cache, { recursive: true });
  const target = mkdtempSync(join(cache, 'helm-'));
  try {
    execFileSync('go', ['install', '-trimpath', `helm.sh/helm/v4/cmd/helm@${version}`], {
      // The module names the toolchain that it needs.
      env: { ...process.env, GOBIN: target, GOTOOLCHAIN: 'auto', CGO_ENABLED: '0' },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    renameSync(join(target, 'helm'), helmBinary);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
  return helmBinary;
}

export interface Rendering {
  /** Whether helm takes the chart with these values. */
  readonly accepted: boolean;
  /** The manifests, or why there are none. */
  readonly output: string;
}

/** What `helm template` makes of the chart, as release `farside` in namespace `farside-system`. Asks no cluster. */
export function render(helm: string, ...options: readonly string[]): Rendering {
  const command = ['template', 'farside', chart, '--namespace', 'farside-system', ...options];
  const { status, stdout, stderr } = spawnSync(helm, command, { encoding: 'utf8', maxBuffer: 64 << 20 });
  return status === 0 ? { accepted: true, output: stdout } : { accepted: false, output: stderr };
}
