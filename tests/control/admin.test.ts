import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type TestContext, test } from 'node:test';
import { isOwnHost } from '../../src/control/admin/host.ts';
import { AdminAddressError, type AdminServer, mayRead, startAdmin } from '../../src/control/admin/server.ts';
import { type GatewayState, initialState } from '../../src/control/state.ts';
import { modelWith } from './model.ts';

interface Answer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

async function serve(context: TestContext, state: GatewayState, metrics = async () => 'farside_up 1\n') {
  const admin = await startAdmin(
    { host: '127.0.0.1', port: 0 },
    { state: () => state, metrics, observations: async () => [] },
  );
  context.after(() => admin.close());
  return admin;
}

/** Sends bytes as they are and reads to the end. */
function exchange(admin: AdminServer, request: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(admin.address.port, admin.address.host, () => socket.write(request));
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      resolve({ status: Number(head.split(' ')[1]), head, body });
    });
  });
}

const get = (admin: AdminServer, path: string, host = '127.0.0.1', method = 'GET'): Promise<Answer> =>
  exchange(admin, `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);

const ready: GatewayState = {
  ...initialState,
  revision: 7,
  model: modelWith(80),
  open: ['127.0.0.1:80'],
  readiness: { ready: true },
};

test('the pages', async (context) => {
  const admin = await serve(context, ready);
  assert.deepEqual(JSON.parse((await get(admin, '/healthz')).body), { healthy: true });
  assert.deepEqual(JSON.parse((await get(admin, '/readyz?verbose')).body), { ready: true, revision: 7 });
  const metrics = await get(admin, '/metrics');
  assert.match(metrics.head, /content-type: text\/plain; version=0\.0\.4/);
  assert.equal(metrics.body, 'farside_up 1\n');
  const status = JSON.parse((await get(admin, '/api/status')).body);
  assert.deepEqual(status, { revision: 7, ready: true, open: ['127.0.0.1:80'], status: [], findings: [] });
  const model = JSON.parse((await get(admin, '/api/model')).body);
  assert.deepEqual(model, { revision: 7, model: ready.model });
});

test('who is not ready says so, with the cause, and is healthy all the same', async (context) => {
  const admin = await serve(context, initialState);
  const answer = await get(admin, '/readyz');
  assert.equal(answer.status, 503);
  assert.equal(JSON.parse(answer.body).cause, 'no configuration is in force yet');
  assert.equal((await get(admin, '/healthz')).status, 200);
});

test('other paths and methods are refused with what there is', async (context) => {
  const admin = await serve(context, ready);
  const missing = await get(admin, '/../etc/passwd');
  assert.equal(missing.status, 404);
  assert.ok(JSON.parse(missing.body).pages.includes('/readyz'));
  assert.equal((await get(admin, '/constructor')).status, 404);
  const post = await get(admin, '/healthz', '127.0.0.1', 'POST');
  assert.equal(post.status, 405);
  assert.match(post.head, /allow: GET, HEAD/i);
});

test('HEAD answers with the head alone', async (context) => {
  const admin = await serve(context, ready);
  const answer = await get(admin, '/healthz', 'localhost', 'HEAD');
  assert.equal(answer.status, 200);
  assert.match(answer.head, /content-length: 17/i);
  assert.equal(answer.body, '');
});

test('a request that names another host is refused, whatever it asks for', async (context) => {
  const admin = await serve(context, ready);
  for (const host of ['evil.example', 'evil.example:9990', '127.0.0.1.evil.example', '203.0.113.7', 'localhost.']) {
    const answer = await get(admin, '/api/model', host);
    assert.equal(answer.status, 403, host);
    assert.ok(!answer.body.includes('listeners'));
  }
  const withoutHost = await exchange(admin, 'GET /api/model HTTP/1.0\r\n\r\n');
  assert.equal(withoutHost.status, 403);
});

test('own hosts are localhost, loopback addresses and what was configured', () => {
  const own = ['localhost', 'LOCALHOST:9990', '127.0.0.1', '127.9.9.9:1', '[::1]', '[::1]:9990', '[0:0::1]:9990'];
  for (const host of own) assert.equal(isOwnHost(host, '127.0.0.1'), true, host);
  const foreign = [
    undefined,
    '',
    'localhost@evil',
    '[::1',
    '::1',
    '10.0.0.1',
    '[::2]',
    'localhost:port',
    'a b',
    '127.0.0.1:99999999',
  ];
  for (const host of foreign) assert.equal(isOwnHost(host, '127.0.0.1'), false, String(host));
  assert.equal(isOwnHost('admin.internal:9990', 'admin.internal'), true);
  assert.equal(isOwnHost('10.0.0.5', '10.0.0.5'), true);
  for (const wildcard of ['0.0.0.0', '::']) {
    assert.equal(isOwnHost('10.244.0.7:9990', wildcard), true);
    assert.equal(isOwnHost('evil.example:9990', wildcard), false);
  }
  assert.equal(isOwnHost('[2001:DB8::1]', '2001:db8:0::1'), true);
});

test('metrics that fail are an error with its cause, and the server goes on', async (context) => {
  const admin = await serve(context, ready, () => Promise.reject(new Error('no worker answers')));
  const answer = await get(admin, '/metrics');
  assert.equal(answer.status, 500);
  assert.match(JSON.parse(answer.body).error, /no worker answers/);
  assert.equal((await get(admin, '/healthz')).status, 200);
});

test('heads are bounded', async (context) => {
  const admin = await serve(context, ready);
  const answer = await exchange(admin, `GET /healthz HTTP/1.1\r\nhost: localhost\r\nx: ${'a'.repeat(9_000)}\r\n\r\n`);
  assert.equal(answer.status, 431);
});

test('an address that is taken is told with the flag that changes it', async (context) => {
  const admin = await serve(context, ready);
  const second = startAdmin(admin.address, {
    state: () => ready,
    metrics: async () => '',
    observations: async () => [],
  });
  await assert.rejects(second, (error: Error) => {
    assert.ok(error instanceof AdminAddressError);
    assert.match(error.message, /another process has the port; --admin chooses another/);
    return true;
  });
});

test('connections that somebody holds open keep no probe from its answer', async (context) => {
  const admin = await serve(context, ready);
  const idle = Array.from({ length: 200 }, () => connect(admin.address.port, admin.address.host));
  context.after(() => {
    for (const socket of idle) socket.destroy();
  });
  // Some come to nothing, and some say a little.
  for (const socket of idle) socket.on('error', () => {}).write('GET /healthz HTTP/1.1\r\n');
  await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
  assert.equal((await get(admin, '/healthz')).status, 200);
});

test('in a cluster the machine alone may read what is configured, and everybody whether it is well', async (context) => {
  for (const path of ['/healthz', '/readyz', '/metrics']) {
    assert.ok(mayRead(path, '10.244.0.9', 'this-machine'));
  }
  for (const path of ['/api/status', '/api/backends', '/api/model']) {
    assert.ok(!mayRead(path, '10.244.0.9', 'this-machine'));
    assert.ok(!mayRead(path, '::ffff:10.244.0.9', 'this-machine'));
    assert.ok(!mayRead(path, undefined, 'this-machine'));
    assert.ok(mayRead(path, '127.0.0.1', 'this-machine'));
    assert.ok(mayRead(path, '::ffff:127.0.0.1', 'this-machine'));
    assert.ok(mayRead(path, '::1', 'this-machine'));
    assert.ok(mayRead(path, '10.244.0.9', 'everybody'));
  }
  const elsewhere = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const admin = await startAdmin(
    { host: '0.0.0.0', port: 0 },
    { state: () => ready, metrics: async () => '', observations: async () => [] },
    'this-machine',
  );
  context.after(() => admin.close());
  assert.equal((await get({ ...admin, address: { ...admin.address, host: '127.0.0.1' } }, '/api/model')).status, 200);
  if (elsewhere === undefined) return;
  const fromThere = { ...admin, address: { ...admin.address, host: elsewhere } };
  assert.equal((await get(fromThere, '/healthz', elsewhere)).status, 200);
  assert.equal((await get(fromThere, '/api/model', elsewhere)).status, 403);
});
