import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { maxAuthorities, readTrustBundle } from '../../src/resources/pem/bundle.ts';

let one: CertificateAuthority;
let two: CertificateAuthority;
let key: string;
let leaf: string;

before(async () => {
  one = await CertificateAuthority.create('One');
  two = await CertificateAuthority.create('Two');
  ({ key, chain: leaf } = await one.issue({ dns: ['orders.internal'] }));
});

const subjects = (text: string): string[] => readTrustBundle(text).authorities.map(({ subject }) => subject);
const faults = (text: string): string[] => readTrustBundle(text).faults.map(({ message }) => message);
const warnings = (text: string): string[] => readTrustBundle(text).warnings.map(({ message }) => message);
/** Breaks the content of a PEM without breaking its base64. */
const damaged = (pem: string): string => pem.replace(/\nM/, '\nA');

test('every certificate of a bundle is read, not only the first', () => {
  const text = `# ours\n${one.certificate}\n# theirs\n${two.certificate}`;
  assert.deepEqual(subjects(text), ['CN=One', 'CN=Two']);
  assert.deepEqual(faults(text), []);
  const [first] = readTrustBundle(text).authorities;
  const expected = new X509Certificate(one.certificate);
  assert.equal(first?.fingerprint, expected.fingerprint256.replaceAll(':', '').toLowerCase());
  assert.equal(Date.parse(first?.notAfter ?? ''), expected.validToDate.getTime());
  assert.match(first?.notBefore ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
});

test('a certificate that is there twice counts once', () => {
  const bundle = readTrustBundle(one.certificate + one.certificate);
  assert.equal(bundle.authorities.length, 1);
  assert.equal(bundle.pem.match(/BEGIN CERTIFICATE/g)?.length, 1);
});

test('one bad certificate is told by its number and leaves the others in force', () => {
  const text = one.certificate + damaged(two.certificate) + two.certificate;
  assert.deepEqual(subjects(text), ['CN=One', 'CN=Two']);
  assert.deepEqual(faults(text), ['cannot be read whole: certificate 2 of 3 does not parse as X.509']);
});

test('content after the certificate inside one block is no certificate', () => {
  const der = Buffer.concat([new X509Certificate(one.certificate).raw, Buffer.from([0, 0, 0])]);
  const text = `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
  assert.deepEqual(faults(text), ['cannot be read whole: the certificate does not parse as X.509']);
});

test('a bundle that breaks off is told, and what came before it is trusted', () => {
  const text = one.certificate + two.certificate.slice(0, 200);
  assert.deepEqual(subjects(text), ['CN=One']);
  assert.deepEqual(faults(text), ['has a CERTIFICATE block without its END line']);
});

test('a private key in a bundle is ignored and told, without a byte of it', () => {
  const text = one.certificate + key;
  const bundle = readTrustBundle(text);
  assert.deepEqual(subjects(text), ['CN=One']);
  assert.match(warnings(text)[0] ?? '', /^holds a PRIVATE KEY beside the certificates/);
  const secret = key.split('\n')[1] ?? '?';
  assert.ok(!JSON.stringify(bundle).includes(secret));
});

test('a certificate that is no CA is trusted with a warning', () => {
  assert.match(warnings(leaf)[0] ?? '', /^holds a certificate that is no CA: the certificate, "orders.internal"/);
  assert.deepEqual(warnings(one.certificate), []);
});

test('every way to hold nothing has its own reason', () => {
  const base64 = one.certificate.split('\n').slice(1, -2).join('\n');
  const cases: readonly (readonly [string, string])[] = [
    [' \n', 'is empty'],
    ['hello', 'holds no PEM block'],
    [base64, 'is base64 without its BEGIN and END lines'],
    [Buffer.from(one.certificate).toString('base64'), 'is base64 of PEM where PEM is expected'],
    [one.certificate.replaceAll('\n', ' '), 'holds PEM whose line breaks were lost'],
    [key, 'holds a PRIVATE KEY block and no CERTIFICATE'],
    [one.certificate.replace(/-----END.*/, ''), 'has a CERTIFICATE block without its END line'],
    [one.certificate.replace('\nM', '\n*'), 'cannot be read whole: the certificate is not base64'],
    [damaged(one.certificate), 'cannot be read whole: the certificate does not parse as X.509'],
    [one.certificate.repeat(maxAuthorities + 1), `holds 513 certificates; at most 512 are read`],
    ['x'.repeat(1_048_577), 'is longer than 1048576 characters'],
  ];
  for (const [text, expected] of cases) {
    assert.deepEqual(faults(text), [expected]);
    assert.deepEqual(readTrustBundle(text).authorities, []);
    assert.equal(readTrustBundle(text).pem, '');
  }
});

test('the same content is read once', () => {
  const text = one.certificate + two.certificate;
  assert.equal(readTrustBundle(text), readTrustBundle(`${text}`));
});
