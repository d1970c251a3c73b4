import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import {
  accepted,
  caRef,
  conditionsOf,
  configMap,
  finding,
  findings,
  makePki,
  messageOf,
  outcome,
  type Pki,
  policy,
  shop,
  system,
  tlsOf,
  translate,
} from './fixture.ts';

let pki: Pki;

before(async () => {
  pki = await makePki();
});

const refs = (...all: readonly object[]): object => ({ caCertificateRefs: all });
const secret = (name: string, data: Readonly<Record<string, string>>): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'shop' }, stringData: data });
const damaged = (pem: string): string => pem.replace('\nM', '\nA');
const invalid = { Accepted: 'False NoValidCACertificate', ResolvedRefs: 'False InvalidCACertificateRef' };

test('a ConfigMap: the bundle in the model, its PEM apart', () => {
  const translation = translate([shop, configMap('ca', pki.ca.certificate), policy()]);
  assert.deepEqual(tlsOf(translation).verification.value, { type: 'bundles', bundles: ['ConfigMap shop/ca'] });
  assert.deepEqual(
    translation.model.trustBundles['ConfigMap shop/ca']?.authorities.map(({ subject }) => subject),
    ['CN=Shop CA'],
  );
  assert.ok(translation.keys.trustBundles['ConfigMap shop/ca']?.includes('BEGIN CERTIFICATE'));
  assert.ok(!JSON.stringify(translation.model).includes('BEGIN CERTIFICATE'));
});

test('a Secret, as cert-manager writes it', () => {
  const ca = secret('ca', { 'ca.crt': pki.ca.certificate, 'tls.crt': 'x', 'tls.key': 'y' });
  const translation = translate([shop, ca, policy({ validation: refs(caRef('ca', 'Secret')) })]);
  assert.deepEqual(tlsOf(translation).verification.value, { type: 'bundles', bundles: ['Secret shop/ca'] });
});

test('a ConfigMap with binary data', () => {
  const ca = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ca', namespace: 'shop' },
    binaryData: { 'ca.crt': Buffer.from(pki.ca.certificate).toString('base64') },
  });
  assert.equal(outcome(translate([shop, ca, policy()])), 'tls');
});

test('several references are trusted together, one that is there twice once', () => {
  const translation = translate([
    shop,
    configMap('ca', pki.ca.certificate),
    secret('other', { 'ca.crt': pki.otherCa.certificate }),
    policy({ validation: refs(caRef('ca'), caRef('other', 'Secret'), caRef('ca')) }),
  ]);
  const bundles = ['ConfigMap shop/ca', 'Secret shop/other'];
  assert.deepEqual(tlsOf(translation).verification.value, { type: 'bundles', bundles });
  assert.deepEqual(Object.keys(translation.model.trustBundles), bundles);
  assert.deepEqual(conditionsOf(translation), accepted);
});

test('one bad reference of two: told in ResolvedRefs, and the good one is trusted', () => {
  const translation = translate([
    shop,
    configMap('ca', pki.ca.certificate),
    policy({ validation: refs(caRef('gone'), caRef('ca')) }),
  ]);
  assert.deepEqual(tlsOf(translation).verification.value, { type: 'bundles', bundles: ['ConfigMap shop/ca'] });
  assert.deepEqual(conditionsOf(translation), { ...accepted, ResolvedRefs: 'False InvalidCACertificateRef' });
  const { effect, message } = finding(translation, 'InvalidCACertificateRef');
  assert.equal(message, 'ConfigMap shop/gone does not exist');
  assert.equal(effect, 'shop/orders:443 answers 503 where its certificate was signed by a CA that is missing here');
});

test('one bad certificate of two in a bundle: the same', () => {
  const ca = configMap('ca', pki.ca.certificate + damaged(pki.otherCa.certificate));
  const translation = translate([shop, ca, policy()]);
  assert.equal(outcome(translation), 'tls');
  assert.equal(translation.model.trustBundles['ConfigMap shop/ca']?.authorities.length, 1);
  assert.deepEqual(conditionsOf(translation), { ...accepted, ResolvedRefs: 'False InvalidCACertificateRef' });
  assert.match(
    messageOf(translation, 'ResolvedRefs'),
    /^ConfigMap shop\/ca key "ca.crt" cannot be read whole: certificate 2 of 2 does not parse as X.509; the other one is trusted/,
  );
});

