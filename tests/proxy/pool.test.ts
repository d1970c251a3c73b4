import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Connector, ConnectTarget } from '../../src/dataplanes/node/proxy/connector.ts';
import type { Backend } from '../../src/model/backend.ts';
import { emptyKeyMaterial, type KeyMaterial, type Model } from '../../src/model/model.ts';
import { ask } from './ask.ts';
import { connectFailure, listen, PlainConnector, RawClient, startGateway } from './gateway.ts';
import { backend, destination, endpoints, forward, modelOfRoutes, origin, route, tls } from './model.ts';

const orders = 'shop/orders:443';

function toPorts(ports: readonly number[], parts: Partial<Backend> = {}): Model {
  return modelOfRoutes([route('r', forward([destination(orders)]))], {
    backends: [backend(orders, parts)],
    endpoints: [
      endpoints(
        orders,
        ports.map((port) => ['127.0.0.1', port] as const),
      ),
    ],
  });
}

const httpBackend = (t: TestContext, handle: RequestListener): Promise<number> => listen(t, createHttpServer(handle));

const named =
  (name: string): RequestListener =>
  (_, response) =>
    response.end(name);

test('endpoints take turns', async (t) => {
  const ports = [await httpBackend(t, named('a')), await httpBackend(t, named('b')), await httpBackend(t, named('c'))];
  const gateway = await startGateway(t, toPorts(ports));
  let order = '';
  for (let index = 0; index < 6; index += 1) order += (await ask(gateway)).body;
  assert.equal(order, 'abcabc');
});

test('an endpoint that takes no connection is passed over, and the request goes to the next', async (t) => {
  const ports = [await httpBackend(t, named('a')), await httpBackend(t, named('b'))] as const;
  const gateway = await startGateway(t, toPorts(ports), {
    refuse: ({ endpoint }) => (endpoint.port === ports[0] ? connectFailure() : null),
  });
  for (let index = 0; index < 5; index += 1) assert.equal((await ask(gateway)).body, 'b');
  const refused = gateway.connector.targets.filter(({ endpoint }) => endpoint.port === ports[0]);
  assert.equal(refused.length, 1, 'its back-off is waited for');
  assert.equal((await gateway.record(0)).retries, 1);
  const [pool] = gateway.proxy.snapshot().pools;
  assert.equal(pool?.failingEndpoints, 1);
});

test('no endpoint takes a connection: 503, and the log has what was wanted, presented and who decided it', async (t) => {
  const failure = connectFailure({
    stage: 'verify',
    reason: 'name-mismatch',
    wanted: 'billing.internal',
    presented: 'orders.internal',
    message: 'wanted billing.internal, certificate has orders.internal',
    origin,
  });
  const gateway = await startGateway(t, toPorts([1, 2, 3, 4, 5], { security: tls() }), { refuse: () => failure });
  const answer = await ask(gateway);
  assert.equal(answer.status, 503);
  assert.equal(answer.body, 'the connection to the backend cannot be secured\n');
  const record = await gateway.record(0);
  assert.equal(record.failure?.class, 'tls-failed');
  assert.deepEqual(record.failure?.connect, failure);
  assert.equal(record.failure?.origin, origin);
  assert.equal(record.backend?.endpoint, '127.0.0.1:3');
  assert.equal(gateway.connector.targets.length, 3, 'attempts are bounded');
  const [connections] = gateway.proxy.snapshot().connections;
  assert.deepEqual(connections?.failures, [{ stage: 'verify', reason: 'name-mismatch', count: 3 }]);
});

test('nothing of a request is sent before the connection is there, however large it is', async (t) => {
  const port = await httpBackend(t, named('never'));
  const gateway = await startGateway(t, toPorts([port]), { refuse: () => connectFailure() });
  const answer = await ask(gateway, '/', { method: 'POST', body: 'x'.repeat(500_000) });
  assert.equal(answer.status, 503);
});

test('a refusal that comes after the handshake is one of the handshake', async (t) => {
  const port = await listen(
    t,
    createServer((socket) => socket.once('data', () => socket.destroy())),
  );
  const late = connectFailure({ stage: 'tls', reason: 'client-certificate-required', message: 'wants a certificate' });
  const refusing = (settings: PlainConnector['settings']): Connector => {
    const plain = new PlainConnector(settings, () => null);
    return {
      connect: (target, owner) =>
        plain.connect(target, {
          onConnected: (connected) => owner.onConnected({ ...connected, refusal: () => late }),
          onFailed: (failure) => owner.onFailed(failure),
          onCapacity: (connection) => owner.onCapacity(connection),
          onClosed: (connection) => owner.onClosed(connection),
        }),
    };
  };
  const gateway = await startGateway(t, toPorts([port], { security: tls() }), { connector: refusing });
  assert.equal((await ask(gateway)).status, 503);
  assert.equal((await gateway.record(0)).failure?.connect?.reason, 'client-certificate-required');
});

