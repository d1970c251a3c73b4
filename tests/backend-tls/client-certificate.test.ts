import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import type { Translation } from '../../src/dialects/dialect.ts';
import {
  accepted,
  conditionsOf,
  finding,
  findings,
  gatewayApiTarget,
  makePki,
  outcome,
  type Pki,
  policy,
  shop,
  system,
  tlsOf,
  tlsSecret,
  translate,
} from './fixture.ts';

let pki: Pki;
let issuer: CertificateAuthority;

before(async () => {
  pki = await makePki();
  issuer = await CertificateAuthority.create('Client CA');
});

/** The shop with `spec.tls.backend.clientCertificateRef` on its Gateway. */
function presenting(ref: string): string {
  return shop.replace(
    'gatewayClassName: farside',
    `gatewayClassName: farside\n  tls: { backend: { clientCertificateRef: ${ref} } }`,
  );
}

const grant = `
apiVersion: gateway.networking.k8s.io/v1
kind: ReferenceGrant
metadata: { name: gateways, namespace: vault }
spec:
  from: [{ group: gateway.networking.k8s.io, kind: Gateway, namespace: infra }]
  to: [{ group: '', kind: Secret }]
`;

const tls = [policy({ validation: system })];
const backend = 'shop/orders:443@Gateway/infra/edge';

function gatewayConditions(translation: Translation): Readonly<Record<string, string>> {
  const document = translation.status({ isOpen: () => true, findings: [] }).find(({ kind }) => kind === 'Gateway');
  const conditions = (document?.status.conditions ?? []) as { type: string; status: string; reason: string }[];
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

test('every backend with TLS of the Gateway gets the certificate, and its key stays out of the model', () => {
  const secret = tlsSecret('client', 'infra', pki.client);
  const translation = translate([presenting('{ name: client }'), secret, ...tls]);
  const { value, origin } = tlsOf(translation, backend).clientCertificate;
  assert.equal(value, 'Secret infra/client');
  assert.deepEqual([origin.kind, origin.field], ['Gateway', 'spec.tls.backend.clientCertificateRef']);
  assert.equal(translation.model.certificates['Secret infra/client']?.subject, 'CN=edge');
  assert.match(translation.keys.certificates['Secret infra/client']?.privateKey ?? '', /BEGIN PRIVATE KEY/);
  assert.ok(!JSON.stringify(translation.model).includes('PRIVATE KEY'));
  assert.equal(outcome(translation, 'shop/billing:443'), 'plaintext');
  assert.equal(gatewayConditions(translation).ResolvedRefs, 'True ResolvedRefs');
});

test('a Secret in another namespace needs a ReferenceGrant', () => {
  const secret = tlsSecret('client', 'vault', pki.client);
  const documents = [presenting('{ name: client, namespace: vault }'), secret, ...tls];
  const granted = translate([...documents, grant]);
  assert.equal(tlsOf(granted, backend).clientCertificate.value, 'Secret vault/client');
  const refused = translate(documents);
  assert.equal(outcome(refused, backend), '503 RefNotPermitted');
  const conditions = gatewayConditions(refused);
  assert.deepEqual([conditions.ResolvedRefs, conditions.Accepted], ['False RefNotPermitted', 'True Accepted']);
});

test('a refusal does not tell whether the Secret exists', () => {
  const documents = [presenting('{ name: client, namespace: vault }'), ...tls];
  const absent = finding(translate(documents), 'RefNotPermitted').message;
  const present = finding(
    translate([...documents, tlsSecret('client', 'vault', pki.client)]),
    'RefNotPermitted',
  ).message;
  assert.equal(absent, present);
});

test('without the certificate that was asked for, backends with TLS are refused and others are not', () => {
  const opaque = (data: object): string =>
    JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'client', namespace: 'infra' }, data });
  const cases: readonly (readonly [string, string, string, RegExp])[] = [
    ['no Secret', '{ name: gone }', opaque({}), /Secret infra\/gone does not exist$/],
    ['no keys', '{ name: client }', opaque({}), /Secret infra\/client has no key "tls.crt"; it has no keys$/],
    [
      'another group',
      '{ name: client, group: example.com }',
      opaque({}),
      /Secret of group example.com cannot hold a certificate$/,
    ],
    ['another kind', '{ name: client, kind: ConfigMap }', opaque({}), /ConfigMap cannot hold a certificate$/],
    [
      'a key that does not match',
      '{ name: client }',
      tlsSecret('client', 'infra', { chain: pki.ca.certificate, key: pki.client.key }),
      /its tls.key does not belong to the certificate in tls.crt$/,
    ],
  ];
  for (const [what, ref, secret, message] of cases) {
    const translation = translate([presenting(ref), secret, ...tls]);
    assert.equal(outcome(translation, backend), '503 InvalidClientCertificateRef', what);
    assert.equal(outcome(translation, 'shop/billing:443'), 'plaintext', what);
    const conditions = gatewayConditions(translation);
    assert.equal(conditions.ResolvedRefs, 'False InvalidClientCertificateRef', what);
    assert.equal(conditions.Accepted, 'True Accepted', what);
    assert.match(finding(translation, 'InvalidClientCertificateRef').message, message);
    assert.deepEqual(conditionsOf(translation), accepted, 'the policy itself is right');
    assert.deepEqual(translation.keys.certificates, {});
  }
});

