import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecureContext } from 'node:tls';
import { cipherSuites, findCipherSuite } from '../../src/model/cipher-suite.ts';
import { findKeyExchangeGroup, keyExchangeGroups } from '../../src/model/key-exchange-group.ts';
import type { BackendTls } from '../../src/model/tls.ts';
import {
  accepted,
  conditionsOf,
  finding,
  findings,
  messageOf,
  outcome,
  policy,
  shop,
  system,
  tlsOf,
  translate,
} from './fixture.ts';

const withOptions = (options: Readonly<Record<string, string>>) =>
  translate([shop, policy({ validation: system, options })]);
const ours = (options: Readonly<Record<string, string>>) =>
  withOptions(Object.fromEntries(Object.entries(options).map(([key, value]) => [`farside.dev/${key}`, value])));

const tls13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const good: readonly (readonly [string, string, keyof BackendTls, unknown])[] = [
  ['min-tls-version', '1.2', 'minVersion', 'TLSv1.2'],
  ['min-tls-version', '1.3', 'minVersion', 'TLSv1.3'],
  ['max-tls-version', '1.2', 'maxVersion', 'TLSv1.2'],
  [
    'ciphers',
    'TLS_AES_256_GCM_SHA384,ECDHE-RSA-AES128-GCM-SHA256',
    'ciphers',
    [tls13[1], 'ECDHE-RSA-AES128-GCM-SHA256'],
  ],
  ['ciphers', 'ECDHE-RSA-AES128-GCM-SHA256', 'ciphers', [...tls13, 'ECDHE-RSA-AES128-GCM-SHA256']],
  ['ciphers', 'tls_ecdhe_rsa_with_aes_128_gcm_sha256', 'ciphers', [...tls13, 'ECDHE-RSA-AES128-GCM-SHA256']],
  [
    'ciphers',
    'ECDHE-ECDSA-AES128-GCM-SHA256 : ECDHE-ECDSA-AES128-GCM-SHA256',
    'ciphers',
    [...tls13, 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ],
  ['groups', 'x25519mlkem768, secp256r1, X25519', 'groups', ['X25519MLKEM768', 'P-256', 'X25519']],
  ['alpn', 'http/1.1', 'alpn', ['http/1.1']],
  ['alpn', 'http/1.1,h2', 'alpn', ['http/1.1', 'h2']],
  ['alpn', 'none', 'alpn', []],
  ['server-name', 'Other.Internal', 'serverName', { type: 'fixed', name: 'other.internal' }],
  ['server-name', 'none', 'serverName', { type: 'none' }],
  ['server-name', 'endpoint', 'serverName', { type: 'endpoint' }],
  ['server-name', 'host-header', 'serverName', { type: 'host-header' }],
  ['insecure-skip-verify', 'false', 'verification', { type: 'system' }],
];

for (const [key, value, field, expected] of good) {
  test(`${key}: ${value}`, () => {
    const translation = ours({ [key]: value });
    const { value: decided, origin } = tlsOf(translation)[field];
    assert.deepEqual(decided, expected);
    if (key !== 'insecure-skip-verify') assert.equal(origin.field, `spec.options[farside.dev/${key}]`);
    assert.deepEqual(conditionsOf(translation), accepted);
  });
}

test('without options: TLS 1.2 to 1.3, the rest as the data plane has it', () => {
  const { minVersion, maxVersion, ciphers, groups, alpn, clientCertificate } = tlsOf(withOptions({}));
  const values = [minVersion, maxVersion, ciphers, groups, alpn, clientCertificate].map(({ value }) => value);
  assert.deepEqual(values, ['TLSv1.2', 'TLSv1.3', null, null, ['h2', 'http/1.1'], null]);
  assert.deepEqual(new Set([minVersion, ciphers, alpn].map(({ origin }) => origin.kind)), new Set(['Default']));
});

const bad: readonly (readonly [string, string, RegExp])[] = [
  ['min-tls-version', '1.1', /sets option farside.dev\/min-tls-version to "1.1"; allowed: 1.2, 1.3$/],
  ['min-tls-version', 'TLSv1.2', /to "TLSv1.2"; allowed/],
  ['max-tls-version', '', /to ""; allowed/],
  ['max-tls-version', 'constructor', /to "constructor"; allowed/],
  ['ciphers', 'RC4-SHA', /to "RC4-SHA", but "RC4-SHA" is no cipher suite that can be used; allowed: TLS_AES_128/],
  ['ciphers', 'HIGH:!aNULL', /"HIGH" is no cipher suite/],
  ['ciphers', '', /"" is no cipher suite/],
  ['ciphers', 'ECDHE-RSA-AES128-GCM-SHA256,', /"" is no cipher suite/],
  ['groups', 'P-192', /"P-192" is no key exchange group/],
  ['alpn', 'h3', /"h3" is no protocol/],
  ['alpn', 'h2,none', /"none" is no protocol/],
  ['server-name', '10.0.0.1', /an IP address is no server name/],
  ['server-name', '2001:db8::1', /an IP address is no server name/],
  ['server-name', '*.internal', /to "\*.internal"; allowed: a host name, none/],
  ['server-name', '', /to ""; allowed/],
  ['ip-addresses', '10.0.0.256', /"10.0.0.256" is no IP address/],
  ['ip-addresses', '10.0.0.1,,', /"" is no IP address/],
  [
    'ip-addresses',
    Array.from({ length: 17 }, (_, index) => `10.0.0.${index}`).join(','),
    /there are 17; allowed: IPv4/,
  ],
  ['insecure-skip-verify', 'yes', /to "yes"; allowed: true, false$/],
  ['insecure-skip-verify', 'True', /to "True"; allowed/],
  ['insecure', 'true', /sets option "farside.dev\/insecure", which does not exist$/],
];

for (const [key, value, message] of bad) {
  test(`${key}: ${value.slice(0, 40)} is refused with what is allowed`, () => {
    const translation = ours({ [key]: value });
    assert.equal(outcome(translation), '503 Invalid');
    assert.deepEqual(conditionsOf(translation), { ...accepted, Accepted: 'False Invalid' });
    const found = finding(translation, 'Invalid');
    assert.match(found.message, message);
    assert.equal(found.origin.field, `spec.options[farside.dev/${key}]`);
    assert.match(found.remedy, /^(write|use) /);
    assert.ok(messageOf(translation, 'Accepted').includes(found.message));
  });
}

test('options that contradict each other', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, RegExp])[] = [
    [{ 'min-tls-version': '1.3', 'max-tls-version': '1.2' }, /at least TLS 1.3 and at most TLS 1.2/],
    [{ ciphers: 'TLS_AES_128_GCM_SHA256' }, /allows TLS 1.2 and lists no cipher suite of it/],
    [
      { ciphers: 'TLS_AES_128_GCM_SHA256,ECDHE-RSA-AES128-GCM-SHA256', 'max-tls-version': '1.2' },
      /lists TLS_AES_128_GCM_SHA256, which is of TLS 1.3, a version that it rules out/,
    ],
    [
      { ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', 'min-tls-version': '1.3' },
      /is of TLS 1.2, a version that it rules out/,
    ],
  ];
  for (const [options, message] of cases) {
    const translation = ours(options);
    assert.equal(outcome(translation), '503 Invalid');
    assert.match(finding(translation, 'Invalid').message, message);
  }
});

