import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createSecureServer, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { tcpBackend, tlsBackend } from '../tls/connecting.ts';
import {
  type Answer,
  ask,
  authority,
  edgeCertificate,
  freePort,
  type LogLine,
  ordersCertificate,
  type RunningPlane,
  startPlane,
  trust,
} from './harness.ts';
import { type BackendChoice, buildModel } from './model.ts';

const day = 86_400_000;
const now = Date.now();
const other = await CertificateAuthority.create('Other CA');
const intermediate = await authority.createIntermediate('Intermediate CA');
const gateway = await authority.issue({ dns: ['gateway'], usage: 'client' });
const stranger = await other.issue({ dns: ['gateway'], usage: 'client' });
const viaIntermediate = await intermediate.issue({ dns: ['orders.internal'] });
const leafOnly = {
  ...viaIntermediate,
  chain: `${viaIntermediate.chain.split('-----END')[0]}-----END CERTIFICATE-----\n`,
};
const expired = await authority.issue({
  dns: ['orders.internal'],
  notBefore: new Date(now - 9 * day),
  notAfter: new Date(now - 2.5 * day),
});
const future = await authority.issue({
  dns: ['orders.internal'],
  notBefore: new Date(now + 3.5 * day),
  notAfter: new Date(now + 9 * day),
});
const wantsCertificate: TlsOptions = { requestCert: true, ca: authority.certificate };

/** Starts the server of a row of the table and says how to reach it. */
type Server = (t: TestContext) => Promise<number>;

const serves =
  (certificate: IssuedCertificate, options: TlsOptions = {}): Server =>
  (t) =>
    tlsBackend(t, certificate, options);

const issued =
  (request: Parameters<CertificateAuthority['issue']>[0], by = authority): Server =>
  async (t) =>
    tlsBackend(t, await by.issue(request));

interface Row {
  readonly server: Server;
  readonly choice?: Omit<BackendChoice, 'port'>;
  /** The reason in the log, or null where the request must succeed. */
  readonly refused: string | null;
  readonly message?: RegExp;
}

