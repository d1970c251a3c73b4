import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseDuration } from '../../../src/dialects/gateway-api/route/duration.ts';

test('durations of GEP-2257', () => {
  const table: readonly (readonly [string, number | null])[] = [
    ['0s', 0],
    ['1s', 1_000],
    ['250ms', 250],
    ['1h30m', 5_400_000],
    ['1h1m1s1ms', 3_661_001],
    ['10s10s', 20_000],
    ['99999h', 359_996_400_000],
    ['', null],
    ['1', null],
    ['1.5s', null],
    ['-1s', null],
    ['1d', null],
    ['100000s', null],
    ['1s1s1s1s1s', null],
    ['1 s', null],
    ['1S', null],
  ];
  for (const [text, milliseconds] of table) assert.equal(parseDuration(text), milliseconds, text);
});

test('the parts of a duration add up', () => {
  const part = fc.integer({ min: 0, max: 99_999 });
  fc.assert(
    fc.property(part, part, part, part, (h, m, s, ms) => {
      assert.equal(parseDuration(`${h}h${m}m${s}s${ms}ms`), ((h * 60 + m) * 60 + s) * 1_000 + ms);
    }),
  );
});
