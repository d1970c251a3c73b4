import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { SessionCarrier, SessionPersistence } from '../../src/model/session.ts';
import { startGateway } from '../proxy/gateway.ts';
import { backend, destination, endpoints, forward, modelOfRoutes, route } from '../proxy/model.ts';

const orders = 'shop/orders:50051';

/** A gRPC server that answers with its letter in the metadata; calls of `Fail` by trailers alone. */
async function startServer(t: TestContext, letter: string): Promise<number> {
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, { ':path': path }) => {
    const head = { ':status': 200, 'content-type': 'application/grpc', 'x-letter': letter };
    if (path === '/shop.Orders/Fail') {
      stream.respond({ ...head, 'grpc-status': '5' }, { endStream: true });
      return;
    }
    stream.respond(head, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.pipe(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function call(
  port: number,
  metadata: Readonly<Record<string, string>> = {},
  method = 'List',
): Promise<IncomingHttpHeaders> {
  const session = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = session.request({
      ...{ ':method': 'POST', ':path': `/shop.Orders/${method}`, ':authority': 'shop.example' },
      ...{ 'content-type': 'application/grpc', te: 'trailers' },
      ...metadata,
    });
    stream.end('message');
    const [headers] = (await once(stream, 'response')) as [IncomingHttpHeaders];
    stream.resume();
    await once(stream, 'close');
    return headers;
  } finally {
    session.close();
  }
}

async function start(t: TestContext, carrier: SessionCarrier): Promise<number> {
  const ports: number[] = [];
  for (const letter of 'abc') ports.push(await startServer(t, letter));
  const sessions: SessionPersistence = {
    carrier,
    absoluteTimeout: null,
    scope: { name: 'GRPCRoute/shop/calls#0', uid: '6a3f0b52-5a0c-4a51-9a52-0c1c3f8e7a14' },
  };
  const model = modelOfRoutes([route('r', forward([destination(orders)], { sessions }))], {
    backends: [backend(orders, { protocol: 'h2c' })],
    endpoints: [
      endpoints(
        orders,
        ports.map((port) => ['127.0.0.1', port] as const),
      ),
    ],
  });
  return (await startGateway(t, model, { protocol: 'HTTP/2' })).port;
}

test('calls of one session reach one endpoint, by the metadata that the first call got', async (t) => {
  const port = await start(t, { type: 'header', name: 'x-session' });
  const first = await call(port);
  const token = first['x-session'] as string;
  assert.match(token, /^[\w-]{24}$/);
  for (let index = 0; index < 6; index += 1) {
    const next = await call(port, { 'x-session': token });
    assert.equal(next['x-letter'], first['x-letter']);
    assert.equal(next['x-session'], undefined);
  }
  const failed = await call(port, {}, 'Fail');
  assert.equal(failed['grpc-status'], '5');
  const after = await call(port, { 'x-session': failed['x-session'] as string });
  assert.equal(after['x-letter'], failed['x-letter'], 'a call that fails begins a session too');
});

test('calls of one session reach one endpoint, by a cookie', async (t) => {
  const attributes = { path: '/', maxAge: null, httpOnly: true, secure: 'auto', sameSite: 'Strict' } as const;
  const port = await start(t, { type: 'cookie', name: 'session', attributes });
  const first = await call(port);
  const [issued = ''] = first['set-cookie'] ?? [];
  for (let index = 0; index < 6; index += 1) {
    const next = await call(port, { cookie: issued.split(';')[0] ?? '' });
    assert.equal(next['x-letter'], first['x-letter']);
  }
});
