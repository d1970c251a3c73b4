import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { intersectAll } from '../../../src/dialects/gateway-api/hostname.ts';
import { bySpecificity, compareSpecificity, covers, intersect } from '../../../src/model/hostname.ts';

const label = fc.constantFrom('a', 'b', 'com');
const host = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const hostname = fc.oneof(
  host,
  host.map((suffix) => `*.${suffix}`),
  fc.constant(''),
);

/** What the specification says of one host and one hostname, written down without the code under test. */
function fits(pattern: string, name: string): boolean {
  if (pattern === '') return true;
  if (!pattern.startsWith('*.')) return pattern === name;
  const own = name.split('.');
  const suffix = pattern.split('.').slice(1);
  return own.length > suffix.length && own.slice(-suffix.length).join('.') === suffix.join('.');
}

test('a wildcard stands for one label or more, and never for none', () => {
  assert.ok(covers('*.example.com', 'shop.example.com'));
  assert.ok(covers('*.example.com', 'deep.shop.example.com'));
  assert.ok(covers('*.example.com', '*.shop.example.com'));
  assert.ok(!covers('*.example.com', 'example.com'));
  assert.ok(!covers('*.example.com', 'badexample.com'));
  assert.ok(!covers('*.example.com', ''));
  assert.ok(!covers('shop.example.com', '*.example.com'));
  assert.ok(covers('', '*.example.com'));
});

test('an intersection has exactly the hosts of both', () => {
  fc.assert(
    fc.property(hostname, hostname, host, (a, b, name) => {
      const both = intersect(a, b);
      assert.equal(both !== null && fits(both, name), fits(a, name) && fits(b, name));
      assert.equal(both, intersect(b, a));
    }),
  );
});

test('what is more specific comes first, and the order is total', () => {
  fc.assert(
    fc.property(fc.uniqueArray(hostname, { minLength: 2, maxLength: 8 }), (names) => {
      const sorted = [...names].sort(bySpecificity);
      assert.deepEqual([...names].reverse().sort(bySpecificity), sorted);
      for (const [index, name] of sorted.entries()) {
        for (const later of sorted.slice(index + 1)) assert.ok(!covers(name, later), `${name} before ${later}`);
      }
    }),
  );
});

test('a route for many hosts keeps the most specific of its hostnames for each', () => {
  assert.deepEqual(intersectAll('shop.example.com', ['*.com', '*.example.com', 'other.com']), [
    { hostname: 'shop.example.com', stated: '*.example.com' },
  ]);
  assert.deepEqual(intersectAll('*.example.com', []), [{ hostname: '*.example.com', stated: '' }]);
  assert.deepEqual(intersectAll('a.com', ['b.com']), []);
  assert.ok(compareSpecificity('a.com', '*.a.example.com') < 0);
});
