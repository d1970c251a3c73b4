import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { TlsOptions } from 'node:tls';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import type { ConnectFailure } from '../../src/dataplanes/node/proxy/connector.ts';
import type { AcceptedName } from '../../src/model/tls.ts';
import { connectTo, exchange, makeConnector, type Outcome, tcpBackend, tlsBackend } from './connecting.ts';
import { type BackendTlsChoices, backend, backendTls, endpoint, keyMaterial, trustModel } from './model.ts';

const day = 86_400_000;
const authority = await CertificateAuthority.create('Demo CA');
const other = await CertificateAuthority.create('Other CA');
const namesake = await CertificateAuthority.create('Demo CA');
const intermediate = await authority.createIntermediate('Intermediate CA');
const orders = await authority.issue({ dns: ['orders.internal'] });
const gateway = await authority.issue({ dns: ['gateway'], usage: 'client' });
const stranger = await other.issue({ dns: ['gateway'], usage: 'client' });
const keys = keyMaterial(authority.certificate, {
  'Secret infra/gateway': { certificateChain: gateway.chain, privateKey: gateway.key },
  'Secret infra/stranger': { certificateChain: stranger.chain, privateKey: stranger.key },
});

async function attempt(
  t: TestContext,
  certificate: IssuedCertificate,
  choices: BackendTlsChoices = {},
  server: TlsOptions = {},
): Promise<Outcome> {
  const port = await tlsBackend(t, certificate, server);
  const connector = makeConnector(t, trustModel(), keys);
  return connectTo(t, connector, { backend: backend(backendTls(choices)), endpoint: endpoint(port) });
}

function assertConnected(outcome: Outcome): asserts outcome is Extract<Outcome, { type: 'connected' }> {
  assert.equal(outcome.type, 'connected', outcome.type === 'failed' ? outcome.failure.message : '');
}

function failureOf(outcome: Outcome): ConnectFailure {
  assert.equal(outcome.type, 'failed');
  return (outcome as Extract<Outcome, { type: 'failed' }>).failure;
}

test('a backend whose chain, validity and name are right', async (t) => {
  const outcome = await attempt(t, orders, {}, { honorCipherOrder: false });
  assertConnected(outcome);
  const { tls, address, connection } = outcome.connected;
  assert.deepEqual(
    { ...tls },
    {
      version: 'TLSv1.3',
      cipher: 'TLS_AES_128_GCM_SHA256',
      serverName: 'orders.internal',
      resumed: false,
      verified: true,
    },
  );
  assert.match(address, /^127\.0\.0\.1:\d+$/);
  assert.equal(connection.protocol, 'HTTP/1.1');
  assert.equal(((await exchange(outcome.connected)) as { status: number }).status, 200);
});

const accepting: readonly [string, Parameters<CertificateAuthority['issue']>[0], AcceptedName][] = [
  ['a wildcard in the certificate', { dns: ['*.shop.internal'] }, { type: 'dns', value: 'orders.shop.internal' }],
  ['a URI', { uris: ['spiffe://shop/orders'] }, { type: 'uri', value: 'spiffe://shop/orders' }],
  ['an IP address', { ips: ['10.0.0.7'] }, { type: 'ip', value: '10.0.0.7' }],
];

for (const [name, request, accepted] of accepting) {
  test(`${name} that is accepted, and one that is not`, async (t) => {
    const certificate = await authority.issue(request);
    assertConnected(await attempt(t, certificate, { names: [accepted] }));
    const failure = failureOf(await attempt(t, certificate));
    assert.equal(failure.reason, 'name-mismatch');
  });
}

test('another name is told with what was wanted, what was presented and what decided it', async (t) => {
  const names: AcceptedName[] = [{ type: 'dns', value: 'billing.internal' }];
  const failure = failureOf(await attempt(t, orders, { names }));
  assert.deepEqual(failure, {
    stage: 'verify',
    reason: 'name-mismatch',
    wanted: 'billing.internal',
    presented: 'orders.internal',
    message: 'certificate is for "orders.internal", wanted "billing.internal"',
    origin: backendTls().names.origin,
  });
});

test('a common name is no identity', async (t) => {
  const certificate = await authority.issue({ commonName: 'orders.internal' });
  const failure = failureOf(await attempt(t, certificate));
  assert.equal(failure.reason, 'name-mismatch');
  assert.match(failure.message, /no subjectAltName/);
});