test('suites of one version where only that version is allowed', () => {
  const newer = ours({ ciphers: 'TLS_AES_128_GCM_SHA256', 'min-tls-version': '1.3' });
  assert.deepEqual(tlsOf(newer).ciphers.value, ['TLS_AES_128_GCM_SHA256']);
  const older = ours({ ciphers: 'ECDHE-RSA-AES128-GCM-SHA256', 'max-tls-version': '1.2' });
  assert.deepEqual(tlsOf(older).ciphers.value, ['ECDHE-RSA-AES128-GCM-SHA256']);
});

test('several bad options are all told', () => {
  const translation = ours({ alpn: 'h3', ciphers: 'RC4-SHA' });
  assert.equal(findings(translation, 'Invalid').length, 2);
  for (const { message } of findings(translation, 'Invalid')) {
    assert.ok(messageOf(translation, 'Accepted').includes(message));
  }
});

test("a key without a domain is the Gateway API's own, and a slip more often than not", () => {
  const translation = withOptions({ 'min-tls-version': '1.3' });
  assert.equal(outcome(translation), '503 Invalid');
  assert.equal(finding(translation, 'Invalid').remedy, 'write farside.dev/min-tls-version');
  assert.equal(outcome(withOptions({ 'tls.farside.dev/alpn': 'h2' })), '503 Invalid');
});

test("another implementation's key has no effect, and a word", () => {
  const translation = withOptions({ 'example.com/min-tls-version': '1.0' });
  assert.deepEqual(conditionsOf(translation), accepted);
  assert.equal(tlsOf(translation).minVersion.value, 'TLSv1.2');
  assert.equal(finding(translation, 'OptionIgnored').severity, 'info');
});

test('skipping verification is loud, and the only way to it', () => {
  const translation = ours({ 'insecure-skip-verify': 'true', 'ip-addresses': '10.0.0.1' });
  const { verification, names, serverName } = tlsOf(translation);
  assert.deepEqual([verification.value, names.value], [{ type: 'none' }, []]);
  assert.equal(verification.origin.field, 'spec.options[farside.dev/insecure-skip-verify]');
  assert.deepEqual(serverName.value, { type: 'fixed', name: 'orders.internal' });
  assert.equal(finding(translation, 'Unverified').severity, 'warning');
  assert.match(messageOf(translation, 'Accepted'), /NOT VERIFIED/);
});

test('CA references must lead somewhere even where verification is skipped', () => {
  const options = { 'farside.dev/insecure-skip-verify': 'true' };
  assert.equal(outcome(translate([shop, policy({ options })])), '503 NoValidCACertificate');
});

test('weak suites are allowed with a warning', () => {
  const translation = ours({ ciphers: 'AES128-SHA,ECDHE-RSA-AES128-GCM-SHA256' });
  assert.deepEqual(conditionsOf(translation), accepted);
  assert.match(finding(translation, 'WeakCipher').message, /allows AES128-SHA \(CBC mode, and recorded traffic/);
});

test('every suite and group that can be asked for exists in OpenSSL, under both of its names', () => {
  for (const suite of cipherSuites) {
    createSecureContext({ ciphers: suite.name });
    assert.equal(findCipherSuite(suite.iana), suite);
    assert.equal(findCipherSuite(suite.name.toLowerCase()), suite);
  }
  for (const group of keyExchangeGroups) {
    for (const name of [group.name, ...group.aliases]) assert.equal(findKeyExchangeGroup(name.toUpperCase()), group);
    createSecureContext({ ecdhCurve: group.name });
  }
});
