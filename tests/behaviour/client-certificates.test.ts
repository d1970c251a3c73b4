import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import type { ClientValidation } from '../../src/model/tls.ts';
import { origin } from '../tls/model.ts';
import { ask, authority, edgeCertificate, freePort, startPlane, trust } from './harness.ts';
import { type Built, buildModel } from './model.ts';

const clients = await CertificateAuthority.create('Clients CA');
const known = await clients.issue({ dns: ['client.test'], usage: 'client' });
const stranger = await authority.issue({ dns: ['client.test'], usage: 'client' });

/** No backend is needed: what is asked for is whether a request gets an answer at all. */
function modelFor(
  port: number,
  mode: ClientValidation['mode'] | null,
  authorities = clients.certificate,
  bundle = 'ConfigMap shop/clients',
): Built {
  return buildModel({
    httpsPort: port,
    backends: {},
    certificates: { '': edgeCertificate },
    trust: { ...trust, 'ConfigMap shop/clients': authorities },
    ...(mode === null ? {} : { tls: { clientValidation: { bundles: [bundle], mode, origin } } }),
  });
}

const answers = async (port: number, certificate: IssuedCertificate | null): Promise<boolean> => {
  const tls = certificate === null ? {} : { cert: certificate.chain, key: certificate.key };
  try {
    await ask(port, '/', { tls });
    return true;
  } catch {
    return false;
  }
};

test('a required certificate keeps out who has none, and who has one of another authority', async (t) => {
  const port = await freePort();
  const running = await startPlane(t, modelFor(port, 'required'));
  assert.equal(await answers(port, known), true);
  assert.equal(await answers(port, stranger), false);
  assert.equal(await answers(port, null), false);
  const metrics = await running.plane.metrics();
  assert.match(metrics, /tls_handshake_failures_total\{[^}]*reason="client-certificate-missing"\} 1/);
  assert.match(metrics, /tls_handshake_failures_total\{[^}]*reason="client-certificate-refused"\} 1/);
});

test('an optional certificate keeps nobody out', async (t) => {
  const port = await freePort();
  await startPlane(t, modelFor(port, 'optional'));
  for (const certificate of [known, stranger, null]) assert.equal(await answers(port, certificate), true);
});

test('an optional certificate keeps nobody out whose authority has the name of a known one and another RSA key', async (t) => {
  const [named, namesake] = await Promise.all(
    [1, 2].map(() => CertificateAuthority.create('Same', { keyType: 'rsa' })),
  );
  assert.ok(named !== undefined && namesake !== undefined);
  const port = await freePort();
  await startPlane(t, modelFor(port, 'optional', named.certificate));
  for (const issuer of [named, namesake])
    assert.equal(await answers(port, await issuer.issue({ dns: ['client.test'], usage: 'client' })), true);
});

test('a certificate that may be left out keeps out who has one of another authority', async (t) => {
  const port = await freePort();
  const running = await startPlane(t, modelFor(port, 'if-presented'));
  assert.equal(await answers(port, known), true);
  assert.equal(await answers(port, null), true);
  assert.equal(await answers(port, stranger), false);
  const metrics = await running.plane.metrics();
  assert.match(metrics, /tls_handshake_failures_total\{[^}]*reason="client-certificate-refused"\} 1/);
});

test('any certificate will do where one must be presented and nobody verifies it', async (t) => {
  const port = await freePort();
  const running = await startPlane(t, modelFor(port, 'presented'));
  for (const certificate of [known, stranger]) assert.equal(await answers(port, certificate), true);
  assert.equal(await answers(port, null), false);
  const metrics = await running.plane.metrics();
  assert.match(metrics, /tls_handshake_failures_total\{[^}]*reason="client-certificate-missing"\} 1/);
});

test('without the authorities that it names a listener takes no handshake', async (t) => {
  const port = await freePort();
  await startPlane(t, modelFor(port, 'required', clients.certificate, 'ConfigMap shop/missing'));
  for (const certificate of [known, null]) assert.equal(await answers(port, certificate), false);
});