test('an unknown authority, and one that only has the name of a known one', async (t) => {
  const unknown = failureOf(await attempt(t, await other.issue({ dns: ['orders.internal'] })));
  assert.equal(unknown.reason, 'unknown-ca');
  assert.equal(unknown.message, 'issuer "Other CA" is not in ConfigMap shop/ca');
  assert.equal(unknown.presented, 'Other CA');
  const impostor = failureOf(await attempt(t, await namesake.issue({ dns: ['orders.internal'] })));
  assert.equal(impostor.reason, 'unknown-ca');
  assert.match(impostor.message, /has the name of an authority .* but another key/);
});

test('a certificate that has expired, and one that is not valid yet', async (t) => {
  const now = Date.now();
  const old = await authority.issue({
    dns: ['orders.internal'],
    notBefore: new Date(now - 9 * day),
    notAfter: new Date(now - 2.5 * day),
  });
  const expired = failureOf(await attempt(t, old));
  assert.equal(expired.reason, 'expired');
  assert.equal(expired.message, 'certificate expired 2 d ago');
  const early = await authority.issue({
    dns: ['orders.internal'],
    notBefore: new Date(now + 3.5 * day),
    notAfter: new Date(now + 9 * day),
  });
  const future = failureOf(await attempt(t, early));
  assert.equal(future.reason, 'not-yet-valid');
  assert.equal(future.message, 'certificate is valid only in 3 d');
});

test('a chain with its intermediate, without it, and with the intermediate as trust', async (t) => {
  const whole = await intermediate.issue({ dns: ['orders.internal'] });
  assertConnected(await attempt(t, whole));
  const leaf = { ...whole, chain: `${whole.chain.split('-----END CERTIFICATE-----')[0]}-----END CERTIFICATE-----\n` };
  const failure = failureOf(await attempt(t, leaf));
  assert.equal(failure.reason, 'unknown-ca');
  assert.equal(failure.presented, 'Intermediate CA');
  const port = await tlsBackend(t, leaf);
  const connector = makeConnector(t, trustModel(), keyMaterial(intermediate.certificate));
  assertConnected(await connectTo(t, connector, { backend: backend(backendTls()), endpoint: endpoint(port) }));
});

test('a certificate for clients only does not make a server', async (t) => {
  const failure = failureOf(await attempt(t, await authority.issue({ dns: ['orders.internal'], usage: 'client' })));
  assert.equal(failure.reason, 'purpose');
});

