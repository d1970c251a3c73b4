import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canonicalIpAddress } from '../../src/model/ip-address.ts';
import { readNames } from '../../src/resources/pem/names.ts';

test('names of a certificate by type, in their order', () => {
  assert.deepEqual(
    readNames('DNS:Orders.Internal, URI:spiffe://shop/ns/a, IP Address:10.0.0.1, email:a@b.c, DNS:*.shop'),
    [
      { type: 'dns', value: 'orders.internal' },
      { type: 'uri', value: 'spiffe://shop/ns/a' },
      { type: 'ip', value: '10.0.0.1' },
      { type: 'dns', value: '*.shop' },
    ],
  );
});

test('a comma inside a quoted name does not make a second name', () => {
  assert.deepEqual(readNames('URI:"http://a/, DNS:victim.example", DNS:b'), [
    { type: 'uri', value: 'http://a/, DNS:victim.example' },
    { type: 'dns', value: 'b' },
  ]);
});

test('the URI "*" of the conformance certificates is a name like any other', () => {
  assert.deepEqual(readNames('URI:*'), [{ type: 'uri', value: '*' }]);
});

test('IPv6 addresses get their one spelling', () => {
  assert.deepEqual(readNames('IP Address:2001:DB8:0:0:0:0:0:1'), [{ type: 'ip', value: '2001:db8::1' }]);
});

test('no extension, no names', () => {
  assert.deepEqual(readNames(undefined), []);
});

for (const [text, expected] of [
  ['10.0.0.1', '10.0.0.1'],
  ['::1', '::1'],
  ['2001:DB8::0:1', '2001:db8::1'],
  ['::ffff:1.2.3.4', '::ffff:102:304'],
  ['010.0.0.1', null],
  ['1.2.3', null],
  ['256.0.0.1', null],
  ['fe80::1%eth0', null],
  ['[::1]', null],
  ['::1]/x', null],
  ['orders', null],
  ['', null],
  [':', null],
] as const) {
  test(`the IP address "${text}" is ${expected ?? 'none'}`, () => {
    assert.equal(canonicalIpAddress(text), expected);
  });
}
