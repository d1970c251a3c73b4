import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { tlsBackend } from '../tls/connecting.ts';
import {
  ask,
  askPlain,
  authority,
  edgeCertificate,
  freePort,
  ordersCertificate,
  startPlane,
  trust,
} from './harness.ts';
import { buildModel } from './model.ts';

const shop = await authority.issue({ dns: ['shop.test'] });
const shopRsa = await authority.issue({ dns: ['shop.test'], keyType: 'rsa' });

/** A handshake's end: the socket, or the error that it met. */
async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket | Error> {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    ca: authority.certificate,
    servername: 'edge.test',
    ...options,
  });
  return new Promise((resolve) => {
    socket.once('secureConnect', () => resolve(socket));
    socket.once('error', resolve);
  });
}

async function secured(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = await handshake(port, options);
  if (socket instanceof Error) throw socket;
  return socket;
}

async function assertRefused(port: number, options: ConnectionOptions, code: RegExp): Promise<void> {
  const result = await handshake(port, options);
  assert.ok(result instanceof Error, 'the handshake succeeded');
  assert.match(String(Reflect.get(result, 'code')), code);
}

test('the section of the most specific hostname gives the certificate; a name of no section is refused', async (t) => {
  const httpsPort = await freePort();
  const certificates = { 'shop.test': shop, '*.edge.test': edgeCertificate };
  const plane = await startPlane(t, buildModel({ httpsPort, certificates, trust, backends: {} }));
  const named = async (servername: string) => {
    const socket = await secured(httpsPort, { servername });
    const names = socket.getPeerCertificate().subjectaltname;
    socket.destroy();
    return names;
  };
  assert.equal(await named('shop.test'), 'DNS:shop.test');
  assert.equal(await named('SHOP.test'), 'DNS:shop.test');
  assert.equal(await named('a.edge.test'), 'DNS:edge.test, DNS:*.edge.test');
  await assertRefused(httpsPort, { servername: 'other.test' }, /UNRECOGNIZED_NAME/);
  await assertRefused(httpsPort, { servername: '' }, /UNRECOGNIZED_NAME/);
  assert.match(
    await plane.plane.metrics(),
    /farside_listener_tls_handshake_failures_total\{address="[^"]+",reason="unrecognized-name"\} 2\n/,
  );
});

test('versions and ciphers are each section’s own, also on one port', async (t) => {
  const httpsPort = await freePort();
  const built = buildModel({
    httpsPort,
    certificates: { 'shop.test': shop, 'edge.test': edgeCertificate },
    trust,
    backends: {},
  });
  const [listener] = Object.values(built.model.listeners);
  assert.ok(listener !== undefined);
  const sections = listener.sections.map((section) =>
    section.tls !== null && section.hostname === 'shop.test'
      ? { ...section, tls: { ...section.tls, minVersion: 'TLSv1.3' as const, ciphers: ['TLS_AES_256_GCM_SHA384'] } }
      : section,
  );
  await startPlane(t, { ...built, model: { ...built.model, listeners: { [listener.id]: { ...listener, sections } } } });
  await assertRefused(httpsPort, { servername: 'shop.test', maxVersion: 'TLSv1.2' }, /PROTOCOL_VERSION/);
  await assertRefused(
    httpsPort,
    { servername: 'edge.test', maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'ALL@SECLEVEL=0' },
    /PROTOCOL_VERSION/,
  );
  const strict = await secured(httpsPort, { servername: 'shop.test' });
  assert.equal(strict.getCipher().name, 'TLS_AES_256_GCM_SHA384');
  strict.destroy();
  const lenient = await secured(httpsPort, { servername: 'edge.test', maxVersion: 'TLSv1.2' });
  assert.equal(lenient.getProtocol(), 'TLSv1.2');
  lenient.destroy();
});

test('of an RSA and an ECDSA certificate for one name each client gets the one that it understands', async (t) => {
  const httpsPort = await freePort();
  const built = buildModel({
    httpsPort,
    certificates: { 'shop.test': shop, 'rsa.test': shopRsa },
    trust,
    backends: {},
  });
  const [listener] = Object.values(built.model.listeners);
  assert.ok(listener !== undefined);
  const sections = listener.sections
    .filter(({ hostname }) => hostname === 'shop.test')
    .map((section) => ({
      ...section,
      tls: section.tls && { ...section.tls, certificates: ['Secret infra/shop.test', 'Secret infra/rsa.test'] },
    }));
  await startPlane(t, { ...built, model: { ...built.model, listeners: { [listener.id]: { ...listener, sections } } } });
  const kind = async (sigalgs: string) => {
    const socket = await secured(httpsPort, { servername: 'shop.test', sigalgs });
    const type = socket.getPeerX509Certificate()?.publicKey.asymmetricKeyType;
    socket.destroy();
    return type;
  };
  assert.equal(await kind('ECDSA+SHA256:RSA-PSS+SHA256'), 'ec');
  assert.equal(await kind('RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384'), 'rsa');
});

