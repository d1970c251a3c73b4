import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ClusterAccessError } from '../../src/sources/kubernetes/access.ts';
import { findCluster } from '../../src/sources/kubernetes/connect.ts';
import { readInCluster } from '../../src/sources/kubernetes/in-cluster.ts';
import { readKubeconfig } from '../../src/sources/kubernetes/kubeconfig.ts';

const config = (user: string, cluster = 'server: https://api.test:6443') => `
apiVersion: v1
kind: Config
current-context: first
contexts:
- {name: first, context: {cluster: c, user: u, namespace: infra}}
- {name: second, context: {cluster: c, user: nobody}}
clusters:
- name: c
  cluster: {${cluster}}
users:
- name: u
  user: {${user}}
`;

function folderOf(context: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'farside-kubeconfig-'));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

test('a kubeconfig gives server, namespace, authority and credentials; files are relative to it and read again', async (context) => {
  const ca = Buffer.from('authority').toString('base64');
  const folder = folderOf(context, {
    config: config(
      'client-certificate: u.crt, client-key: u.key, tokenFile: token',
      `server: https://api.test:6443, certificate-authority-data: ${ca}, tls-server-name: kubernetes`,
    ),
    'u.crt': 'certificate',
    'u.key': 'key',
    token: 'one\n',
  });
  const access = await readKubeconfig(join(folder, 'config'), null);
  assert.equal(access.server.href, 'https://api.test:6443/');
  assert.equal(access.namespace, 'infra');
  const first = await access.credentials();
  assert.deepEqual(first, {
    tls: { ca: 'authority', cert: 'certificate', key: 'key', serverName: 'kubernetes' },
    token: 'one',
  });
  assert.equal(await access.credentials(), first);
  writeFileSync(join(folder, 'token'), 'two');
  assert.equal((await access.credentials()).token, 'two');
});

test('another token in the file of a kubeconfig keeps connections, and another certificate does not', async (context) => {
  const files = { 'u.crt': 'certificate', 'u.key': 'key', token: 'one' };
  const folder = folderOf(context, {
    config: config('client-certificate: u.crt, client-key: u.key, tokenFile: token'),
    ...files,
  });
  const access = await readKubeconfig(join(folder, 'config'), null);
  const first = await access.credentials();
  assert.equal(await access.credentials(), first);
  writeFileSync(join(folder, 'token'), 'two');
  const second = await access.credentials();
  assert.equal(second.token, 'two');
  assert.equal(second.tls, first.tls);
  writeFileSync(join(folder, 'u.crt'), 'renewed');
  assert.equal((await access.credentials()).tls.cert, 'renewed');
});

test('a pod reads its token again, and keeps its connections while the authority stays', async (context) => {
  const folder = folderOf(context, { token: 'one', 'ca.crt': 'authority', namespace: 'farside-system\n' });
  const environment = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '6443' };
  const access = await readInCluster(environment, folder);
  assert.equal(access.server.href, 'https://[fd00::1]:6443/');
  assert.equal(access.namespace, 'farside-system');
  const first = await access.credentials();
  writeFileSync(join(folder, 'token'), 'two');
  const second = await access.credentials();
  assert.equal(second.token, 'two');
  assert.equal(second.tls, first.tls);
  writeFileSync(join(folder, 'ca.crt'), 'another');
  assert.equal((await access.credentials()).tls.ca, 'another');
});

for (const [what, text, message] of [
  ['exec', config('exec: {command: aws}'), /says "exec", which is not supported/],
  ['a password', config('username: a, password: hunter2'), /says "username", which is not supported/],
  ['a proxy', config('token: t', 'server: "https://a", proxy-url: "http://b"'), /says "proxy-url"/],
  ['no server', config('token: t', 'server: ""'), /no usable server/],
  ['no YAML', 'token: hunter2: {', /is not YAML/],
  ['no such user', config('token: t').replace('name: u\n', 'name: x\n'), /has no user named "u"/],
  ['a missing file', config('tokenFile: nowhere'), /names a tokenFile that cannot be read/],
] as const) {
  test(`a kubeconfig with ${what} is refused in a sentence that holds no secret`, async (context) => {
    const folder = folderOf(context, { config: text });
    await assert.rejects(readKubeconfig(join(folder, 'config'), null), (cause: Error) => {
      assert.ok(cause instanceof ClusterAccessError);
      assert.match(cause.message, message);
      assert.ok(!cause.message.includes('hunter2'));
      return true;
    });
  });
}

test('a kubeconfig that does not exist is told with how to name another', async (context) => {
  const folder = folderOf(context, {});
  for (const kubeconfig of [join(folder, 'nowhere'), null]) {
    const found = findCluster({ kubeconfig, context: null, environment: { HOME: folder } });
    await assert.rejects(found, (cause: Error) => {
      assert.match(cause.message, /^the kubeconfig \S+ does not exist: name one with --kubeconfig or KUBECONFIG$/);
      return true;
    });
  }
});

test('the file that was named comes before KUBECONFIG, and that before the pod', async (context) => {
  const folder = folderOf(context, {
    named: config('token: named'),
    environment: config('token: environment'),
    list: '',
  });
  const environment = { KUBECONFIG: join(folder, 'environment'), KUBERNETES_SERVICE_HOST: '10.0.0.1' };
  const tokenOf = async (kubeconfig: string | null) =>
    (await (await findCluster({ kubeconfig, context: null, environment })).credentials()).token;
  assert.equal(await tokenOf(join(folder, 'named')), 'named');
  assert.equal(await tokenOf(null), 'environment');
  const several = { KUBECONFIG: 'a:b' };
  await assert.rejects(findCluster({ kubeconfig: null, context: null, environment: several }), /several files/);
  await assert.rejects(
    findCluster({ kubeconfig: join(folder, 'named'), context: 'third', environment }),
    /has no context named "third"/,
  );
});
