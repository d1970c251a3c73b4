import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { ask } from '../end-to-end/clients.ts';
import { farside, type RunningGateway, serve, until } from '../end-to-end/farside.ts';
import { freeOffset } from '../end-to-end/ports.ts';
import { authority, Folder, startHttpsBackend } from '../end-to-end/shop.ts';
import { caSecret, delegation, proxy, service, tlsAnnotation, tlsSecret, yaml } from './contour-objects.ts';

/*
 * TLS to backends as Contour's guide to it describes it, from top to bottom: what is written there is in a folder, and real
 * backends tell what arrives.
 */

const options = { timeout: 60_000 };
const lifetime = { after };

const strangers = await CertificateAuthority.create('Strangers');
const successor = await CertificateAuthority.create('Successor');
const backendCertificate = await authority.issue({ dns: ['backend.example.com', 'foo.marketing'] });
const strangeCertificate = await strangers.issue({ dns: ['backend.example.com'] });
const envoyCertificate = await authority.issue({ commonName: 'envoy', dns: ['envoy.client'], usage: 'client' });

const securePort = await startHttpsBackend(lifetime, backendCertificate, (_request, response) => response.end('tls'));
const strangePort = await startHttpsBackend(lifetime, strangeCertificate, (_request, response) =>
  response.end('strange'),
);
const mutualPort = await startHttpsBackend(
  lifetime,
  backendCertificate,
  (request, response) => {
    const { subject } = (request.socket as TLSSocket).getPeerCertificate();
    response.end(`tls with ${subject.CN}`);
  },
  { requestCert: true, rejectUnauthorized: true, ca: authority.certificate },
);
let plainRequests = 0;
const plainServer = createHttpServer((_request, response) => {
  plainRequests += 1;
  response.end('plain');
});
await new Promise<void>((resolve) => plainServer.listen(0, '127.0.0.1', resolve));
after(() => plainServer.close());
const plainPort = (plainServer.address() as AddressInfo).port;

const certificateAuthority = caSecret('my-certificate-authority', authority.certificate);
const validation = (caName = 'my-certificate-authority', subjectName = 'backend.example.com') => ({
  validation: { caSecret: caName, subjectName },
});
const names = (...subjectNames: readonly string[]) => ({
  validation: { caSecret: 'my-certificate-authority', subjectName: subjectNames[0] ?? '', subjectNames },
});
const backend = { name: 'secure-backend' };

const folder = new Folder(lifetime, {
  'services.yaml': yaml(
    ...service('secure-backend', securePort, { annotations: tlsAnnotation }),
    ...service('without-annotation', securePort),
    ...service('strange-backend', strangePort, { annotations: tlsAnnotation }),
    ...service('plain-backend', plainPort),
    ...service('annotated-plain-backend', plainPort, { annotations: tlsAnnotation }),
    ...service('annotated-h2c', securePort, { annotations: { 'projectcontour.io/upstream-protocol.h2c': '8443' } }),
    ...service('mutual-backend', mutualPort, { annotations: tlsAnnotation }),
    ...service('secure-backend', securePort, { annotations: tlsAnnotation, namespace: 'marketing' }),
  ),
  'secrets.yaml': yaml(
    certificateAuthority,
    caSecret('both', `${successor.certificate}${authority.certificate}`),
    caSecret('strangers', strangers.certificate),
    caSecret('foo-ca-cert', authority.certificate, 'certificates'),
    caSecret('kept', authority.certificate, 'certificates'),
    tlsSecret('envoy-client-cert', envoyCertificate, 'projectcontour'),
    delegation('foo-ca-cert', 'certificates', ['marketing']),
  ),
  'proxies.yaml': yaml(
    // The example of the guide.
    proxy('www', { ...backend, ...validation() }),
    proxy('annotation', backend),
    proxy('field', { name: 'without-annotation', protocol: 'tls' }),
    proxy('field-before-annotation', { name: 'annotated-h2c', protocol: 'tls', ...validation() }),
    proxy('annotation-of-proxy', { name: 'plain-backend' }, { annotations: tlsAnnotation }),
    proxy('unverified', { name: 'strange-backend' }),
    proxy('strange', { name: 'strange-backend', ...validation() }),
    proxy('strangers-ca', { ...backend, ...validation('strangers') }),
    proxy('other-name', { ...backend, ...validation('my-certificate-authority', 'other.example.com') }),
    proxy('several-names', { ...backend, ...names('bar.marketing', 'foo.marketing') }),
    proxy('no-name-fits', { ...backend, ...names('bar.marketing', 'baz.marketing') }),
    proxy('bundle', { ...backend, ...validation('both') }),
    proxy('not-annotated', { name: 'plain-backend', ...validation() }),
    proxy('not-tls', { name: 'annotated-plain-backend', ...validation() }),
    proxy('no-secret', { ...backend, ...validation('missing') }),
    proxy('delegated', { ...backend, ...validation('certificates/foo-ca-cert') }, { namespace: 'marketing' }),
    proxy('not-delegated', { ...backend, ...validation('certificates/kept') }, { namespace: 'marketing' }),
    proxy('delegated-to-others', { ...backend, ...validation('certificates/foo-ca-cert') }),
    proxy('mutual', { name: 'mutual-backend', ...validation() }),
  ),
});

