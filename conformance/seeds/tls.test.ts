// What the guides to TLS of the Gateway API (gateway-api.sigs.k8s.io/guides/tls) show, with kubectl and as written there:
// certificates of listeners, references across namespaces, and TLS to backends with its restrictions.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { apply, conditionsOf, eventually, get, refusal, remove } from './kubectl.ts';
import {
  backend,
  backendTlsPolicy,
  gateway,
  gatewayApi,
  httpsListener,
  namespace,
  route,
  tlsSecret,
} from './objects.ts';
import { request } from './traffic.ts';

const ns1 = 'gateway-api-example-ns1';
const ns2 = 'gateway-api-example-ns2';
const ca = await CertificateAuthority.create('seeds');
const stranger = await CertificateAuthority.create('stranger');
const certificate = (commonName: string, ...dns: readonly string[]) => ca.issue({ commonName, dns, keyType: 'rsa' });

async function addressOf(name: string): Promise<string> {
  type Status = { readonly status?: { readonly addresses?: readonly { readonly value: string }[] } };
  const read = () => (get(ns1, `gateway/${name}`) as Status).status?.addresses?.[0]?.value ?? '';
  const address = await eventually(read, (value) => value !== '');
  assert.notEqual(address, '', `Gateway ${name} has no address`);
  return address;
}

const listenerConditions = (gatewayName: string, listener: string): readonly string[] => {
  type Status = { readonly status?: { readonly listeners?: readonly { readonly name: string }[] } };
  const { status } = get(ns1, `gateway/${gatewayName}`) as Status;
  return conditionsOf(status?.listeners?.find(({ name }) => name === listener));
};

const policyConditions = (name: string): readonly string[] => {
  type Status = { readonly status?: { readonly ancestors?: readonly unknown[] } };
  return conditionsOf((get(ns1, `backendtlspolicy/${name}`) as Status).status?.ancestors?.[0]);
};

const statusOf = async (address: string, host: string, expected: number): Promise<number> => {
  const answer = await eventually(
    () => request(address, 443, host),
    ({ status }) => status === expected,
  );
  return answer.status;
};

before(async () => {
  apply(namespace(ns1), namespace(ns2));
  apply(
    tlsSecret(ns1, 'wildcard-example-com-cert', await certificate('wildcard', '*.example.com')),
    tlsSecret(ns1, 'foo-example-com-cert', await certificate('foo', 'foo.example.com')),
    tlsSecret(ns2, 'wildcard-example-com-cert', await certificate('of ns2', '*.example.com')),
    tlsSecret(ns1, 'backend-cert', await certificate('backend', 'auth.example.com')),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'auth-cert', namespace: ns1 },
      data: { 'ca.crt': ca.certificate },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'stranger-cert', namespace: ns1 },
      data: { 'ca.crt': stranger.certificate },
    },
    gateway(ns1, 'wildcard-tls-gateway', [
      httpsListener('foo-https', 'foo.example.com', { kind: 'Secret', group: '', name: 'foo-example-com-cert' }),
      httpsListener('wildcard-https', '*.example.com', {
        kind: 'Secret',
        group: '',
        name: 'wildcard-example-com-cert',
      }),
    ]),
    ...backend(ns1, 'auth', 'backend-cert'),
    ...backend(ns1, 'dev', 'backend-cert'),
    route(ns1, 'plain', 'wildcard-tls-gateway', 'plain.example.com', 'auth', 80),
    route(ns1, 'foo', 'wildcard-tls-gateway', 'foo.example.com', 'auth', 80),
    route(ns1, 'auth', 'wildcard-tls-gateway', 'auth.example.com', 'auth', 443),
    route(ns1, 'dev', 'wildcard-tls-gateway', 'dev.example.com', 'dev', 443),
  );
});

after(() => remove(`namespace/${ns1}`, `namespace/${ns2}`));

describe('certificates of listeners', () => {
  it('shows the certificate of the more specific listener, and that of the wildcard for all other names', async () => {
    const address = await addressOf('wildcard-tls-gateway');
    assert.equal(await statusOf(address, 'foo.example.com', 200), 200);
    assert.equal(await statusOf(address, 'plain.example.com', 200), 200);
    assert.equal((await request(address, 443, 'foo.example.com')).certificate, 'foo');
    assert.equal((await request(address, 443, 'plain.example.com')).certificate, 'wildcard');
  });

  it('refers to a certificate of another namespace only where a ReferenceGrant of that namespace allows it', async () => {
    const reference = { kind: 'Secret', group: '', name: 'wildcard-example-com-cert', namespace: ns2 };
    apply(
      gateway(ns1, 'cross-namespace-tls-gateway', [httpsListener('https', '*.example.com', reference)]),
      route(ns1, 'cross', 'cross-namespace-tls-gateway', 'cross.example.com', 'auth', 80),
    );
    const conditions = () => listenerConditions('cross-namespace-tls-gateway', 'https');
    const refused = await eventually(conditions, (all) => all.includes('ResolvedRefs=False/RefNotPermitted'));
    assert.ok(refused.includes('ResolvedRefs=False/RefNotPermitted'), refused.join());

    apply({
      apiVersion: 'gateway.networking.k8s.io/v1beta1',
      kind: 'ReferenceGrant',
      metadata: { name: 'allow-ns1-gateways-to-ref-secrets', namespace: ns2 },
      spec: {
        from: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: ns1 }],
        to: [{ group: '', kind: 'Secret' }],
      },
    });
    const address = await addressOf('cross-namespace-tls-gateway');
    assert.equal(await statusOf(address, 'cross.example.com', 200), 200);
    assert.equal((await request(address, 443, 'cross.example.com')).certificate, 'of ns2');

    remove('-n', ns2, 'referencegrant/allow-ns1-gateways-to-ref-secrets');
    const withdrawn = await eventually(conditions, (all) => all.includes('ResolvedRefs=False/RefNotPermitted'));
    assert.ok(withdrawn.includes('ResolvedRefs=False/RefNotPermitted'), withdrawn.join());
    assert.equal(await statusOf(address, 'cross.example.com', 0), 0);
  });
});

