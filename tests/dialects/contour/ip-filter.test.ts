import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readIpFilter } from '../../../src/dialects/contour/route/ip-filter.ts';

const rangeOf = (cidr: string): string | null => {
  const read = readIpFilter(undefined, [{ source: 'Peer', cidr }]);
  return read.type === 'filter' ? (read.filter?.ranges[0] ?? null) : null;
};

test('ranges, and addresses as ranges of one', () => {
  assert.equal(rangeOf('10.0.0.0/8'), '10.0.0.0/8');
  assert.equal(rangeOf('10.0.0.1'), '10.0.0.1/32');
  assert.equal(rangeOf('2001:DB8::1'), '2001:db8::1/128');
  for (const none of ['10.0.0.1/33', '2001:db8::/129', '010.0.0.1', 'fe80::1%eth0', '10.0.0.0/8/8', '']) {
    assert.equal(rangeOf(none), null, none);
  }
});

test('IPv4 in the clothes of IPv6 is IPv4, as clients are seen: a range to keep out must not let in', () => {
  assert.equal(rangeOf('::ffff:10.0.0.1'), '10.0.0.1/32');
  assert.equal(rangeOf('::ffff:a00:0/104'), '10.0.0.0/8');
  assert.equal(rangeOf('::ffff:0.0.0.0/96'), '0.0.0.0/0');
  assert.equal(rangeOf('::ffff:10.0.0.1/24'), null, 'nobody can mean that');
});