async function start(...flags: readonly string[]): Promise<{ gateway: RunningGateway; port: number }> {
  const offset = await freeOffset();
  const gateway = await serve(lifetime, [folder.path, '--port-offset', String(offset), ...flags]);
  return { gateway, port: 80 + offset };
}

const { gateway, port } = await start();
const answerOf = async (name: string, at = port): Promise<string> => {
  const { status, body } = await ask({ port: at, host: `${name}.example.com` }, '/');
  return status === 200 ? body : String(status);
};

interface ProxyStatus {
  readonly currentStatus: string;
  readonly description: string;
  readonly conditions: readonly { readonly errors?: readonly Detail[]; readonly warnings?: readonly Detail[] }[];
}

interface Detail {
  readonly reason: string;
  readonly message: string;
}

async function statusOf(name: string): Promise<ProxyStatus> {
  const { status } = (await gateway.json('/api/status')) as {
    readonly status: readonly {
      readonly kind: string;
      readonly metadata: { name: string };
      readonly status: ProxyStatus;
    }[];
  };
  const found = status.find(({ kind, metadata }) => kind === 'HTTPProxy' && metadata.name === name);
  assert.ok(found, `${name} has a status`);
  return found.status;
}

const detailOf = ({ conditions }: ProxyStatus, kind: 'errors' | 'warnings'): string =>
  conditions
    .flatMap((each) => each[kind] ?? [])
    .map(({ message }) => message)
    .join('; ');

test('the example of the guide is served over verified TLS', options, async () => {
  assert.equal(await answerOf('www'), 'tls');
  const { currentStatus, description } = await statusOf('www');
  assert.deepEqual([currentStatus, description], ['valid', 'Valid HTTPProxy']);
});

test(
  'the annotation of the Service, or the protocol of the service, asks for TLS; the protocol counts more',
  options,
  async () => {
    assert.equal(await answerOf('annotation'), 'tls');
    assert.equal(await answerOf('field'), 'tls');
    assert.equal(await answerOf('field-before-annotation'), 'tls');
  },
);

test('the annotation is for the Service: on the HTTPProxy it says nothing', options, async () => {
  assert.equal(await answerOf('annotation-of-proxy'), 'plain');
});

test('without a validation nobody is verified, and that is told', options, async () => {
  assert.equal(await answerOf('unverified'), 'strange');
  assert.match(detailOf(await statusOf('unverified'), 'warnings'), /nobody verifies who answers/);
});

test('who does not have a certificate of the CA, or none with the name, gets no request', options, async () => {
  for (const name of ['strange', 'strangers-ca', 'other-name', 'no-name-fits']) {
    assert.equal(await answerOf(name), '503', name);
    assert.equal((await statusOf(name)).currentStatus, 'valid', name);
  }
});