test('waiting requests are bounded, and share the connections there may be', async (t) => {
  const held: ServerResponse[] = [];
  const { promise: first, resolve } = Promise.withResolvers<void>();
  const port = await httpBackend(t, (_, response) => {
    held.push(response);
    resolve();
  });
  const gateway = await startGateway(t, toPorts([port]), { limits: { backendConnections: 1, backendPending: 1 } });
  const served = ask(gateway);
  await first;
  const waiting = ask(gateway);
  while (gateway.proxy.snapshot().pools[0]?.waitingRequests !== 1) await new Promise(setImmediate);
  assert.equal((await ask(gateway)).status, 503);
  assert.equal((await gateway.record(0)).failure?.class, 'pending-overflow');
  held[0]?.end('one');
  assert.equal((await served).body, 'one');
  while (held.length < 2) await new Promise(setImmediate);
  held[1]?.end('two');
  assert.equal((await waiting).body, 'two');
  assert.equal(gateway.connector.targets.length, 1);
});

test('idle connections close', async (t) => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const server = createHttpServer(named('a'));
  server.on('connection', (socket) => socket.on('close', () => resolve()));
  const gateway = await startGateway(t, toPorts([await listen(t, server)]), { limits: { backendIdleTimeout: 30 } });
  await ask(gateway);
  await closed;
  while (gateway.proxy.snapshot().pools[0]?.idle !== 0) await new Promise(setImmediate);
});

test('where many are open, idle connections close sooner, until few are left', async (t) => {
  const held: ServerResponse[] = [];
  const port = await httpBackend(t, (_request, response) => {
    held.push(response);
    if (held.length === 3) for (const each of held) each.end('done');
  });
  const limits = { backendCrowd: 1, backendCrowdedIdleTimeout: 30, backendIdleTimeout: 3_600_000 };
  const gateway = await startGateway(t, toPorts([port]), { limits });
  await Promise.all([ask(gateway), ask(gateway), ask(gateway)]);
  assert.equal(gateway.connector.targets.length, 3);
  const idle = (): number | undefined => gateway.proxy.snapshot().pools[0]?.idle;
  while (idle() !== 1) await new Promise(setImmediate);
  // Longer than a sweep, and than the time after which the others were closed.
  await sleep(60);
  assert.equal(idle(), 1);
});

test('a backend may say how long idle connections are kept', async (t) => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const server = createHttpServer(named('a'));
  server.on('connection', (socket) => socket.on('close', () => resolve()));
  const model = modelOfRoutes([route('r', forward([destination(orders)]))], {
    backends: [backend(orders, { idleTimeout: 30 })],
    endpoints: [endpoints(orders, [['127.0.0.1', await listen(t, server)]])],
  });
  const gateway = await startGateway(t, model, { limits: { backendIdleTimeout: 3_600_000 } });
  await ask(gateway);
  await closed;
});

/** Two requests with a change between them: how many connections they took. */
async function connectionsAcross(t: TestContext, before: Model, after: Model, keys: KeyMaterial[]): Promise<number> {
  const gateway = await startGateway(t, before);
  gateway.update(before, keys[0]);
  await ask(gateway);
  const made = gateway.connector.targets.length;
  gateway.update(after, keys[1] ?? keys[0]);
  await ask(gateway);
  return gateway.connector.targets.length - made;
}

test('a change of TLS settings or certificates takes new connections at once; a moved line does not', async (t) => {
  const port = await httpBackend(t, named('a'));
  const moved = { ...origin, line: 99 };
  const ca = (pem: string): KeyMaterial => ({ ...emptyKeyMaterial, trustBundles: { 'ConfigMap shop/ca': pem } });
  const before = toPorts([port], { security: tls() });
  const again = toPorts([port], { security: tls() });
  assert.equal(await connectionsAcross(t, before, again, [ca('one'), ca('one')]), 0);
  const lines = toPorts([port], {
    origin: moved,
    security: tls({ alpn: { value: ['h2', 'http/1.1'], origin: moved } }),
  });
  assert.equal(await connectionsAcross(t, before, lines, [ca('one')]), 0);
  assert.equal(await connectionsAcross(t, before, again, [ca('one'), ca('two')]), 1, 'another CA');
  const names = toPorts([port], { security: tls({ names: { value: [{ type: 'dns', value: 'x' }], origin } }) });
  assert.equal(await connectionsAcross(t, before, names, [ca('one')]), 1, 'other names');
  const client = tls({ clientCertificate: { value: 'Secret a/b', origin } });
  const pair = (chain: string): KeyMaterial => ({
    ...emptyKeyMaterial,
    certificates: { 'Secret a/b': { certificateChain: chain, privateKey: 'key' } },
  });
  const withClient = toPorts([port], { security: client });
  assert.equal(await connectionsAcross(t, withClient, withClient, [pair('one'), pair('one')]), 0);
  assert.equal(
    await connectionsAcross(t, withClient, withClient, [pair('one'), pair('two')]),
    1,
    'a rotated certificate',
  );
  const plain = toPorts([port]);
  assert.equal(await connectionsAcross(t, before, plain, [ca('one')]), 1);
});