test('one Gateway presents a certificate and another does not: two backends for one port', () => {
  const other = shop
    .split('---')
    .slice(0, 2)
    .join('---')
    .replaceAll('edge', 'plain')
    .replace('name: web,', 'name: web2,');
  const translation = translate([
    presenting('{ name: client }'),
    other,
    tlsSecret('client', 'infra', pki.client),
    ...tls,
  ]);
  assert.equal(tlsOf(translation, backend).clientCertificate.value, 'Secret infra/client');
  assert.equal(tlsOf(translation, 'shop/orders:443').clientCertificate.value, null);
  assert.deepEqual(conditionsOf(translation, 'orders', 'edge'), accepted);
  assert.deepEqual(conditionsOf(translation, 'orders', 'plain'), accepted);
});

test('a policy of the same Gateway does not name it twice in the id', () => {
  const target = gatewayApiTarget('Gateway', 'edge');
  const translation = translate([
    presenting('{ name: client }'),
    tlsSecret('client', 'infra', pki.client),
    policy({ namespace: 'infra', target, validation: system }),
  ]);
  assert.equal(outcome(translation, backend), 'tls');
});

test('a certificate that is out of date or not made for clients is a warning', async () => {
  const day = 86_400_000;
  const expired = await issuer.issue({
    dns: ['edge'],
    usage: 'client',
    notBefore: new Date(Date.now() - 90 * day),
    notAfter: new Date(Date.now() - 1.5 * day),
  });
  const server = await issuer.issue({ dns: ['edge'], usage: 'server' });
  const soon = await issuer.issue({
    dns: ['edge'],
    usage: 'both',
    notAfter: new Date(Date.now() + 3600_000),
    notBefore: new Date(Date.now() - 9 * day),
  });
  const judged = (issued: { chain: string; key: string }): Translation =>
    translate([presenting('{ name: client }'), tlsSecret('client', 'infra', issued), ...tls]);
  assert.match(finding(judged(expired), 'ClientCertificateExpired').message, /expired 1 day ago$/);
  assert.equal(outcome(judged(expired), backend), 'tls');
  assert.match(finding(judged(soon), 'ClientCertificateExpiresSoon').message, /expires within a day$/);
  assert.deepEqual(findings(judged(soon), 'SuspectClientCertificate'), []);
  const suspect = finding(judged(server), 'SuspectClientCertificate');
  assert.match(suspect.message, /lacks clientAuth/);
  assert.deepEqual([suspect.severity, suspect.origin.kind, suspect.parent?.kind], ['warning', 'Secret', 'Gateway']);
});
