import assert from 'node:assert/strict';
import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { farside } from '../end-to-end/farside.ts';
import { gateway, policy, redirect, route, service, trust, yaml } from '../end-to-end/objects.ts';
import { authority, Folder } from '../end-to-end/shop.ts';

const together = { concurrency: 2, timeout: 60_000 };
const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;

const right = {
  'edge.yaml': yaml(gateway('edge', { port: 8080 })),
  'orders.yaml': yaml(route('orders'), policy('orders'), ...service('orders', 9443), trust(authority.certificate)),
};

test('what is asked wrongly is told with what was meant, on standard error, with exit code 2', together, async (t) => {
  const folder = new Folder(t, right).path;
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [['chekc', folder], /no command "chekc", did you mean `check`\?/],
    [['nonsense'], /no command "nonsense"\n/],
    [['--verison'], /no flag --verison/],
    [['controller'], /Gateways need --data-plane-image and --stream-address/],
    [['controller', '--data-plane-image', 'farside'], /Gateways need --data-plane-image and --stream-address/],
    [['run', '--prot-offset', '1', folder], /no flag --prot-offset, did you mean --port-offset\?/],
    [['run', '--log-levle', 'info', folder], /no flag --log-levle, did you mean --log-level\?/],
    [['run', '-z', folder], /no flag -z/],
    [['run'], /name at least one PATH/],
    [['check'], /name at least one PATH/],
    [['translate'], /name at least one PATH/],
    [['run', folder, '--port-offset', '65535'], /--port-offset: "65535" is not a whole number from 0 to 65534/],
    [['run', folder, '--port-offset', '-1'], /--port-offset: "-1" is not/],
    [['run', folder, '--address', 'localhost'], /--address: "localhost" is neither an address.* nor a CIDR/],
    [['run', folder, '--address', '127.0.0.0/33'], /--address: "127\.0\.0\.0\/33" is neither/],
    [['run', folder, '--admin', '9990'], /--admin: "9990" is not HOST:PORT/],
    [['run', folder, '--admin', '127.0.0.1:65536'], /--admin: .* is not HOST:PORT/],
    [['run', folder, '--workers', '0'], /--workers: "0" is not a whole number from 1/],
    [['run', folder, '--workers', '1', '--workers', '2'], /--workers is given twice/],
    [['run', folder, '--log-format', 'xml'], /--log-format: "xml" is not text or json/],
    [['run', folder, '--log-level', 'loud'], /--log-level: "loud" is not debug, info, warn, error or silent/],
    [['translate', folder, '-o', 'xml'], /--output: "xml" is not yaml or json/],
    [['check', folder, '-o', 'yaml'], /--output: "yaml" is not json/],
    [['run', folder, '--workers'], /--workers needs a value/],
    [['status', 'now'], /"now" is one argument too many/],
    [['check', join(folder, 'absent')], /absent" does not exist/],
    [['run', folder, join(folder, 'absent')], /absent" does not exist/],
  ];
  await Promise.all(
    wrong.map(([args, message]) =>
      t.test(`farside ${args.join(' ').replaceAll(folder, 'FOLDER')}`, async () => {
        const { code, stdout, stderr } = await farside(...args);
        assert.match(stderr, message);
        assert.deepEqual([code, stdout], [2, '']);
        assert.doesNotMatch(stderr, /\n {4}at /, 'no stack');
      }),
    ),
  );
});

test('--version and --help tell and exit with 0', together, async () => {
  for (const flag of ['--version', '-v']) {
    assert.deepEqual(await farside(flag), { code: 0, signal: null, stdout: `${version}\n`, stderr: '' });
  }
  const { code, stdout } = await farside('--help');
  assert.equal(code, 0);
  for (const command of ['run', 'translate', 'check', 'status', 'demo'])
    assert.match(stdout, new RegExp(`\n  ${command} `));
  const help = (await farside('run', '--help')).stdout;
  for (const flag of ['--address', '--port-offset', '--admin', '--workers', '--log-format', '--log-level']) {
    assert.ok(help.includes(flag), flag);
  }
});

test('check finds nothing wrong with what is right: one line, exit code 0', together, async (t) => {
  const folder = new Folder(t, right);
  assert.deepEqual(await farside('check', folder.path), {
    code: 0,
    signal: null,
    stdout: '2 files, 6 objects: nothing to complain about\n',
    stderr: '',
  });
});

test('check shows place, excerpt, caret and remedy of an error, and exits with 1', together, async (t) => {
  const folder = new Folder(t, {
    ...right,
    'orders.yaml': right['orders.yaml'].replace('name: ca\n', 'name: absent\n'),
  });
  const { code, stdout } = await farside('check', folder.path);
  assert.equal(code, 1);
  assert.match(stdout, /^error\[\w+\]: .*absent/m);
  assert.match(stdout, /┌─ \S+orders\.yaml:\d+:\d+\n/);
  const lines = stdout.split('\n');
  const caret = lines.findIndex((line) => /│ +\^+$/.test(line));
  const [marked = '', under = ''] = [lines[caret - 1], lines[caret]];
  const start = under.indexOf('^');
  assert.equal(marked.slice(start, under.length), 'absent', `the caret is under the name:\n${stdout}`);
  assert.match(stdout, /^ {2}= remedy: ./m);
  assert.match(stdout, /\n2 files, 6 objects: 1 error(, \d+ \w+)*\n$/);
});

test('check with warnings alone exits with 0', together, async (t) => {
  const folder = new Folder(t, { ...right, 'lonely.yaml': yaml(redirect('lonely', '/', 'absent')) });
  const { code, stdout } = await farside('check', folder.path);
  assert.match(stdout, /^warning\[ParentNotFound\]/m);
  assert.match(stdout, /: 1 warning\n$/);
  assert.equal(code, 0);
});

test('check -o json prints the findings in the order of the screen', together, async (t) => {
  const folder = new Folder(t, {
    ...right,
    'orders.yaml': right['orders.yaml'].replace('name: ca\n', 'name: absent\n'),
    'broken.yaml': 'a: [\n',
  });
  const { code, stdout } = await farside('check', folder.path, '-o', 'json');
  assert.equal(code, 1);
  const findings = JSON.parse(stdout) as Record<string, unknown>[];
  assertFindings(findings);
  const screen = (await farside('check', folder.path)).stdout;
  const reasons = [...screen.matchAll(/^(?:error|warning|info)\[(\w+)\]/gm)].map(([, reason]) => reason);
  assert.deepEqual(
    findings.map(({ reason }) => reason),
    reasons,
  );
});

test('translate prints one document with three keys, the same in YAML and JSON', together, async (t) => {
  const folder = new Folder(t, { ...right, 'broken.yaml': 'a: [\n' });
  const json = await farside('translate', folder.path, '--output', 'json');
  assert.deepEqual([json.code, json.stderr], [0, '']);
  const document = JSON.parse(json.stdout) as Record<string, unknown>;
  assert.deepEqual(Object.keys(document), ['model', 'status', 'findings']);
  assertFindings(document.findings as Record<string, unknown>[]);

  const statuses = document.status as Record<string, unknown>[];
  assert.deepEqual(
    statuses.map(({ kind, metadata }) => `${kind} ${(metadata as { name: string }).name}`),
    ['BackendTLSPolicy orders', 'Gateway edge', 'GatewayClass farside', 'HTTPRoute orders'],
  );
  for (const status of statuses) {
    assert.deepEqual(Object.keys(status), ['apiVersion', 'kind', 'metadata', 'status']);
    const metadata = status.kind === 'GatewayClass' ? ['name'] : ['namespace', 'name'];
    assert.deepEqual(Object.keys(status.metadata as object), metadata);
  }
  const fromYaml = parse((await farside('translate', folder.path)).stdout) as unknown;
  const timeless = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, each: unknown) => (key === 'lastTransitionTime' ? null : each)));
  assert.deepEqual(timeless(fromYaml), timeless(document));
});

