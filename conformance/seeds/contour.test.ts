// What Contour's guide to TLS of backends (projectcontour.io/docs/main/config/upstream-tls) shows and forbids, with kubectl and
// real traffic, Contour's own definitions being in the cluster; and classic Ingress beside it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { sources } from '../../scripts/generate-schemas/sources.ts';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { downloadModule } from '../build.ts';
import { apply, eventually, get, type Manifest, refusal, remove } from './kubectl.ts';
import { backend, namespace, tlsSecret } from './objects.ts';
import { request } from './traffic.ts';

const shop = 'contour-seed';
const certificates = 'contour-seed-certificates';
const ca = await CertificateAuthority.create('seeds');
const stranger = await CertificateAuthority.create('stranger');

const caSecret = (space: string, name: string, text: string): Manifest => ({
  ...{ apiVersion: 'v1', kind: 'Secret', type: 'Opaque', metadata: { name, namespace: space } },
  stringData: { 'ca.crt': text },
});

interface Validation {
  readonly caSecret: string;
  readonly subjectName: string;
  readonly subjectNames?: readonly string[];
}

const proxy = (name: string, service: Manifest, validation?: Validation): Manifest => ({
  apiVersion: 'projectcontour.io/v1',
  kind: 'HTTPProxy',
  metadata: { name, namespace: shop },
  spec: {
    virtualhost: { fqdn: `${name}.example.com`, tls: { secretName: 'edge' } },
    routes: [{ services: [{ port: 443, ...service, ...(validation === undefined ? {} : { validation }) }] }],
  },
});

const secure = { name: 'secure-backend' };
const validation = (secret = 'my-certificate-authority', subjectName = 'backend.example.com'): Validation => ({
  caSecret: secret,
  subjectName,
});

const delegation = (secretName: string): Manifest => ({
  apiVersion: 'projectcontour.io/v1',
  kind: 'TLSCertificateDelegation',
  metadata: { name: secretName, namespace: certificates },
  spec: { delegations: [{ secretName, targetNamespaces: [shop] }] },
});

interface Status {
  readonly currentStatus?: string;
  readonly description?: string;
  readonly conditions?: readonly { readonly errors?: readonly { readonly message: string }[] }[];
  readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] };
}

const statusOf = (object: string): Status => (get(shop, object) as { readonly status?: Status }).status ?? {};

const errorsOf = (object: string): string =>
  (statusOf(object).conditions ?? []).flatMap(({ errors = [] }) => errors.map(({ message }) => message)).join('; ');

async function addressOf(object: string): Promise<string> {
  const read = (): string => statusOf(object).loadBalancer?.ingress?.[0]?.ip ?? '';
  const address = await eventually(read, (value) => value !== '');
  assert.notEqual(address, '', `${object} has no address`);
  return address;
}

async function answered(name: string, expected: number): Promise<number> {
  const address = await addressOf(`httpproxy/${name}`);
  const { status } = await eventually(
    () => request(address, 443, `${name}.example.com`),
    (answer) => answer.status === expected,
  );
  return status;
}

/** The backend of the guide, whose port 443 an annotation says to speak TLS. */
function annotatedBackend(): readonly Manifest[] {
  const [deployment, service] = backend(shop, 'secure-backend', 'backend-cert') as [Manifest, Manifest];
  const annotations = { 'projectcontour.io/upstream-protocol.tls': '443' };
  return [deployment, { ...service, metadata: { name: 'secure-backend', namespace: shop, annotations } }];
}

before(async () => {
  const contour = sources.find(({ module }) => module?.name.endsWith('/contour') === true);
  assert.ok(contour?.module, 'where the definitions are');
  const folder = downloadModule(`${contour.module.name}@${contour.module.version}`);
  const definitions = join(folder, contour.definitions);
  execFileSync('kubectl', ['apply', '--server-side', '-f', definitions], { stdio: ['ignore', 'ignore', 'inherit'] });
  apply(namespace(shop), namespace(certificates));
  apply(
    tlsSecret(shop, 'edge', await ca.issue({ commonName: 'edge', dns: ['*.example.com'] })),
    tlsSecret(shop, 'backend-cert', await ca.issue({ commonName: 'backend', dns: ['backend.example.com'] })),
    caSecret(shop, 'my-certificate-authority', ca.certificate),
    caSecret(shop, 'stranger', stranger.certificate),
    caSecret(certificates, 'foo-ca-cert', ca.certificate),
    ...annotatedBackend(),
    ...backend(shop, 'without-annotation', 'backend-cert'),
    proxy('www', secure, validation()),
    proxy('field', { name: 'without-annotation', protocol: 'tls' }, validation()),
    proxy('strange', secure, validation('stranger')),
    proxy('other-name', secure, validation('my-certificate-authority', 'other.example.com')),
    proxy('never-plain', { name: 'without-annotation', port: 80 }, validation()),
    proxy('no-secret', secure, validation('missing')),
    proxy('delegated', secure, validation(`${certificates}/foo-ca-cert`)),
  );
});