test("the system's trust store does not know a private authority", async (t) => {
  const failure = failureOf(await attempt(t, orders, { verification: { type: 'system' } }));
  assert.equal(failure.stage, 'verify');
  assert.match(failure.message, /the system's trust store/);
});

test('without verification, and only when the model says so, any certificate will do', async (t) => {
  const outcome = await attempt(t, stranger, { verification: { type: 'none' }, names: [] });
  assertConnected(outcome);
  assert.equal(outcome.connected.tls?.verified, false);
  assert.equal(failureOf(await attempt(t, stranger, { names: [] })).reason, 'configuration');
  assert.equal(
    failureOf(await attempt(t, orders, { verification: { type: 'bundles', bundles: [] } })).reason,
    'configuration',
  );
  assert.equal(
    failureOf(await attempt(t, orders, { clientCertificate: 'Secret infra/absent' })).reason,
    'configuration',
  );
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  const demanding: TlsOptions = { requestCert: true, ca: authority.certificate, maxVersion };

  test(`a backend that wants a client certificate, ${maxVersion}`, async (t) => {
    const right = await attempt(t, orders, { clientCertificate: 'Secret infra/gateway' }, demanding);
    assertConnected(right);
    assert.equal(((await exchange(right.connected)) as { status: number }).status, 200);

    const without = await refusalOf(await attempt(t, orders, {}, demanding));
    assert.equal(without?.reason, 'client-certificate-required');
    assert.equal(without?.message, 'wants a client certificate and none is configured');

    const wrong = await refusalOf(await attempt(t, orders, { clientCertificate: 'Secret infra/stranger' }, demanding));
    if (maxVersion === 'TLSv1.3') assert.equal(wrong?.reason, 'client-certificate-refused');
    assert.equal(wrong?.stage, 'tls');
  });
}

/** With TLS 1.3 the refusal comes where the response should. */
async function refusalOf(outcome: Outcome): Promise<ConnectFailure | null> {
  if (outcome.type === 'failed') return outcome.failure;
  const result = await exchange(outcome.connected);
  assert.ok('unprocessed' in result);
  return outcome.connected.refusal(result);
}

test('versions, ciphers and groups that do not fit', async (t) => {
  const old: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' };
  assert.equal(failureOf(await attempt(t, orders, {}, old)).reason, 'protocol-version');
  const onlyNew = failureOf(await attempt(t, orders, { minVersion: 'TLSv1.3' }, { maxVersion: 'TLSv1.2' }));
  assert.equal(onlyNew.reason, 'protocol-version');
  assert.equal(onlyNew.wanted, 'TLS 1.3');
  const cipher = { ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'], maxVersion: 'TLSv1.2' } as const;
  const another: TlsOptions = { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' };
  assert.equal(failureOf(await attempt(t, orders, cipher, another)).reason, 'cipher-mismatch');
  assert.equal(
    failureOf(await attempt(t, orders, { groups: ['P-521'] }, { ecdhCurve: 'X25519' })).reason,
    'cipher-mismatch',
  );
});

test('versions, ciphers and groups that fit are those that are used', async (t) => {
  const twelve = await attempt(t, orders, { ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'], maxVersion: 'TLSv1.2' });
  assertConnected(twelve);
  assert.equal(twelve.connected.tls?.version, 'TLSv1.2');
  assert.equal(twelve.connected.tls?.cipher, 'ECDHE-ECDSA-AES256-GCM-SHA384');
  const thirteen = await attempt(t, orders, { ciphers: ['TLS_CHACHA20_POLY1305_SHA256'] });
  assertConnected(thirteen);
  assert.equal(thirteen.connected.tls?.cipher, 'TLS_CHACHA20_POLY1305_SHA256');
  const stillThirteen = await attempt(t, orders, { ciphers: ['ECDHE-ECDSA-AES256-GCM-SHA384'] });
  assertConnected(stillThirteen);
  assert.equal(stillThirteen.connected.tls?.version, 'TLSv1.3');
  assert.equal(failureOf(await attempt(t, orders, { ciphers: ['NO-SUCH-CIPHER'] })).reason, 'configuration');
});

test('plain HTTP where TLS was asked for, and nothing at all', async (t) => {
  const connector = makeConnector(t, trustModel(), keys);
  const tls = backend(backendTls(), { connectTimeout: 100 });
  const plain = await tcpBackend(t, (socket) =>
    socket.on('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  );
  const http = failureOf(await connectTo(t, connector, { backend: tls, endpoint: endpoint(plain) }));
  assert.deepEqual([http.reason, http.message], ['plain-http', 'answers plain HTTP where TLS was asked for']);
  const silent = await tcpBackend(t, () => {});
  const timeout = failureOf(await connectTo(t, connector, { backend: tls, endpoint: endpoint(silent) }));
  assert.deepEqual([timeout.stage, timeout.reason], ['tls', 'timeout']);
  const closing = await tcpBackend(t, (socket) => socket.end());
  const closed = failureOf(await connectTo(t, connector, { backend: tls, endpoint: endpoint(closing) }));
  assert.deepEqual([closed.stage, closed.reason], ['tls', 'reset']);
});

test('a port that nothing listens on, and a name that nothing has', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  const connector = makeConnector(t, trustModel(), keys);
  const refused = failureOf(await connectTo(t, connector, { backend: backend(null), endpoint: endpoint(port) }));
  assert.deepEqual([refused.stage, refused.reason], ['connect', 'refused']);
  const target = { backend: backend(null), endpoint: endpoint(443, 'no-such-host.invalid') };
  const unknown = failureOf(await connectTo(t, connector, target));
  assert.equal(unknown.stage, 'resolve');
});

test('a backend without TLS is spoken to in the clear', async (t) => {
  const port = await tcpBackend(t, (socket) =>
    socket.on('data', () => socket.write('HTTP/1.1 204 No Content\r\n\r\n')),
  );
  const connector = makeConnector(t, trustModel(), keys);
  const outcome = await connectTo(t, connector, { backend: backend(null), endpoint: endpoint(port, 'localhost') });
  assertConnected(outcome);
  assert.equal(outcome.connected.tls, null);
  assert.equal(((await exchange(outcome.connected)) as { status: number }).status, 204);
});

test('the server name that is sent', async (t) => {
  const seen: (string | false | null)[] = [];
  const port = await tlsBackend(t, orders, {
    SNICallback: (name, done) => {
      seen.push(name);
      done(null);
    },
  });
  const connector = makeConnector(t, trustModel(), keys);
  const sources = [
    { serverName: { type: 'fixed', name: 'fixed.test' }, address: '127.0.0.1', sent: 'fixed.test' },
    { serverName: { type: 'host-header' }, address: '127.0.0.1', sent: 'host.test' },
    { serverName: { type: 'endpoint' }, address: 'localhost', sent: 'localhost' },
    { serverName: { type: 'endpoint' }, address: '127.0.0.1', sent: '' },
    { serverName: { type: 'none' }, address: '127.0.0.1', sent: '' },
  ] as const;
  for (const [index, { serverName, address, sent }] of sources.entries()) {
    const target = {
      backend: backend(backendTls({ serverName }), { id: `b${index}` }),
      endpoint: endpoint(port, address),
      host: 'host.test',
    };
    const outcome = await connectTo(t, connector, target);
    assertConnected(outcome);
    assert.equal(outcome.connected.tls?.serverName, sent);
  }
  assert.deepEqual(seen, ['fixed.test', 'host.test', 'localhost']);
});

test('what ALPN offers', async (t) => {
  const offered: string[][] = [];
  const port = await tlsBackend(t, orders, {
    ALPNCallback: ({ protocols }) => {
      offered.push(protocols);
      return protocols.includes('http/1.1') ? 'http/1.1' : undefined;
    },
  });
  const connector = makeConnector(t, trustModel(), keys);
  const choices = [
    { protocol: 'auto', http1Only: false },
    { protocol: 'auto', http1Only: true },
    { protocol: 'http1', http1Only: false },
  ] as const;
  for (const { protocol, http1Only } of choices) {
    const target = { backend: backend(backendTls(), { protocol }), endpoint: endpoint(port), http1Only };
    assertConnected(await connectTo(t, connector, target));
  }
  assert.deepEqual(offered, [['h2', 'http/1.1'], ['http/1.1'], ['http/1.1']]);
  const refused = await connectTo(t, connector, {
    backend: backend(backendTls({ alpn: ['h2'] }), { id: 'h2' }),
    endpoint: endpoint(port),
  });
  assert.equal(failureOf(refused).reason, 'alpn-mismatch');
});

for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`a session is taken up again, but never where anything is verified otherwise, ${maxVersion}`, async (t) => {
    const port = await tlsBackend(t, orders, { maxVersion });
    const connector = makeConnector(t, trustModel(), keys);
    const resumed = async (choices: BackendTlsChoices, id = 'b'): Promise<boolean> => {
      const outcome = await connectTo(t, connector, {
        backend: backend(backendTls(choices), { id }),
        endpoint: endpoint(port),
      });
      assertConnected(outcome);
      // A ticket of TLS 1.3 has come when the response is there.
      await exchange(outcome.connected);
      return outcome.connected.tls?.resumed ?? false;
    };
    assert.equal(await resumed({}), false);
    assert.equal(await resumed({}), true);
    assert.equal(await resumed({}, 'same settings'), true);
    const dns = (value: string): AcceptedName => ({ type: 'dns', value });
    assert.equal(await resumed({ names: [dns('orders.internal'), dns('b.test')] }), false);
    assert.equal(await resumed({ clientCertificate: 'Secret infra/gateway' }), false);
    assert.equal(await resumed({ verification: { type: 'none' } }), false);
    assert.equal(await resumed({ serverName: { type: 'none' } }), false);

    connector.configure(trustModel(), { ...keys, trustBundles: { 'ConfigMap shop/ca': `${authority.certificate}\n` } });
    assert.equal(await resumed({}), false, 'other trust');

    // What one backend may resume without verification must not serve another that verifies another name.
    const names = [dns('billing.internal')];
    const unverified = await connectTo(t, connector, {
      backend: backend(backendTls({ verification: { type: 'none' } })),
      endpoint: endpoint(port),
    });
    assertConnected(unverified);
    await exchange(unverified.connected);
    const strict = await connectTo(t, connector, { backend: backend(backendTls({ names })), endpoint: endpoint(port) });
    assert.equal(failureOf(strict).reason, 'name-mismatch');
  });
}

test('a connection that is given up is closed', async (t) => {
  let server: Socket | null = null;
  const closed = new Promise<void>((resolve) => {
    void tcpBackend(t, (socket) => {
      server = socket;
      socket.resume();
      socket.on('close', () => resolve());
    }).then((port) => {
      const connector = makeConnector(t, trustModel(), keys);
      const owner = {
        onConnected: () => assert.fail('connected'),
        onFailed: () => assert.fail('failed'),
        onCapacity: () => {},
        onClosed: () => {},
      };
      const target = { backend: backend(backendTls()), endpoint: endpoint(port), host: '', http1Only: false };
      const attempt = connector.connect(target, owner);
      setImmediate(function wait() {
        if (server === null) setImmediate(wait);
        else attempt.cancel();
      });
    });
  });
  await closed;
});