test('translate and check see what run would: address and port offset', together, async (t) => {
  const folder = new Folder(t, right);
  const { stdout } = await farside(
    'translate',
    folder.path,
    '-o',
    'json',
    '--address',
    '127.7.0.0/30',
    '--port-offset',
    '100',
  );
  const { model } = JSON.parse(stdout) as { model: { listeners: object } };
  assert.deepEqual(Object.keys(model.listeners), ['127.7.0.1:8180']);
  const beyond = await farside('check', folder.path, '--port-offset', '60000');
  assert.equal(beyond.code, 1);
  assert.match(beyond.stdout, /8080 \+ 60000/);
});

test('a reader that has seen enough ends translate without a complaint', together, async (t) => {
  const executable = fileURLToPath(new URL('../../bin/farside.js', import.meta.url));
  const routes = Array.from({ length: 300 }, (_, index) => route(`r${index}`));
  const folder = new Folder(t, { ...right, 'many.yaml': yaml(...routes) });
  const options: SpawnOptions = { stdio: ['ignore', 'pipe', 'pipe'] };
  const child = spawn(process.execPath, [executable, 'translate', folder.path], options);
  const complaints: Buffer[] = [];
  child.stderr?.on('data', (chunk: Buffer) => complaints.push(chunk));
  child.stdout?.once('data', () => child.stdout?.destroy());
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  assert.deepEqual([code, signal, Buffer.concat(complaints).toString()], [0, null, '']);
});

test('status without a gateway says so and how to start one, and exits with 1', together, async () => {
  const { code, stdout, stderr } = await farside('status', '--admin', '127.0.0.1:1');
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /^farside: no gateway answers at 127\.0\.0\.1:1: .*\n.*farside run PATH…/);
});

/** The shape that the documentation promises. */
function assertFindings(findings: readonly Readonly<Record<string, unknown>>[]): void {
  assert.ok(findings.length > 0);
  const origins = ['apiVersion', 'kind', 'namespace', 'name', 'field', 'file', 'line'];
  for (const finding of findings) {
    assert.match(String(finding.severity), /^(error|warning|info)$/);
    assert.match(String(finding.reason), /^[A-Z]\w+$/);
    for (const member of ['message', 'remedy']) assert.match(String(finding[member]), /./);
    for (const member of origins) assert.ok(Object.hasOwn(finding.origin as object, member), member);
  }
}