after(() => remove(`namespace/${shop}`, `namespace/${certificates}`));

describe('TLS to backends, as Contour describes it', () => {
  it('is verified by the CA and the name of the validation', async () => {
    assert.equal(await answered('www', 200), 200);
    const { currentStatus, description } = statusOf('httpproxy/www');
    assert.deepEqual([currentStatus, description], ['valid', 'Valid HTTPProxy']);
    assert.equal(await answered('field', 200), 200);
  });

  it('leads to nobody else', async () => {
    for (const name of ['strange', 'other-name', 'never-plain']) assert.equal(await answered(name, 503), 503, name);
  });

  it('makes a proxy invalid whose CA does not exist, until it does', async () => {
    assert.equal(await answered('no-secret', 503), 503);
    const { currentStatus, description } = statusOf('httpproxy/no-secret');
    assert.deepEqual([currentStatus, description], ['invalid', 'At least one error present, see Errors for details']);
    assert.match(errorsOf('httpproxy/no-secret'), /invalid CA Secret "contour-seed\/missing": Secret not found$/);
    apply(caSecret(shop, 'missing', ca.certificate));
    assert.equal(await answered('no-secret', 200), 200);
  });

  it('uses a CA of another namespace where that delegates it, and only as long', async () => {
    assert.equal(await answered('delegated', 503), 503);
    assert.match(errorsOf('httpproxy/delegated'), /foo-ca-cert" is not configured for certificate delegation$/);
    apply(delegation('foo-ca-cert'));
    assert.equal(await answered('delegated', 200), 200);
    remove('-n', certificates, 'tlscertificatedelegation/foo-ca-cert');
    assert.equal(await answered('delegated', 503), 503);
  });

  it('knows that the first of several names is the one name', () => {
    const names = { ...validation(), subjectNames: ['other.example.com', 'backend.example.com'] };
    assert.match(refusal(proxy('refused', secure, names)) ?? 'it was taken', /must equal subjectName if set/);
    assert.equal(refusal(proxy('taken', secure, { ...names, subjectNames: ['backend.example.com'] })), null);
  });

  it('presents the client certificate of the configuration, or nothing is sent', async () => {
    apply(namespace('projectcontour'), {
      apiVersion: 'projectcontour.io/v1alpha1',
      kind: 'ContourConfiguration',
      metadata: { name: 'contour', namespace: 'projectcontour' },
      spec: { envoy: { clientCertificate: { name: 'envoy-client-cert', namespace: 'projectcontour' } } },
    });
    assert.equal(await answered('www', 503), 503);
    assert.match(
      errorsOf('httpproxy/www'),
      /^tls.envoy-client-certificate Secret "projectcontour\/envoy-client-cert" is/,
    );
    apply(tlsSecret('projectcontour', 'envoy-client-cert', await ca.issue({ dns: ['envoy.client'], usage: 'client' })));
    assert.equal(await answered('www', 200), 200);
    remove('namespace/projectcontour');
  });
});

describe('Ingress', () => {
  it('is served at the address of its status, over TLS that the Service asks for', async () => {
    apply({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'classic', namespace: shop },
      spec: {
        ingressClassName: 'contour',
        tls: [{ hosts: ['classic.example.com'], secretName: 'edge' }],
        rules: [
          {
            host: 'classic.example.com',
            http: {
              paths: [
                {
                  ...{ path: '/', pathType: 'Prefix' },
                  backend: { service: { name: 'secure-backend', port: { name: 'https' } } },
                },
              ],
            },
          },
        ],
      },
    });
    const address = await addressOf('ingress/classic');
    const { status, certificate } = await eventually(
      () => request(address, 443, 'classic.example.com'),
      (answer) => answer.status === 200,
    );
    assert.deepEqual([status, certificate], [200, 'edge']);
  });
});
