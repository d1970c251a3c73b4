import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { ask, authority, edgeCertificate, freePort, type LogLine, startPlane, trust } from './harness.ts';
import { buildModel } from './model.ts';

const options = { ca: authority.certificate, servername: 'edge.test' };

/** Sends bytes and reads what comes until the other side closes. */
async function exchange(port: number, text: string, tls: boolean): Promise<string> {
  const to = { host: '127.0.0.1', port };
  const socket = tls ? connectTls({ ...to, ...options }) : connect(to);
  socket.end(text);
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('latin1');
}

const reasonOf = ({ failure }: LogLine): string | undefined => failure?.reason;

test('requests that never reach a route are in the access log, each once', async (t) => {
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const built = buildModel({
    httpPort,
    httpsPort,
    certificates: { 'edge.test': edgeCertificate },
    trust,
    backends: {},
  });
  const running = await startPlane(t, built);
  const bad: readonly (readonly [request: string, status: number, reason: string])[] = [
    ['GET / HTTP/1.1\r\n\r\n', 400, 'host'],
    ['GET / HTTP/3.1\r\nhost: edge.test\r\n\r\n', 505, 'version'],
    [`GET /${'x'.repeat(70_000)} HTTP/1.1\r\nhost: edge.test\r\n\r\n`, 414, 'request-line-size'],
    [`GET / HTTP/1.1\r\nhost: edge.test\r\nx: ${'x'.repeat(70_000)}\r\n\r\n`, 431, 'head-size'],
    ['CONNECT edge.test:443 HTTP/1.1\r\nhost: edge.test:443\r\n\r\n', 501, 'connect'],
  ];
  for (const [request, status, reason] of bad) {
    const answer = await exchange(httpsPort, request, true);
    assert.equal(answer.split(' ', 2)[1], String(status), reason);
    const line = await running.line((each) => reasonOf(each) === reason);
    assert.deepEqual([line.status, line.msg, line.listener], [status, 'request', `127.0.0.1:${httpsPort}`]);
    assert.match(String(line.client), /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(line.client_tls, {
      version: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      serverName: 'edge.test',
    });
    assert.equal(line.failure?.class, 'client-protocol-error');
  }

  await exchange(httpPort, 'GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n', false);
  const plain = await running.line(({ listener }) => listener === `127.0.0.1:${httpPort}`);
  assert.deepEqual([plain.status, reasonOf(plain), plain.client_tls], [400, 'host', undefined]);

  assert.match(await exchange(httpsPort, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n', false), /^HTTP\/1.1 400 /);
  assert.equal((await running.line((line) => reasonOf(line) === 'plain-http')).status, 400);

  await ask(httpsPort, '/last');
  await running.line(({ path }) => path === '/last');
  assert.equal(running.lines.length, bad.length + 3);
});

test('HTTP/2: refused requests and connections that end for a broken rule are in the access log', async (t) => {
  const httpsPort = await freePort();
  const built = buildModel({ httpsPort, certificates: { 'edge.test': edgeCertificate }, trust, backends: {} });
  const running = await startPlane(t, built);
  const session = connectHttp2(`https://127.0.0.1:${httpsPort}`, options);
  t.after(() => session.destroy());
  const request = session.request({ ':path': '/', ':authority': 'edge.test', expect: 'a miracle' });
  const [head] = await once(request, 'response');
  assert.equal(head[':status'], 417);
  const refused = await running.line(({ status }) => status === 417);
  assert.deepEqual(
    [refused.msg, refused.protocol, refused.failure?.class],
    ['request', 'HTTP/2', 'client-protocol-error'],
  );
  session.close();

  const socket = connectTls({ host: '127.0.0.1', port: httpsPort, ...options, ALPNProtocols: ['h2'] });
  socket.write('PRI * HTTP/2.0\r\n\r\nsomething else');
  socket.resume();
  const ended = await running.line(({ msg }) => msg === 'connection');
  assert.deepEqual([ended.status, ended.protocol, reasonOf(ended)], [0, 'HTTP/2', 'PROTOCOL_ERROR']);
  socket.destroy();
});