/** Connects with a session, and tells whether it was taken up, or null where the connection was refused. */
async function resume(port: number, session: Buffer | null, keep: (session: Buffer) => void): Promise<boolean | null> {
  const options = { host: '127.0.0.1', port, servername: 'edge.test', ca: authority.certificate };
  const socket: TLSSocket = connect({ ...options, ...(session === null ? {} : { session }) });
  socket.on('session', keep);
  socket.on('error', () => {});
  socket.write('GET / HTTP/1.1\r\nhost: edge.test\r\nconnection: close\r\n\r\n');
  let reused: boolean | null = null;
  socket.on('data', () => {
    reused = socket.isSessionReused();
  });
  socket.on('end', () => socket.destroy());
  await new Promise((resolve) => socket.once('close', resolve));
  return reused;
}

test('a session from before certificates were required lets nobody in', async (t) => {
  const port = await freePort();
  const running = await startPlane(t, modelFor(port, 'optional'));
  let session: Buffer | null = null;
  const keep = (each: Buffer): void => {
    session = each;
  };
  assert.equal(await resume(port, null, keep), false);
  assert.equal(await resume(port, session, keep), true, 'sessions are resumed at all');
  await running.apply(modelFor(port, 'required'));
  assert.equal(await resume(port, session, () => {}), null);
});

/** A backend that answers with what it was told of the client's certificate. */
async function startTold(t: TestContext, validation: Partial<ClientValidation>): Promise<number> {
  const server = createServer((request, response) =>
    response.end(request.headers['x-forwarded-client-cert'] ?? 'none'),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const port = await freePort();
  await startPlane(
    t,
    buildModel({
      httpsPort: port,
      backends: { told: { port: (server.address() as AddressInfo).port, plaintext: true } },
      certificates: { '': edgeCertificate },
      trust: { ...trust, 'ConfigMap shop/clients': clients.certificate },
      tls: {
        clientValidation: { bundles: ['ConfigMap shop/clients'], mode: 'if-presented', origin, ...validation },
      },
    }),
  );
  return port;
}

test('backends are told of a certificate what the configuration says, and nothing that a client says itself', async (t) => {
  const named = await clients.issue({
    commonName: String.raw`A \"quoted\" name`,
    dns: ['client.test'],
    uris: ['spiffe://test/client'],
    usage: 'client',
  });
  const tls = { cert: named.chain, key: named.key };
  const headers = { 'x-forwarded-client-cert': 'Hash=forged' };
  const nothing = await startTold(t, {});
  assert.equal((await ask(nothing, '/told', { tls, headers })).body, 'none');
  const all = await startTold(t, { forward: ['subject', 'certificate', 'chain', 'dns', 'uri'] });
  assert.equal((await ask(all, '/told', { headers })).body, 'none', 'who presents none has none');
  const { body } = await ask(all, '/told', { tls, headers });
  const { fingerprint256 } = new X509Certificate(named.chain);
  const pem = encodeURIComponent(new X509Certificate(named.chain).toString());
  assert.equal(
    body,
    [
      `Hash=${fingerprint256.replaceAll(':', '').toLowerCase()}`,
      `Cert="${pem}"`,
      `Chain="${pem}"`,
      String.raw`Subject="CN=A \\\"quoted\\\" name"`,
      'URI=spiffe://test/client',
      'DNS=client.test',
    ].join(';'),
  );
});

test('a certificate that was taken back lets nobody in', async (t) => {
  const kept = await clients.issue({ dns: ['kept.test'], usage: 'client' });
  const lost = await clients.issue({ dns: ['lost.test'], usage: 'client' });
  const list = (await clients.revoke(lost)).replaceAll(/-----[^-]+-----|\s/g, '');
  const port = await startTold(t, { mode: 'required', revocationLists: [list] });
  assert.equal(await answers(port, kept), true);
  assert.equal(await answers(port, lost), false);
});