test('one of several names is enough', options, async () => assert.equal(await answerOf('several-names'), 'tls'));

test('a bundle may hold several CAs', options, async () => assert.equal(await answerOf('bundle'), 'tls'));

test('a validation is never answered with plaintext', options, async () => {
  const before = plainRequests;
  assert.equal(await answerOf('not-annotated'), '503');
  assert.equal(await answerOf('not-tls'), '503');
  assert.equal(plainRequests, before);
  assert.match(detailOf(await statusOf('not-annotated'), 'warnings'), /nothing says that it speaks TLS/);
});

test('a CA Secret that does not exist makes the proxy invalid, until it exists', options, async () => {
  assert.equal(await answerOf('no-secret'), '503');
  const status = await statusOf('no-secret');
  assert.equal(status.currentStatus, 'invalid');
  assert.equal(status.description, 'At least one error present, see Errors for details');
  assert.equal(
    detailOf(status, 'errors'),
    'Service [secure-backend:8443] TLS upstream validation policy error: invalid CA Secret "default/missing": Secret not found',
  );
  folder.write('missing.yaml', yaml(caSecret('missing', authority.certificate)));
  await until(async () => (await answerOf('no-secret')) === 'tls');
  assert.equal((await statusOf('no-secret')).currentStatus, 'valid');
  folder.remove('missing.yaml');
  await until(async () => (await answerOf('no-secret')) === '503');
});

test('a Secret of another namespace is used where its owner delegates it, and nowhere else', options, async () => {
  assert.equal(await answerOf('delegated'), 'tls');
  for (const [name, secret] of [
    ['not-delegated', 'certificates/kept'],
    ['delegated-to-others', 'certificates/foo-ca-cert'],
  ] as const) {
    assert.equal(await answerOf(name), '503', name);
    assert.equal(
      detailOf(await statusOf(name), 'errors'),
      `service.UpstreamValidation.CACertificate Secret "${secret}" is not configured for certificate delegation`,
    );
  }
  folder.write('delegation.yaml', yaml(delegation('kept', 'certificates', ['*'])));
  await until(async () => (await answerOf('not-delegated')) === 'tls');
});

test(
  'the first of several names must be the one name, which has its limit; a folder refuses what a cluster refuses',
  options,
  async () => {
    const refused = new Folder(lifetime, {
      'differs.yaml': yaml(
        proxy('differs', { ...backend, validation: { ...names('a.b', 'c.d').validation, subjectName: 'c.d' } }),
      ),
      'long.yaml': yaml(proxy('long', { ...backend, ...validation('ca', `${'a'.repeat(247)}.com`) })),
      'fits.yaml': yaml(proxy('fits', { ...backend, ...validation('ca', `${'a'.repeat(246)}.com`) })),
    });
    const { stdout } = await farside('check', refused.path);
    assert.match(stdout, /subjectNames\[0\] must equal subjectName if set/);
    assert.match(stdout, /subjectName: .*may not be (more|longer) than 250/);
    assert.doesNotMatch(stdout, /HTTPProxy.* "fits" is invalid/);
  },
);

test('the client certificate of the configuration is presented to who asks for one', options, async () => {
  assert.equal(await answerOf('mutual'), '503', 'without a configuration there is none');
  const elsewhere = new Folder(lifetime, {
    'contour.yaml': 'tls:\n  envoy-client-certificate:\n    name: envoy-client-cert\n    namespace: projectcontour\n',
  });
  const configured = await start('--contour-config', elsewhere.file('contour.yaml'));
  assert.equal(await answerOf('mutual', configured.port), 'tls with envoy');
  assert.equal(await answerOf('www', configured.port), 'tls', 'who asks for none is not disturbed');
});

test('with --compat contour a validation without TLS is passed over, by name and with a warning', options, async () => {
  const compatible = await start('--compat', 'contour');
  assert.equal(await answerOf('not-annotated', compatible.port), 'plain');
  assert.equal(await answerOf('not-tls', compatible.port), '503', 'what is TLS is verified all the same');
});