describe('TLS to backends', () => {
  const caReference = (name: string) => [{ kind: 'ConfigMap', name, group: '' }];

  it('verifies the backend by the ConfigMap of the policy', async () => {
    const validation = { caCertificateRefs: caReference('auth-cert'), hostname: 'auth.example.com' };
    apply(backendTlsPolicy(ns1, 'tls-upstream-auth', { name: 'auth', sectionName: 'https' }, validation));
    const address = await addressOf('wildcard-tls-gateway');
    assert.equal(await statusOf(address, 'auth.example.com', 200), 200);
    const conditions = policyConditions('tls-upstream-auth');
    assert.ok(conditions.includes('Accepted=True/Accepted'), conditions.join());
    assert.ok(conditions.includes('ResolvedRefs=True/ResolvedRefs'), conditions.join());
    // The policy names a port; the other one stays as it is.
    assert.equal((await request(address, 443, 'plain.example.com')).status, 200);
  });

  for (const [name, validation] of [
    [
      'a name that the certificate does not have',
      { caCertificateRefs: caReference('auth-cert'), hostname: 'other.example.com' },
    ],
    [
      'an authority that did not issue it',
      { caCertificateRefs: caReference('stranger-cert'), hostname: 'auth.example.com' },
    ],
    [
      'the system, which does not know a private authority',
      { wellKnownCACertificates: 'System', hostname: 'auth.example.com' },
    ],
    ['a ConfigMap that does not exist', { caCertificateRefs: caReference('missing'), hostname: 'auth.example.com' }],
  ] as const) {
    it(`fails closed where the policy asks for ${name}`, async () => {
      const address = await addressOf('wildcard-tls-gateway');
      apply(backendTlsPolicy(ns1, 'tls-upstream-auth', { name: 'auth', sectionName: 'https' }, validation));
      const { status, body } = await eventually(
        () => request(address, 443, 'auth.example.com'),
        (answer) => answer.status >= 500,
      );
      assert.ok(status >= 500 && status < 504, `${status}: ${body}`);
    });
  }

  it('takes a policy with the certificates of the system', async () => {
    const validation = { wellKnownCACertificates: 'System', hostname: 'dev.example.com' };
    apply(backendTlsPolicy(ns1, 'tls-upstream-dev', { name: 'dev' }, validation));
    const conditions = await eventually(
      () => policyConditions('tls-upstream-dev'),
      (all) => all.includes('Accepted=True/Accepted'),
    );
    assert.ok(conditions.includes('Accepted=True/Accepted'), conditions.join());
  });

  const policy = (validation: Record<string, unknown>) => backendTlsPolicy(ns1, 'refused', { name: 'dev' }, validation);
  for (const [what, validation] of [
    ['a wildcard as hostname', { wellKnownCACertificates: 'System', hostname: '*.example.com' }],
    ['no hostname', { wellKnownCACertificates: 'System' }],
    [
      'both kinds of authorities',
      { wellKnownCACertificates: 'System', caCertificateRefs: caReference('auth-cert'), hostname: 'a.example' },
    ],
    ['no authority', { hostname: 'dev.example.com' }],
  ] as const) {
    it(`refuses ${what}`, () => assert.match(refusal(policy(validation)) ?? 'it was taken', /invalid|Required/));
  }

  it('knows no certificate reference across namespaces', () => {
    const validation = {
      caCertificateRefs: [{ ...caReference('auth-cert')[0], namespace: ns2 }],
      hostname: 'a.example',
    };
    assert.match(
      refusal(policy(validation)) ?? 'it was taken',
      /unknown field "spec.validation.caCertificateRefs\[0\].namespace"/,
    );
  });

  it('applies a policy for an HTTPRoute to every backend of the route, and no longer than it exists', async () => {
    const validation = { caCertificateRefs: caReference('auth-cert'), hostname: 'auth.example.com' };
    const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'plain' };
    const address = await addressOf('wildcard-tls-gateway');
    assert.equal(await statusOf(address, 'plain.example.com', 200), 200);
    apply(backendTlsPolicy(ns1, 'for-route', target, validation));
    // The backend speaks no TLS on that port: what is asked for cannot be had, and plaintext is not the way out.
    const { status } = await eventually(
      () => request(address, 443, 'plain.example.com'),
      (answer) => answer.status >= 500,
    );
    assert.ok(status >= 500 && status < 504, String(status));
    remove('-n', ns1, 'backendtlspolicy/for-route');
    assert.equal(await statusOf(address, 'plain.example.com', 200), 200);
  });

  it(`takes what the API server of ${gatewayApi} takes`, () => {
    assert.equal(refusal(policy({ wellKnownCACertificates: 'System', hostname: 'dev.example.com' })), null);
  });
});
