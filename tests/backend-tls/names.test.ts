import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AcceptedName } from '../../src/model/tls.ts';
import { finding, findings, policy, shop, system, tlsOf, translate } from './fixture.ts';

const name = (hostname: string): object => ({ type: 'Hostname', hostname });
const uri = (value: string): object => ({ type: 'URI', uri: value });

function decide(names: readonly object[] | undefined, options?: Readonly<Record<string, string>>) {
  const validation = { ...system, ...(names === undefined ? {} : { subjectAltNames: names }) };
  const translation = translate([shop, policy({ validation, ...(options === undefined ? {} : { options }) })]);
  const { serverName, names: accepted } = tlsOf(translation);
  return { translation, serverName, accepted };
}

test('the hostname is server name and identity', () => {
  const { serverName, accepted } = decide(undefined);
  assert.deepEqual(serverName.value, { type: 'fixed', name: 'orders.internal' });
  assert.deepEqual(accepted.value, [{ type: 'dns', value: 'orders.internal' }]);
  assert.equal(serverName.origin.field, 'spec.validation.hostname');
  assert.equal(accepted.origin.field, 'spec.validation.hostname');
});

test('subjectAltNames of both types replace the hostname as identity, and leave it the server name', () => {
  const { serverName, accepted } = decide([name('a.internal'), uri('spiffe://shop/orders')]);
  assert.deepEqual(serverName.value, { type: 'fixed', name: 'orders.internal' });
  const expected: AcceptedName[] = [
    { type: 'dns', value: 'a.internal' },
    { type: 'uri', value: 'spiffe://shop/orders' },
  ];
  assert.deepEqual(accepted.value, expected);
  assert.equal(accepted.origin.field, 'spec.validation.subjectAltNames');
});

test('a wildcard name is accepted; one that no certificate can match is told', () => {
  const { translation, accepted } = decide([name('*.shop.internal')]);
  assert.deepEqual(accepted.value, [{ type: 'dns', value: '*.shop.internal' }]);
  assert.deepEqual(findings(translation, 'UnmatchableName'), []);
  const top = finding(decide([name('*.internal')]).translation, 'UnmatchableName');
  assert.equal(top.severity, 'warning');
  assert.equal(top.origin.field, 'spec.validation.subjectAltNames[0].hostname');
});

test('IP addresses replace the hostname as subjectAltNames do, and join them', () => {
  const options = { 'farside.dev/ip-addresses': '10.0.0.7, 2001:DB8::0:1' };
  const addresses: AcceptedName[] = [
    { type: 'ip', value: '10.0.0.7' },
    { type: 'ip', value: '2001:db8::1' },
  ];
  const alone = decide(undefined, options);
  assert.deepEqual(alone.accepted.value, addresses);
  assert.equal(alone.accepted.origin.field, 'spec.options[farside.dev/ip-addresses]');
  assert.deepEqual(alone.serverName.value, { type: 'fixed', name: 'orders.internal' });
  const joined = decide([uri('spiffe://shop/orders')], options);
  assert.deepEqual(joined.accepted.value, [{ type: 'uri', value: 'spiffe://shop/orders' }, ...addresses]);
});