test('HTTP/2 over TLS by ALPN, and without TLS by prior knowledge', async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  await startPlane(
    t,
    buildModel({ httpPort, httpsPort, certificates: { '': edgeCertificate }, trust, backends: { ok: { port } } }),
  );
  const status = async (session: ClientHttp2Session): Promise<unknown> => {
    const stream = session.request({ ':path': '/ok', ':authority': 'edge.test' });
    const [headers] = await once(stream, 'response');
    stream.resume();
    await once(stream, 'close');
    session.close();
    return (headers as { ':status': number })[':status'];
  };
  assert.equal(
    await status(
      connectHttp2(`https://127.0.0.1:${httpsPort}`, { ca: authority.certificate, servername: 'edge.test' }),
    ),
    200,
  );
  assert.equal(await status(connectHttp2(`http://127.0.0.1:${httpPort}`)), 200);
  assert.equal((await askPlain(httpPort, '/ok')).status, 200);
});

test('a ClientHello in single bytes is read, and what is none is answered and closed', async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const httpsPort = await freePort();
  await startPlane(
    t,
    buildModel({ httpsPort, certificates: { '': edgeCertificate }, trust, backends: { ok: { port } } }),
  );

  // A relay that passes the client's bytes on one at a time.
  const relay = createServer((client) => {
    const gateway = connect(httpsPort, '127.0.0.1');
    gateway.setNoDelay(true);
    client.on('data', (chunk: Buffer) => {
      for (const byte of chunk) gateway.write(Buffer.from([byte]));
    });
    gateway.pipe(client);
    gateway.on('error', () => client.destroy());
    client.on('error', () => gateway.destroy());
    client.on('close', () => gateway.destroy());
  }).listen(0, '127.0.0.1');
  await once(relay, 'listening');
  t.after(() => relay.close());
  const address = relay.address();
  assert.ok(address !== null && typeof address === 'object');
  assert.equal((await ask(address.port, '/ok')).status, 200);

  const raw = async (bytes: Buffer | string): Promise<Buffer> => {
    const socket = connect(httpsPort, '127.0.0.1');
    socket.write(bytes);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  };
  assert.match(
    (await raw('GET / HTTP/1.1\r\nhost: edge.test\r\n\r\n')).toString(),
    /^HTTP\/1\.1 400 [\s\S]*this port speaks TLS/,
  );
  const decodeError = [21, 3, 3, 0, 2, 2, 50];
  assert.deepEqual([...(await raw(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])))], decodeError);
  assert.deepEqual([...(await raw(Buffer.from([22, 9, 9, 0, 4, 1, 0, 0, 0])))], decodeError);
});

test('a client’s session is taken up by every worker, but not under another section’s settings', async (t) => {
  const httpsPort = await freePort();
  const certificates = { 'shop.test': shop, '': edgeCertificate };
  await startPlane(t, buildModel({ httpsPort, certificates, trust, backends: {} }), { workers: 2 });
  const socket = await secured(httpsPort);
  const [session] = (await once(socket, 'session')) as [Buffer];
  socket.destroy();
  for (let attempt = 0; attempt < 8; attempt += 1) {
    const again = await secured(httpsPort, { session });
    assert.equal(again.isSessionReused(), true);
    again.destroy();
  }
  const elsewhere = await secured(httpsPort, { session, servername: 'shop.test' });
  assert.equal(elsewhere.isSessionReused(), false);
  assert.equal(elsewhere.getPeerCertificate().subjectaltname, 'DNS:shop.test');
  elsewhere.destroy();
});

test('connections above the limit, and clients that say nothing, are closed', async (t) => {
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const built = buildModel({ httpPort, httpsPort, certificates: { '': edgeCertificate }, trust, backends: {} });
  const limits = { connections: 2, handshakeTimeout: 1_000, headTimeout: 1_000 };
  const plane = await startPlane(t, built, { limits });
  const held = [connect(httpPort, '127.0.0.1'), connect(httpsPort, '127.0.0.1')];
  await Promise.all(held.map((socket) => once(socket, 'connect')));
  // That a client has its connection does not mean that the worker has seen it.
  const accepted = /farside_listener_connections_active\{[^}]+\} 1\n/g;
  while ([...(await plane.plane.metrics()).matchAll(accepted)].length < held.length);
  await assert.rejects(askPlain(httpPort, '/'), /ECONNRESET|socket hang up/);
  for (const socket of held) socket.resume();
  await Promise.all(held.map((socket) => once(socket, 'close')));
  assert.equal((await askPlain(httpPort, '/')).status, 404, 'there is room again');
  const page = await plane.plane.metrics();
  assert.match(page, /farside_listener_connections_refused_total\{address="127\.0\.0\.1:\d+"\} 1\n/);
  assert.match(page, /farside_listener_tls_handshake_failures_total\{[^}]+,reason="timeout"\} 1\n/);
  assert.doesNotMatch(page, /farside_listener_connections_active\{[^}]+\} -/);
});
