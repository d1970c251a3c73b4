import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseGoDuration, parseTimeout } from '../../../src/dialects/contour/duration.ts';
import { readHeaderValue } from '../../../src/dialects/contour/route/header-value.ts';
import { matchKey, mergeConditions } from '../../../src/dialects/contour/route/match.ts';
import { byPrecedence } from '../../../src/dialects/contour/route/precedence.ts';
import { expandPrefixes } from '../../../src/dialects/contour/route/rewrite.ts';
import type { MatchCondition } from '../../../src/resources/generated/contour-types.ts';

test('durations are read as Go reads them', () => {
  const table: readonly (readonly [string, number | null])[] = [
    ['0', 0],
    ['1h30m', 5_400_000],
    ['1.5s', 1_500],
    ['.5s', 500],
    ['5.s', 5_000],
    ['-2ms', -2],
    ['+2ms', 2],
    ['1h1m1s1ms', 3_661_001],
    ['999999h', 2_147_483_647],
    ['', null],
    ['1', null],
    ['h', null],
    ['1 s', null],
    ['1d', null],
    ['1s1', null],
    ['--1s', null],
    ['infinity', null],
  ];
  for (const [text, expected] of table) {
    const parsed = parseGoDuration(text);
    assert.equal(parsed.type === 'duration' ? parsed.milliseconds : null, expected, text);
  }
  assert.deepEqual(parseGoDuration('5'), { type: 'invalid', message: 'time: missing unit in duration "5"' });
});

test('a timeout is a time, the default or none', () => {
  assert.deepEqual(['', '0s', undefined].map(parseTimeout), Array(3).fill({ type: 'unset' }));
  assert.deepEqual(['infinity', 'infinite'].map(parseTimeout), Array(2).fill({ type: 'none' }));
  assert.deepEqual(parseTimeout('100us'), { type: 'limit', milliseconds: 1 });
});

test('the paths of conditions are put one behind the other', () => {
  const table: readonly (readonly [readonly MatchCondition[], string, string])[] = [
    [[], 'prefix', '/'],
    [[{ prefix: '/' }, { prefix: '/' }], 'prefix', '/'],
    [[{ prefix: '/a/' }, { prefix: '/b' }], 'text-prefix', '/a/b'],
    [[{ prefix: '/a' }, { exact: '/b' }], 'exact', '/a/b'],
    [[{ prefix: '/a' }, { regex: '/[0-9]+' }, { prefix: '/b' }], 'regex', '/a/[0-9]+/b'],
    [[{ prefix: '/a' }, { header: { name: 'X-A', present: true } }], 'text-prefix', '/a'],
  ];
  for (const [conditions, type, value] of table) assert.deepEqual(mergeConditions(conditions).path, { type, value });
});

const name = fc.constantFrom('X-A', 'X-B');
const text = fc.constantFrom('a', 'b', 'aa');
const condition: fc.Arbitrary<MatchCondition> = fc.oneof(
  fc.record({ prefix: text.map((each) => `/${each}`) }),
  fc.record({ exact: text.map((each) => `/${each}`) }),
  fc.record({ header: fc.oneof(fc.record({ name, exact: text }), fc.record({ name, contains: text })) }),
  fc.record({ queryParameter: fc.record({ name, present: fc.constant(true) }) }),
);
const match = fc.array(condition, { maxLength: 4 }).map(mergeConditions);

test('the order of routes is one, whatever the order they stand in', () => {
  fc.assert(
    fc.property(match, match, match, (a, b, c) => {
      assert.equal(Math.sign(byPrecedence(a, b)) + Math.sign(byPrecedence(b, a)), 0);
      if (byPrecedence(a, b) <= 0 && byPrecedence(b, c) <= 0) assert.ok(byPrecedence(a, c) <= 0);
      // Nothing else than equal matches is equal: no order is left to chance.
      if (byPrecedence(a, b) === 0) assert.equal(matchKey(a), matchKey(b));
    }),
  );
});

test('a replaced prefix leaves neither two slashes nor none', () => {
  const slashes = fc.constantFrom('', '/');
  fc.assert(
    fc.property(text, slashes, text, slashes, (from, slashAfter, to, slashAfterReplacement) => {
      const routes = expandPrefixes([
        {
          match: mergeConditions([{ prefix: `/${from}${slashAfter}` }]),
          rewrite: { type: 'prefix', value: `/${to}${slashAfterReplacement}` },
          variant: '',
        },
      ]);
      const rewritten = routes.map((route) => [route.match.path.value, route.rewrite?.value]);
      assert.deepEqual(rewritten, [
        [`/${from}`, `/${to}`],
        [`/${from}/`, `/${to}/`],
      ]);
    }),
  );
});

test('percent signs that name nothing stand for themselves', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const read = readHeaderValue(value, {});
      if (!/%[A-Z]/.test(value)) assert.deepEqual(read, { type: 'text', text: value });
    }),
  );
  assert.deepEqual(readHeaderValue('%%A% %REQ(bad name)%', { A: 'b' }), { type: 'text', text: '%b %REQ(bad name)%' });
});