test('a request under way outlives the change of its backend', async (t) => {
  const { promise: arrived, resolve } = Promise.withResolvers<ServerResponse>();
  const port = await httpBackend(t, (_, response) => resolve(response));
  const gateway = await startGateway(t, toPorts([port], { security: tls() }));
  const answer = ask(gateway);
  const response = await arrived;
  gateway.update(modelOfRoutes([]));
  assert.equal((await ask(gateway)).status, 404);
  response.end('late');
  assert.equal((await answer).body, 'late');
});

test('a request that waits for a connection goes with the new configuration', async (t) => {
  const port = await httpBackend(t, named('new'));
  const { promise: asked, resolve } = Promise.withResolvers<ConnectTarget>();
  const deaf = (settings: PlainConnector['settings']): Connector => {
    const plain = new PlainConnector(settings, () => null);
    return {
      connect: (target, owner) => {
        if (target.endpoint.port === port) return plain.connect(target, owner);
        resolve(target);
        return { cancel: () => {} };
      },
    };
  };
  const gateway = await startGateway(t, toPorts([1]), { connector: deaf });
  const answer = ask(gateway, '/', { method: 'POST', body: 'content' });
  await asked;
  gateway.update(toPorts([port]));
  assert.equal((await answer).body, 'new');
});

test('a server name from the Host header keeps the connections of hosts apart', async (t) => {
  const port = await httpBackend(t, named('a'));
  const security = tls({ serverName: { value: { type: 'host-header' }, origin } });
  const gateway = await startGateway(t, toPorts([port], { security }));
  for (const host of ['a.example', 'b.example:81', 'a.example', 'b.example'])
    await ask(gateway, '/', { headers: { host } });
  assert.deepEqual(
    gateway.connector.targets.map(({ host }) => host),
    ['a.example', 'b.example'],
  );
  const limited = await startGateway(t, toPorts([port], { security }), { limits: { backendConnections: 2 } });
  for (let index = 0; index < 5; index += 1) {
    assert.equal((await ask(limited, '/', { headers: { host: `${index}.example` } })).status, 200);
  }
});

test('HTTP/2 backends: one connection carries the requests of many clients', async (t) => {
  const server = createHttp2Server((incoming, response) => {
    response.setHeader('x-url', String(incoming.headers[':path']));
    response.end('h2');
  });
  const gateway = await startGateway(t, toPorts([await listen(t, server)], { protocol: 'h2c' }));
  const answers = await Promise.all(Array.from({ length: 10 }, (_, index) => ask(gateway, `/${index}`)));
  for (const [index, answer] of answers.entries()) {
    assert.equal(answer.body, 'h2');
    assert.equal(answer.headers['x-url'], `/${index}`);
  }
  assert.equal(gateway.connector.targets.length, 1);
  assert.equal((await gateway.record(0)).backend?.protocol, 'HTTP/2');
});

test('HTTP/2 backends: a stream that was refused goes to another connection, whatever its method', async (t) => {
  const server = createHttp2Server();
  let refused = 0;
  server.on('stream', (stream: ServerHttp2Stream) => {
    stream.on('error', () => {});
    if (refused === 0) {
      refused += 1;
      stream.close(7);
    } else {
      stream.respond({ ':status': 200 });
      stream.end('taken');
    }
  });
  const gateway = await startGateway(t, toPorts([await listen(t, server)], { protocol: 'h2c' }));
  const answer = await ask(gateway, '/', { method: 'POST', body: 'content' });
  assert.equal(answer.body, 'taken');
  assert.equal((await gateway.record(0)).retries, 1);
});

test('a client that leaves while its request waits leaves the queue', async (t) => {
  const port = await httpBackend(t, () => {});
  const gateway = await startGateway(t, toPorts([port]), { limits: { backendConnections: 1 } });
  const first = new RawClient(t, gateway.port);
  first.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  const second = new RawClient(t, gateway.port);
  await once(second.socket, 'connect');
  while (gateway.proxy.active < 1) await new Promise(setImmediate);
  second.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  while (gateway.proxy.snapshot().pools[0]?.waitingRequests !== 1) await new Promise(setImmediate);
  second.socket.destroy();
  assert.equal((await gateway.record(0)).status, 499);
  assert.equal(gateway.proxy.snapshot().pools[0]?.waitingRequests, 0);
});

test('requests of one host get the place of a connection of another once it is idle', async (t) => {
  const { promise: arrived, resolve } = Promise.withResolvers<ServerResponse>();
  const port = await httpBackend(t, (incoming, response) => {
    if (incoming.headers.host === 'a.example') resolve(response);
    else response.end('b');
  });
  const security = tls({ serverName: { value: { type: 'host-header' }, origin } });
  const gateway = await startGateway(t, toPorts([port], { security }), { limits: { backendConnections: 1 } });
  const first = ask(gateway);
  const response = await arrived;
  const second = ask(gateway, '/', { headers: { host: 'b.example' } });
  while (gateway.proxy.snapshot().pools[0]?.waitingRequests !== 1) await new Promise(setImmediate);
  response.end('a');
  assert.equal((await first).body, 'a');
  assert.equal((await second).body, 'b');
});