test('no reference leads to a certificate: refused, never plaintext and never the system', () => {
  const cases: readonly (readonly [string, string[], RegExp])[] = [
    ['nothing there', [], /^ConfigMap shop\/ca does not exist$/],
    [
      'another key',
      [configMap('ca', pki.ca.certificate, 'shop', 'ca.pem')],
      /has no key "ca.crt"; its keys are: "ca.pem"$/,
    ],
    ['an empty value', [configMap('ca', '')], /^ConfigMap shop\/ca key "ca.crt" is empty$/],
    ['no PEM', [configMap('ca', 'hello')], /key "ca.crt" holds no PEM block$/],
    [
      'a damaged certificate',
      [configMap('ca', damaged(pki.ca.certificate))],
      /the certificate does not parse as X.509$/,
    ],
    ['another namespace', [configMap('ca', pki.ca.certificate, 'infra')], /^ConfigMap shop\/ca does not exist$/],
  ];
  for (const [what, documents, message] of cases) {
    const translation = translate([shop, ...documents, policy()]);
    assert.equal(outcome(translation), '503 NoValidCACertificate', what);
    assert.deepEqual(conditionsOf(translation), invalid, what);
    const found = finding(translation, 'InvalidCACertificateRef');
    assert.match(found.message, message);
    assert.equal(found.effect, 'shop/orders:443 answers 503');
    assert.equal(found.origin.field, 'spec.validation.caCertificateRefs[0].name');
    assert.deepEqual(translation.model.trustBundles, {});
  }
});

test('a kind that holds no CA certificates', () => {
  for (const [ref, part] of [
    [caRef('ca', 'Pod'), 'kind'],
    [caRef('ca', 'ConfigMap', 'example.com'), 'group'],
    [caRef('ca', 'Secret', 'v1'), 'group'],
  ] as const) {
    const translation = translate([shop, configMap('ca', pki.ca.certificate), policy({ validation: refs(ref) })]);
    assert.equal(outcome(translation), '503 NoValidCACertificate');
    assert.deepEqual(conditionsOf(translation), { ...invalid, ResolvedRefs: 'False InvalidKind' });
    assert.equal(finding(translation, 'InvalidKind').origin.field, `spec.validation.caCertificateRefs[0].${part}`);
  }
});

test('the CA certificates of the system', () => {
  const translation = translate([shop, policy({ validation: system })]);
  assert.deepEqual(tlsOf(translation).verification.value, { type: 'system' });
  assert.equal(tlsOf(translation).verification.origin.field, 'spec.validation.wellKnownCACertificates');
});

test('well-known CA certificates that nobody knows', () => {
  const validation = { ...system, wellKnownCACertificates: 'example.com/roots' };
  const translation = translate([shop, policy({ validation })]);
  assert.equal(outcome(translation), '503 Invalid');
  assert.deepEqual(conditionsOf(translation), { ...accepted, Accepted: 'False Invalid' });
  assert.match(finding(translation, 'Invalid').message, /well-known CA certificates "example.com\/roots"/);
});

test('a bundle that many policies trust is told of once', async () => {
  const year = 365 * 86_400_000;
  const expired = await CertificateAuthority.create('Old CA', {
    notBefore: new Date(Date.now() - year),
    notAfter: new Date(Date.now() - 3.5 * 86_400_000),
  });
  const ca = configMap('ca', expired.certificate + pki.ca.certificate);
  const target = { group: '', kind: 'Service', name: 'billing' };
  const translation = translate([shop, ca, policy(), policy({ name: 'billing', target })]);
  const { severity, message, origin, parent } = finding(translation, 'CACertificateExpired');
  assert.equal(severity, 'warning');
  assert.match(
    message,
    /ConfigMap shop\/ca key "ca.crt" can no longer .* 1 of its 2 CAs: "CN=Old CA" expired 3 days ago$/,
  );
  assert.equal(origin.field, 'data[ca.crt]');
  assert.equal(parent?.name, 'billing');
  assert.equal(outcome(translation), 'tls', 'what is expired is judged in the handshake, not here');
});

test('how near the end of a CA is depends on the time that is given', () => {
  const documents = [shop, configMap('ca', pki.ca.certificate), policy()];
  const day = 86_400_000;
  const at = (days: number): string => new Date(Date.now() + days * day).toISOString();
  const reasons = (days: number): string[] =>
    translate(documents, at(days))
      .findings.filter(({ reason }) => reason.startsWith('CA'))
      .map(({ reason }) => reason);
  assert.deepEqual(reasons(0), []);
  assert.deepEqual(reasons(3649 - 31), []);
  assert.deepEqual(reasons(3649 - 20), ['CACertificateExpiresSoon']);
  assert.deepEqual(reasons(3651), ['CACertificateExpired']);
  assert.deepEqual(reasons(-2), ['CACertificateNotYetValid']);
});

test('a private key in a ConfigMap is told, and not a byte of it is repeated', () => {
  const translation = translate([shop, configMap('ca', pki.ca.certificate + pki.client.key), policy()]);
  assert.match(finding(translation, 'SuspectTrustBundle').message, /key "ca.crt" holds a PRIVATE KEY beside/);
  const bytes = pki.client.key.split('\n')[1] ?? '?';
  assert.ok(!JSON.stringify([translation.findings, translation.model, translation.keys]).includes(bytes));
  assert.deepEqual(findings(translation, 'InvalidCACertificateRef'), []);
});

test('only bundles that some backend uses are in the model', () => {
  const documents = [
    shop,
    configMap('ca', pki.ca.certificate),
    policy({ target: { group: '', kind: 'Service', name: 'x' } }),
  ];
  assert.deepEqual(translate(documents).model.trustBundles, {});
});
