import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { before, test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import type { Secret } from '../../src/resources/core.ts';
import type { Resource } from '../../src/resources/object.ts';
import { readTlsSecret } from '../../src/resources/pem/tls-secret.ts';

let root: CertificateAuthority;
let intermediate: CertificateAuthority;
let issued: IssuedCertificate;

before(async () => {
  root = await CertificateAuthority.create('Root');
  intermediate = await root.createIntermediate('Intermediate');
  issued = await intermediate.issue({ commonName: 'orders', dns: ['orders.internal'], ips: ['10.0.0.1'] });
});

function secret(data: Readonly<Record<string, string>>, type = 'kubernetes.io/tls'): Resource<Secret> {
  const encoded = Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]);
  return raw(Object.fromEntries(encoded), type);
}

function raw(data: Readonly<Record<string, string>>, type: string): Resource<Secret> {
  return {
    reference: { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'orders' },
    object: { apiVersion: 'v1', kind: 'Secret', metadata: { namespace: 'shop', name: 'orders' }, type, data },
    provenance: { file: 'secret.yaml', position: () => ({ line: 3, column: 5 }) },
  };
}

/** What is wrong with a Secret; the test fails when nothing is. */
function fault(resource: Resource<Secret>): { field: string; message: string } {
  const reading = readTlsSecret(resource);
  assert.ok(reading.type === 'invalid', 'the Secret is accepted');
  return { field: reading.field, message: reading.fault.message };
}

const pemOf = (key: { export(options: { format: 'pem'; type: 'pkcs8' }): string | Buffer }): string =>
  String(key.export({ format: 'pem', type: 'pkcs8' }));

test('a chain and its key: facts to show, PEM that OpenSSL takes', () => {
  const reading = readTlsSecret(secret({ 'tls.crt': issued.chain, 'tls.key': issued.key, 'ca.crt': root.certificate }));
  assert.ok(reading.type === 'pair');
  const leaf = new X509Certificate(issued.chain);
  assert.deepEqual(reading.certificate, {
    id: 'Secret shop/orders',
    subject: 'CN=orders',
    issuer: 'CN=Intermediate',
    names: [
      { type: 'dns', value: 'orders.internal' },
      { type: 'ip', value: '10.0.0.1' },
    ],
    fingerprint: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: leaf.validFromDate.toISOString().replace('.000', ''),
    notAfter: leaf.validToDate.toISOString().replace('.000', ''),
    origin: {
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: 'shop',
      name: 'orders',
      field: 'data[tls.crt]',
      file: 'secret.yaml',
      line: 3,
      column: 5,
    },
  });
  assert.deepEqual(reading.purposes, ['1.3.6.1.5.5.7.3.1']);
  assert.deepEqual(reading.warnings, []);
  assert.equal(reading.pair.certificateChain.match(/BEGIN CERTIFICATE/g)?.length, 2);
  createSecureContext({ cert: reading.pair.certificateChain, key: reading.pair.privateKey });
});

