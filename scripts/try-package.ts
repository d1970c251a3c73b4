// Packs the package, installs it into an empty folder as a user would, and uses what is there: the command line, the
// embedded gateway, the library and its types. `--node VERSION` does so with that version of the npm package `node`.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { node: { type: 'string' } } });
const root = resolve(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const work = mkdtempSync(join(tmpdir(), 'farside-package-'));
const home = join(work, 'home');
mkdirSync(home);

function npm(cwd: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string {
  return execFileSync('npm', ['--loglevel=error', ...args], {
    cwd,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The Node to use: this one, or another from the registry. */
function chooseNode(): string {
  if (values.node === undefined) return process.execPath;
  const folder = join(work, 'node');
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  npm(folder, ['install', `node@${values.node}`, '--no-audit', '--no-fund']);
  return join(folder, 'node_modules/node/bin/node');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function install(): string {
  npm(root, ['pack', '--pack-destination', work]);
  writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  npm(home, ['install', join(work, `farside-${version}.tgz`), '--omit=dev', '--no-audit', '--no-fund']);
  const installed = join(home, 'node_modules/farside');
  for (const needed of ['LICENSE', 'README.md', 'CHANGELOG.md', 'dist/index.d.ts', 'dist/cli/main.js']) {
    assert.ok(existsSync(join(installed, needed)), `${needed} is in the package`);
  }
  const data = globSync('src/**/*.{json,cnf}', { cwd: root });
  for (const file of data) {
    assert.ok(existsSync(join(installed, file.replace(/^src/, 'dist'))), `${file} is in the package`);
  }
  assert.ok(data.length > 0);
  const foreign = globSync('{src,tests,scripts,bench}/**', { cwd: installed });
  assert.deepEqual(foreign, [], 'only what is needed is in the package');
  return join(home, 'node_modules/.bin/farside');
}

function writeObjects(port: number): void {
  mkdirSync(join(home, 'objects'));
  writeFileSync(
    join(home, 'objects/gateway.yaml'),
    `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: farside
  listeners: [{ name: http, port: ${port}, protocol: HTTP }]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: web, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  rules:
  - filters: [{ type: RequestRedirect, requestRedirect: { path: { type: ReplaceFullPath, replaceFullPath: /there } } }]
`,
  );
}

async function tryRun(node: string, farside: string, port: number): Promise<void> {
  const child = spawn(node, [farside, 'run', 'objects', '--admin', '127.0.0.1:0', '--workers', '2'], {
    cwd: home,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
    output += text;
    if (output.includes('ready: ') && output.includes('admin API on')) break;
  }
  assert.match(output, /ready: /, output);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' });
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get('location'), `http://127.0.0.1:${port}/there`);
  await answer.body?.cancel();
  child.kill('SIGTERM');
  const [code] = (await once(child, 'exit')) as [number | null];
  assert.equal(code, 0, 'the gateway ends when it is asked to');
}

/** A program of a user's, checked with every declaration of the package and run. */
function tryLibrary(node: string): void {
  const program = `import { loadFolder, type Model, parseAddressPool, translate } from 'farside';

const pool = parseAddressPool('127.0.0.1');
if (pool === null) throw new Error('no address');
const snapshot = await loadFolder(['objects']);
const now: string = new Date().toISOString();
const { model, findings }: { model: Model; findings: readonly { severity: string }[] } = translate(snapshot, { pool, portOffset: 0, now });
console.log(Object.keys(model.routes).length, findings.length);
`;
  writeFileSync(join(home, 'program.ts'), program);
  const options = ['--strict', '--module', 'nodenext', '--target', 'es2024', '--types', 'node'];
  const types = ['--typeRoots', join(root, 'node_modules/@types')];
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  execFileSync(process.execPath, [compiler, ...options, ...types, 'program.ts'], { cwd: home, stdio: 'inherit' });
  assert.equal(execFileSync(node, ['program.js'], { cwd: home, encoding: 'utf8' }), '1 0\n');
}

try {
  const node = chooseNode();
  const ask = (...args: readonly string[]): string => execFileSync(node, args, { cwd: home, encoding: 'utf8' });
  const farside = install();
  const port = await freePort();
  writeObjects(port);
  assert.equal(ask(farside, '--version'), `${version}\n`);
  const path = [dirname(node), process.env.PATH ?? ''].join(delimiter);
  assert.equal(
    npm(home, ['exec', '--no', '--', 'farside', '--version'], { ...process.env, PATH: path }),
    `${version}\n`,
  );
  assert.match(ask(farside, 'check', 'objects'), /^1 file, 2 objects: nothing to complain about\n$/);
  await tryRun(node, farside, port);
  tryLibrary(node);
  console.log(`farside ${version} installs and works with Node ${ask('--version').trim()}`);
} finally {
  rmSync(work, { recursive: true, force: true });
}
