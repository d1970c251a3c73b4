import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer, createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { RawClient } from '../proxy/gateway.ts';
import { freePort, ordersCertificate, startPlane, trust } from './harness.ts';
import { type BackendChoice, buildModel } from './model.ts';

/*
 * WebSockets to backends that speak nothing but HTTP/2 (RFC 8441). The connection is always new: whether the backend takes
 * them is known only when its SETTINGS have come.
 */

const certificate = { cert: ordersCertificate.chain, key: ordersCertificate.key };
const opening =
  'GET /orders/chat HTTP/1.1\r\nhost: edge.test\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

async function listen(t: TestContext, server: Http2Server): Promise<number> {
  server.on('session', (session) => t.after(() => session.destroy()));
  server.on('sessionError', () => {});
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    stream.on('error', () => {});
    if (headers[':protocol'] !== 'websocket') {
      stream.respond({ ':status': 200 }, { endStream: true });
      return;
    }
    stream.respond({ ':status': 200, 'sec-websocket-protocol': 'chat' });
    stream.pipe(stream);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => (server as Server).close());
  return (server.address() as AddressInfo).port;
}

const makers: Readonly<
  Record<
    string,
    readonly [make: (settings: { enableConnectProtocol?: boolean }) => Http2Server, Partial<BackendChoice>]
  >
> = {
  h2c: [(settings) => createServer({ settings }), { plaintext: true, protocol: 'h2c' }],
  'TLS that offers h2 alone': [(settings) => createSecureServer({ ...certificate, settings }), { alpn: ['h2'] }],
  'TLS whose backend chooses h2 alone': [(settings) => createSecureServer({ ...certificate, settings }), {}],
};

for (const [name, [make, choice]] of Object.entries(makers)) {
  test(`a WebSocket to a backend of HTTP/2 that takes them: ${name}`, async (t) => {
    const port = await listen(t, make({ enableConnectProtocol: true }));
    const httpPort = await freePort();
    const running = await startPlane(t, buildModel({ httpPort, trust, backends: { orders: { port, ...choice } } }));
    const client = new RawClient(t, httpPort);
    client.send(opening);
    const head = await client.until(/\r\n\r\n/);
    assert.match(head, /^HTTP\/1\.1 101 /);
    assert.match(head, /sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
    assert.match(head, /sec-websocket-protocol: chat/);
    client.send('ping');
    await client.until(/ping$/);
    client.socket.end();
    const line = await running.line(({ path }) => path === '/orders/chat');
    assert.deepEqual([line.status, line.backend_protocol, line.failure], [101, 'HTTP/2', undefined]);
  });

  test(`a WebSocket to a backend of HTTP/2 that takes none: ${name}`, async (t) => {
    const port = await listen(t, make({}));
    const httpPort = await freePort();
    const running = await startPlane(t, buildModel({ httpPort, trust, backends: { orders: { port, ...choice } } }));
    const client = new RawClient(t, httpPort);
    client.send(opening);
    assert.match(
      await client.until(/\r\n\r\n.*\n/),
      /^HTTP\/1\.1 502 [\s\S]*the backend did not upgrade the connection/,
    );
    const { failure } = await running.line(({ path }) => path === '/orders/chat');
    assert.equal(failure?.class, 'upgrade-failed');
    assert.match(failure.message, /takes no WebSockets over HTTP\/2/);
  });
}
