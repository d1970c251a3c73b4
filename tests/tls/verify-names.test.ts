import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { addressOctets, describeOctets } from '../../src/dataplanes/node/tls/address.ts';
import { noNames, type PresentedNames, presentedNames } from '../../src/dataplanes/node/tls/presented-names.ts';
import { describeNames, verifyNames } from '../../src/dataplanes/node/tls/verify-names.ts';

const withDns = (...dns: string[]): PresentedNames => ({ ...noNames, dns });
const withUris = (...uris: string[]): PresentedNames => ({ ...noNames, uris });

const dnsCases: readonly [presented: string, accepted: string, fits: boolean][] = [
  ['orders.internal', 'orders.internal', true],
  ['Orders.INTERNAL', 'orders.internal', true],
  ['orders.internal', 'ORDERS.internal', true],
  ['orders.internal', 'orders.internal.', true],
  ['orders.internal', 'billing.internal', false],
  ['orders.internal', 'a.orders.internal', false],
  ['a.orders.internal', 'orders.internal', false],
  ['*.shop.internal', 'orders.shop.internal', true],
  ['*.shop.internal', 'a.orders.shop.internal', false],
  ['*.shop.internal', 'shop.internal', false],
  ['*.shop.internal', '.shop.internal', false],
  ['*.internal', 'orders.internal', false],
  ['*', 'internal', false],
  ['o*.shop.internal', 'orders.shop.internal', false],
  ['*rs.shop.internal', 'orders.shop.internal', false],
  ['orders.*.internal', 'orders.shop.internal', false],
  ['*.*.internal', 'orders.shop.internal', false],
  ['xn--bcher-kva.shop.internal', 'XN--BCHER-KVA.shop.internal', true],
  ['*.shop.internal', 'xn--bcher-kva.shop.internal', true],
  ['xn--*.shop.internal', 'xn--bcher-kva.shop.internal', false],
  ['10.0.0.7', '10.0.0.7', false],
  ['*.0.0.7', '10.0.0.7', false],
  ['orders.internal\0.evil.test', 'orders.internal', false],
  ['orders.internal ', 'orders.internal', false],
  ['orders.internal.', 'orders.internal', false],
  ['', '', false],
  ['*.shop.internal', '*.shop.internal', true],
  ['orders.shop.internal', '*.shop.internal', true],
  ['a.orders.shop.internal', '*.shop.internal', false],
  ['orders.internal', '*.internal', false],
  ['*.orders.shop.internal', '*.shop.internal', false],
];

test('DNS names: exact without case, a wildcard as one whole left-most label over two labels or more', () => {
  for (const [presented, accepted, fits] of dnsCases) {
    assert.equal(
      verifyNames(withDns(presented), [{ type: 'dns', value: accepted }]),
      fits,
      `${presented} for ${accepted}`,
    );
  }
});

const uriCases: readonly [presented: string, accepted: string, fits: boolean][] = [
  ['spiffe://shop/orders', 'spiffe://shop/orders', true],
  ['SPIFFE://Shop/orders', 'spiffe://shop/orders', true],
  ['spiffe://shop/Orders', 'spiffe://shop/orders', false],
  ['spiffe://shop/orders/', 'spiffe://shop/orders', false],
  ['spiffe://shop/orders?x', 'spiffe://shop/orders', false],
  ['https://User@Shop/a', 'https://User@shop/a', true],
  ['https://user@shop/a', 'https://User@shop/a', false],
  ['urn:shop:Orders', 'urn:shop:orders', false],
  ['*', 'spiffe://shop/orders', false],
];

test('URI names: scheme and host without case, the rest exactly', () => {
  for (const [presented, accepted, fits] of uriCases) {
    assert.equal(
      verifyNames(withUris(presented), [{ type: 'uri', value: accepted }]),
      fits,
      `${presented} for ${accepted}`,
    );
  }
});

test('IP addresses are compared by their octets, and only with addresses', () => {
  const presented = { ...noNames, addresses: ['0a000007', '20010db8000000000000000000000001'] };
  const accepts = (value: string) => verifyNames(presented, [{ type: 'ip', value }]);
  assert.ok(accepts('10.0.0.7'));
  assert.ok(accepts('2001:db8::1'));
  assert.ok(accepts('2001:0DB8:0:0:0:0:0:1'));
  assert.ok(!accepts('10.0.0.8'));
  assert.ok(!accepts('::ffff:10.0.0.7'));
  assert.ok(!accepts('not an address'));
  assert.ok(!verifyNames(presented, [{ type: 'dns', value: '10.0.0.7' }]));
  assert.ok(!verifyNames(withDns('10.0.0.7'), [{ type: 'ip', value: '10.0.0.7' }]));
});

test('one match of several is enough, and no accepted name accepts nothing', () => {
  const presented = { dns: ['a.test'], uris: ['spiffe://shop/a'], addresses: [] };
  assert.ok(
    verifyNames(presented, [
      { type: 'dns', value: 'b.test' },
      { type: 'uri', value: 'spiffe://shop/a' },
    ]),
  );
  assert.ok(!verifyNames(presented, []));
});

test('addresses in text and octets', () => {
  const pairs = [
    ['::', '0'.repeat(32)],
    ['::1', `${'0'.repeat(31)}1`],
    ['fe80::1:0', `fe80${'0'.repeat(20)}00010000`],
    ['192.0.2.1', 'c0000201'],
  ] as const;
  for (const [text, octets] of pairs) {
    assert.equal(addressOctets(text), octets);
    assert.equal(describeOctets(octets), text);
  }
  assert.equal(addressOctets('::ffff:192.0.2.1'), `${'0'.repeat(20)}ffffc0000201`);
  for (const text of ['', '1.2.3', 'fe80::1%eth0', '1:2:3']) assert.equal(addressOctets(text), null);
});

test('names are read from a real certificate; the common name is not one of them', async () => {
  const authority = await CertificateAuthority.create('Demo CA');
  const leaf = await authority.issue({
    commonName: 'common.internal',
    dns: ['orders.internal', '*.shop.internal'],
    uris: ['spiffe://shop/orders'],
    ips: ['10.0.0.7', '2001:db8::1'],
  });
  const names = presentedNames(new X509Certificate(leaf.chain).raw);
  assert.deepEqual(names, {
    dns: ['orders.internal', '*.shop.internal'],
    uris: ['spiffe://shop/orders'],
    addresses: ['0a000007', '20010db8000000000000000000000001'],
  });
  assert.equal(describeNames(names), 'orders.internal, *.shop.internal, spiffe://shop/orders, 10.0.0.7, 2001:db8::1');
  const bare = await authority.issue({ commonName: 'common.internal' });
  assert.deepEqual(presentedNames(new X509Certificate(bare.chain).raw), noNames);
});

test('bytes that are no certificate have no names', async () => {
  const authority = await CertificateAuthority.create('Demo CA');
  const raw = new X509Certificate((await authority.issue({ dns: ['a.test'] })).chain).raw;
  for (let length = 0; length < raw.length; length += 1) {
    assert.deepEqual(presentedNames(raw.subarray(0, length)), noNames);
  }
});

test('what a certificate says cannot steer a terminal', () => {
  assert.equal(describeNames(withDns('a\u001b[31m.test', 'b\n.test')), 'a\\x1b[31m.test, b\\x0a.test');
});
