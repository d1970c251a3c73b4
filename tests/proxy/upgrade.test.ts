import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { connect } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import type { Model } from '../../src/model/model.ts';
import { listen, RawClient, startGateway } from './gateway.ts';
import { anyMatch, backend, destination, endpoints, forward, modelOfRoutes, route, tls } from './model.ts';

const echo = 'shop/echo:80';

function toPort(port: number): Model {
  // Timeouts are for requests; a tunnel outlives them.
  return modelOfRoutes([route('r', forward([destination(echo)]), anyMatch, { request: 30, backendRequest: 30 })], {
    backends: [backend(echo)],
    endpoints: [endpoints(echo, [['127.0.0.1', port]])],
  });
}

const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** Echoes bytes after the upgrade; a tunnel of bytes is all that a proxy sees of a WebSocket. */
function echoServer(
  accept: (incoming: IncomingMessage) => string = (i) => acceptOf(String(i.headers['sec-websocket-key'])),
): Server {
  const server = createHttpServer((incoming, response) => response.end(JSON.stringify(incoming.headers)));
  server.on('upgrade', (incoming: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (incoming.url === '/no') {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept(incoming)}\r\nsec-websocket-protocol: chat\r\n\r\n`,
    );
    socket.write(head);
    socket.pipe(socket);
    socket.on('error', () => {});
  });
  return server;
}

const opening = (path: string, key: string): string =>
  `GET ${path} HTTP/1.1\r\nhost: a.example\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: ${key}\r\n\r\n`;

test('a WebSocket over HTTP/1.1 becomes a tunnel', async (t) => {
  const gateway = await startGateway(t, toPort(await listen(t, echoServer())));
  const client = new RawClient(t, gateway.port);
  client.send(opening('/', 'dGhlIHNhbXBsZSBub25jZQ=='));
  const head = await client.until(/\r\n\r\n/);
  assert.match(head, /^HTTP\/1\.1 101 /);
  assert.match(head, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  assert.match(head, /upgrade: websocket/);
  client.send('ping');
  await client.until(/ping$/);
  assert.equal(gateway.proxy.snapshot().activeTunnels, 1);
  // Longer than the route's timeouts: those are told by the wheel, so wait for it to have turned.
  await new Promise((resolve) => setTimeout(resolve, 80));
  client.send('pong');
  await client.until(/pong$/);
  client.socket.end();
  await client.untilClosed();
  const record = await gateway.record(0);
  assert.equal(record.status, 101);
  assert.equal(record.upgraded, true);
  assert.equal(record.failure, null);
  assert.deepEqual([record.requestBytes, record.responseBytes], [8, 8]);
  assert.equal(gateway.proxy.snapshot().activeTunnels, 0);
});

test('a backend that does not upgrade answers as usual', async (t) => {
  const gateway = await startGateway(t, toPort(await listen(t, echoServer())));
  const client = new RawClient(t, gateway.port);
  client.send(opening('/no', 'dGhlIHNhbXBsZSBub25jZQ=='));
  assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 403 /);
});

test('an upgrade asks for a connection of HTTP/1.1 where ALPN could choose another version', async (t) => {
  const port = await listen(t, echoServer());
  const model = modelOfRoutes([route('r', forward([destination(echo)]))], {
    backends: [backend(echo, { security: tls() })],
    endpoints: [endpoints(echo, [['127.0.0.1', port]])],
  });
  const gateway = await startGateway(t, model);
  const client = new RawClient(t, gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  await client.until(/\}$/);
  client.send(opening('/', 'dGhlIHNhbXBsZSBub25jZQ=='));
  assert.match(await client.until(/ 101 /), /HTTP\/1\.1 101 /);
  assert.deepEqual(
    gateway.connector.targets.map(({ http1Only }) => http1Only),
    [false, true],
  );
});

test('an upgrade to anything else is not forwarded', async (t) => {
  const gateway = await startGateway(t, toPort(await listen(t, echoServer())));
  const client = new RawClient(t, gateway.port);
  client.send(
    'GET / HTTP/1.1\r\nhost: a.example\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n\r\n',
  );
  const got = await client.until(/\}$/);
  assert.match(got, /^HTTP\/1\.1 200 /);
  assert.ok(!got.includes('"upgrade"') && !got.includes('http2-settings'));
});

test('an idle tunnel ends', async (t) => {
  const gateway = await startGateway(t, toPort(await listen(t, echoServer())), { limits: { tunnelIdleTimeout: 50 } });
  const client = new RawClient(t, gateway.port);
  client.send(opening('/', 'dGhlIHNhbXBsZSBub25jZQ=='));
  await client.untilClosed();
  assert.equal((await gateway.record(0)).failure?.class, 'tunnel-idle');
});

function openOverHttp2(t: TestContext, port: number, path = '/') {
  const session = connect(`http://127.0.0.1:${port}`);
  t.after(() => session.destroy());
  return once(session, 'remoteSettings').then(() =>
    session.request({
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'http',
      ':path': path,
      ':authority': 'a.example',
      'sec-websocket-version': '13',
    }),
  );
}

test('a WebSocket over HTTP/2 reaches a backend over HTTP/1.1, whose key is answered', async (t) => {
  const keys: string[] = [];
  const server = echoServer((incoming) => {
    keys.push(String(incoming.headers['sec-websocket-key']));
    return acceptOf(keys[0] ?? '');
  });
  const gateway = await startGateway(t, toPort(await listen(t, server)), { protocol: 'HTTP/2' });
  const stream = await openOverHttp2(t, gateway.port);
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200);
  assert.equal(headers['sec-websocket-accept'], undefined);
  assert.equal(headers['sec-websocket-protocol'], 'chat');
  assert.equal(Buffer.from(keys[0] ?? '', 'base64').length, 16);
  stream.write('ping');
  const [chunk] = await once(stream, 'data');
  assert.equal(String(chunk), 'ping');
  stream.end();
  await once(stream, 'close');
  assert.equal((await gateway.record(0)).failure, null);
});

test('a backend that answers another key is refused', async (t) => {
  const gateway = await startGateway(
    t,
    toPort(
      await listen(
        t,
        echoServer(() => acceptOf('another')),
      ),
    ),
    { protocol: 'HTTP/2' },
  );
  const stream = await openOverHttp2(t, gateway.port);
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 502);
  assert.equal((await gateway.record(0)).failure?.class, 'upgrade-failed');
});

test('a route that lets no WebSockets through answers them itself, and other requests as ever', async (t) => {
  const model = modelOfRoutes([route('r', forward([destination(echo)], { webSockets: false }))], {
    backends: [backend(echo)],
    endpoints: [endpoints(echo, [['127.0.0.1', await listen(t, echoServer())]])],
  });
  const gateway = await startGateway(t, model);
  const client = new RawClient(t, gateway.port);
  client.send(opening('/', 'dGhlIHNhbXBsZSBub25jZQ=='));
  assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 403 /);
  assert.equal((await gateway.record(0)).failure?.class, 'upgrade-not-allowed');
  const plain = new RawClient(t, gateway.port);
  plain.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  assert.match(await plain.until(/\r\n\r\n/), /^HTTP\/1\.1 200 /);
});