const rows: Readonly<Record<string, Row>> = {
  right: { server: serves(ordersCertificate), refused: null },
  'other-name': {
    server: issued({ dns: ['billing.internal'] }),
    refused: 'name-mismatch',
    message: /^certificate is for "billing.internal", wanted "orders.internal"$/,
  },
  'common-name-only': { server: issued({ commonName: 'orders.internal' }), refused: 'name-mismatch' },
  wildcard: {
    server: issued({ dns: ['*.shop.internal'] }),
    choice: { names: [{ type: 'dns', value: 'a.shop.internal' }] },
    refused: null,
  },
  'wildcard-of-two-labels': {
    server: issued({ dns: ['*.shop.internal'] }),
    choice: { names: [{ type: 'dns', value: 'a.b.shop.internal' }] },
    refused: 'name-mismatch',
  },
  uri: {
    server: issued({ uris: ['spiffe://shop/orders'] }),
    choice: { names: [{ type: 'uri', value: 'spiffe://shop/orders' }] },
    refused: null,
  },
  'other-uri': {
    server: issued({ uris: ['spiffe://shop/billing'] }),
    choice: { names: [{ type: 'uri', value: 'spiffe://shop/orders' }] },
    refused: 'name-mismatch',
  },
  ip: {
    server: issued({ ips: ['127.0.0.1'] }),
    choice: { names: [{ type: 'ip', value: '127.0.0.1' }] },
    refused: null,
  },
  'other-ip': {
    server: issued({ ips: ['10.0.0.7'] }),
    choice: { names: [{ type: 'ip', value: '127.0.0.1' }] },
    refused: 'name-mismatch',
  },
  'one-of-several-names': {
    server: serves(ordersCertificate),
    choice: {
      names: [
        { type: 'uri', value: 'spiffe://shop/orders' },
        { type: 'dns', value: 'orders.internal' },
      ],
    },
    refused: null,
  },
  'unknown-ca': {
    server: issued({ dns: ['orders.internal'] }, other),
    refused: 'unknown-ca',
    message: /^issuer "Other CA" is not in ConfigMap shop\/ca$/,
  },
  'second-bundle': {
    server: issued({ dns: ['orders.internal'] }, other),
    choice: { verification: { type: 'bundles', bundles: ['ConfigMap shop/ca', 'Secret shop/other'] } },
    refused: null,
  },
  system: {
    server: serves(ordersCertificate),
    choice: { verification: { type: 'system' } },
    refused: 'missing-intermediate',
    message: /the system's trust store/,
  },
  expired: { server: serves(expired), refused: 'expired', message: /^certificate expired 2 d ago$/ },
  'not-yet-valid': { server: serves(future), refused: 'not-yet-valid', message: /valid only in 3 d/ },
  intermediate: { server: serves(viaIntermediate), refused: null },
  'intermediate-missing': { server: serves(leafOnly), refused: 'unknown-ca', message: /"Intermediate CA"/ },
  'skip-verify': {
    server: serves(expired),
    choice: { verification: { type: 'none' }, names: [] },
    refused: null,
  },
  mutual: {
    server: serves(ordersCertificate, wantsCertificate),
    choice: { clientCertificate: 'Secret infra/gateway' },
    refused: null,
  },
  'mutual-12': {
    server: serves(ordersCertificate, { ...wantsCertificate, maxVersion: 'TLSv1.2' }),
    choice: { clientCertificate: 'Secret infra/gateway' },
    refused: null,
  },
  'mutual-without': {
    server: serves(ordersCertificate, wantsCertificate),
    refused: 'client-certificate-required',
    message: /^wants a client certificate and none is configured$/,
  },
  'mutual-12-without': {
    server: serves(ordersCertificate, { ...wantsCertificate, maxVersion: 'TLSv1.2' }),
    refused: 'client-certificate-required',
  },
  'mutual-stranger': {
    server: serves(ordersCertificate, wantsCertificate),
    choice: { clientCertificate: 'Secret infra/stranger' },
    refused: 'client-certificate-refused',
  },
  'plain-http': {
    server: (t) => tcpBackend(t, (socket) => socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))),
    refused: 'plain-http',
    message: /^answers plain HTTP where TLS was asked for$/,
  },
  'tls-1.1': {
    server: serves(ordersCertificate, { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    refused: 'protocol-version',
  },
  'tls-1.2': { server: serves(ordersCertificate, { maxVersion: 'TLSv1.2' }), refused: null },
  'tls-1.2-for-1.3': {
    server: serves(ordersCertificate, { maxVersion: 'TLSv1.2' }),
    choice: { minVersion: 'TLSv1.3' },
    refused: 'protocol-version',
  },
  cipher: {
    server: serves(ordersCertificate, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }),
    choice: { ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'] },
    refused: 'cipher-mismatch',
  },
  group: {
    server: serves(ordersCertificate, { ecdhCurve: 'P-384' }),
    choice: { groups: ['X25519'] },
    refused: 'cipher-mismatch',
  },
  'ca-not-loaded': {
    server: serves(ordersCertificate),
    choice: { verification: { type: 'bundles', bundles: ['ConfigMap shop/absent'] } },
    refused: 'configuration',
  },
};

async function startRows(t: TestContext): Promise<{ plane: RunningPlane; port: number }> {
  const entries = await Promise.all(
    Object.entries(rows).map(
      async ([name, { server, choice }]) => [name, { port: await server(t), ...choice }] as const,
    ),
  );
  const port = await freePort();
  const built = buildModel({
    httpsPort: port,
    certificates: { '': edgeCertificate },
    trust: { ...trust, 'Secret shop/other': other.certificate },
    clientCertificates: { 'Secret infra/gateway': gateway, 'Secret infra/stranger': stranger },
    backends: Object.fromEntries(entries),
  });
  return { plane: await startPlane(t, built), port };
}

function assertRefused(name: string, row: Row, answer: Answer, line: LogLine): void {
  assert.equal(answer.status, 503, name);
  assert.doesNotMatch(answer.body, /orders|CA|certificate/, `${name}: clients learn nothing of what is behind`);
  assert.equal(line.failure?.class, 'tls-failed', name);
  assert.equal(line.failure?.reason, row.refused, `${name}: ${line.failure?.message}`);
  assert.ok(line.failure?.decided_by !== undefined, name);
  if (row.message !== undefined) assert.match(line.failure?.message ?? '', row.message, name);
}

test('each kind of right and wrong backend', async (t) => {
  const { plane, port } = await startRows(t);
  for (const [name, row] of Object.entries(rows)) {
    await t.test(`${name}: ${row.refused ?? 'ok'}`, async () => {
      const answer = await ask(port, `/${name}`, { method: 'POST', body: 'content' });
      const line = await plane.line(({ path }) => path === `/${name}`);
      if (row.refused === null) assert.equal(answer.status, 200, line.failure?.message ?? '');
      else assertRefused(name, row, answer, line);
    });
  }
  const metrics = await plane.plane.metrics();
  assert.match(
    metrics,
    /farside_backend_tls_handshake_failures_total\{backend="shop\/expired:443",reason="expired"\} 1\n/,
  );
  assert.match(metrics, /farside_backends_unverified 1\n/);
});

test('a refused backend never gets a byte of the request, nor is it spoken to in the clear', async (t) => {
  const received: string[] = [];
  const port = await tcpBackend(t, (socket) =>
    socket.on('data', (chunk) => {
      received.push(chunk.toString('latin1'));
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
    }),
  );
  const httpsPort = await freePort();
  const backends = { secret: { port }, missing: { port, verification: { type: 'bundles', bundles: [] } as const } };
  await startPlane(t, buildModel({ httpsPort, certificates: { '': edgeCertificate }, trust, backends }));
  for (const path of ['/secret', '/missing']) {
    assert.equal((await ask(httpsPort, path, { headers: { authorization: 'Bearer token' } })).status, 503);
  }
  assert.ok(received.length > 0);
  for (const bytes of received) {
    assert.equal(bytes.charCodeAt(0), 22, 'a TLS handshake record');
    assert.doesNotMatch(bytes, /secret|Bearer|HTTP/);
  }
});

test("in a cluster nothing leads to the gateway's own machine, by address or by name", async (t) => {
  let connections = 0;
  const port = await tcpBackend(t, (socket) => {
    connections += 1;
    socket.destroy();
  });
  const httpsPort = await freePort();
  const backends = {
    literal: { port },
    mapped: { port, address: '::ffff:127.0.0.1' },
    named: { port, address: 'localhost' },
  };
  const built = buildModel({ httpsPort, certificates: { '': edgeCertificate }, trust, backends });
  const running = await startPlane(t, built, { refusesOwnAddresses: true });
  for (const name of Object.keys(backends)) {
    assert.equal((await ask(httpsPort, `/${name}`)).status, 503);
    const { failure } = await running.line(({ path }) => path === `/${name}`);
    assert.deepEqual(
      [failure?.reason, /the gateway's own machine/.test(failure?.message ?? '')],
      ['configuration', true],
    );
  }
  assert.equal(connections, 0);
});

test('a backend that speaks HTTP/2, by ALPN and by prior knowledge', async (t) => {
  const seen: string[] = [];
  const plain = createServer((request, response) => {
    seen.push(request.httpVersion);
    response.end('h2c');
  }).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  t.after(() => plain.close());
  const secure = createSecureServer(
    { cert: ordersCertificate.chain, key: ordersCertificate.key },
    (request, response) => {
      seen.push(request.httpVersion);
      response.end('h2');
    },
  ).listen(0, '127.0.0.1');
  await once(secure, 'listening');
  t.after(() => secure.close());
  const httpsPort = await freePort();
  const backends = {
    alpn: { port: (secure.address() as AddressInfo).port },
    known: { port: (plain.address() as AddressInfo).port, plaintext: true, protocol: 'h2c' as const },
  };
  const plane = await startPlane(t, buildModel({ httpsPort, certificates: { '': edgeCertificate }, trust, backends }));
  assert.equal((await ask(httpsPort, '/alpn')).body, 'h2');
  assert.equal((await ask(httpsPort, '/known')).body, 'h2c');
  assert.deepEqual(seen, ['2.0', '2.0']);
  assert.equal((await plane.line(({ path }) => path === '/alpn')).backend_protocol, 'HTTP/2');
});