test('keys of every accepted kind and encoding', async () => {
  const rsa = await root.issue({ dns: ['rsa.internal'], keyType: 'rsa' });
  const reading = readTlsSecret(secret({ 'tls.crt': rsa.chain, 'tls.key': rsa.key }, 'Opaque'));
  assert.equal(reading.type, 'pair');
  // Right kinds that belong to another certificate get past the reading of the key.
  const kinds = [
    generateKeyPairSync('ed25519').privateKey,
    generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey,
    generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey,
  ];
  const [, p384] = kinds;
  const texts = [
    ...kinds.map(pemOf),
    String(p384?.export({ format: 'pem', type: 'sec1' })),
    `-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n${p384?.export({ format: 'pem', type: 'sec1' })}`,
    String(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs1' })),
  ];
  for (const text of texts) {
    assert.deepEqual(fault(secret({ 'tls.crt': issued.chain, 'tls.key': text })), {
      field: 'data[tls.key]',
      message: 'is invalid: its tls.key does not belong to the certificate in tls.crt',
    });
  }
});

test('the key of another certificate of the chain tells that the order is wrong', () => {
  const reversed = issued.chain
    .split(/(?=-----BEGIN)/)
    .reverse()
    .join('');
  assert.deepEqual(fault(secret({ 'tls.crt': reversed, 'tls.key': issued.key })), {
    field: 'data[tls.crt]',
    message:
      'is invalid: its tls.crt is in the wrong order: the key belongs to certificate 2, and the leaf must come first',
  });
});

test('a certificate in the chain that issued nothing in it is a warning', () => {
  const leaf = issued.chain.split(/(?=-----BEGIN)/)[0] ?? '';
  const reading = readTlsSecret(secret({ 'tls.crt': leaf + root.certificate, 'tls.key': issued.key }));
  assert.ok(reading.type === 'pair');
  assert.deepEqual(
    reading.warnings.map(({ message }) => message),
    ['has a tls.crt that is out of order: certificate 2 did not issue certificate 1'],
  );
});

test('every way a key can be unusable has its own reason', () => {
  const rsa1024 = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  const encrypted = String(
    generateKeyPairSync('ed25519').privateKey.export({
      format: 'pem',
      type: 'pkcs8',
      cipher: 'aes-128-cbc',
      passphrase: 'x',
    }),
  );
  const old = issued.key.replaceAll('PRIVATE KEY', 'RSA PRIVATE KEY').replace('\n', '\nProc-Type: 4,ENCRYPTED\n\n');
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /its tls.key is empty$/],
    ['nonsense', /its tls.key holds no PEM block$/],
    [issued.key.replaceAll('\n', ' '), /its tls.key holds PEM whose line breaks were lost$/],
    [issued.key.replaceAll('\n', ''), /its tls.key holds PEM whose line breaks were lost$/],
    [issued.chain, /its tls.key holds CERTIFICATE and no private key$/],
    [issued.key + issued.key, /its tls.key holds 2 private keys$/],
    [encrypted, /its tls.key holds an encrypted private key/],
    [old, /its tls.key holds an encrypted private key/],
    [issued.key.replaceAll('PRIVATE KEY', 'DSA PRIVATE KEY'), /holds a DSA PRIVATE KEY, a kind of key that/],
    [issued.key.replace('\nM', '\n*'), /its tls.key has a PRIVATE KEY block that is not base64$/],
    [issued.key.replace('\nM', '\nA'), /its tls.key has a PRIVATE KEY block that does not parse$/],
    [issued.key.slice(0, 100), /its tls.key has a PRIVATE KEY block without its END line$/],
    [pemOf(rsa1024), /its tls.key holds an RSA key of 1024 bits/],
    [pemOf(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey), /holds an EC key on secp256k1/],
    [pemOf(generateKeyPairSync('x25519').privateKey), /holds a key of type x25519/],
  ];
  for (const [key, expected] of cases) {
    const { field, message } = fault(secret({ 'tls.crt': issued.chain, 'tls.key': key }));
    assert.equal(field, 'data[tls.key]');
    assert.match(message, expected);
    const body = key.split('\n')[1] ?? '';
    assert.ok(body.length < 20 || !message.includes(body.slice(0, 20)), 'the message holds key material');
  }
});

test('every way a chain can be unusable has its own reason', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /its tls.crt is empty$/],
    [issued.key, /its tls.crt holds a PRIVATE KEY block and no CERTIFICATE$/],
    [root.certificate.replace('\nM', '\nA'), /its tls.crt is damaged: certificate 1 of 1 does not parse as X.509$/],
    [`${issued.chain}-----BEGIN CERTIFICATE-----\n`, /its tls.crt has a CERTIFICATE block without its/],
    [root.certificate.repeat(17), /its tls.crt holds 17 certificates/],
  ];
  for (const [chain, expected] of cases) {
    const { field, message } = fault(secret({ 'tls.crt': chain, 'tls.key': issued.key }));
    assert.equal(field, 'data[tls.crt]');
    assert.match(message, expected);
  }
});

test('what is missing is told together with what there is', () => {
  assert.deepEqual(fault(secret({ 'tls.crt': issued.chain, 'ca.crt': root.certificate })), {
    field: 'data',
    message: 'has no key "tls.key"; its keys are: "ca.crt", "tls.crt"',
  });
  assert.equal(fault(secret({})).message, 'has no key "tls.crt"; it has no keys');
});

test('a value that is not base64, and a Secret of another type', () => {
  assert.deepEqual(fault(raw({ 'tls.crt': issued.chain, 'tls.key': '' }, 'Opaque')), {
    field: 'data[tls.crt]',
    message: 'is invalid: its tls.crt is not base64',
  });
  assert.deepEqual(fault(secret({}, 'kubernetes.io/dockerconfigjson')), {
    field: 'type',
    message: 'is of type kubernetes.io/dockerconfigjson',
  });
});
