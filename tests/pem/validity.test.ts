import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeValidity, validityAt } from '../../src/resources/pem/validity.ts';

const judge = (notBefore: string, now: string, notAfter: string): string | null =>
  describeValidity(validityAt(now, notBefore, notAfter));

for (const [notBefore, now, notAfter, expected] of [
  ['2026-01-01T00:00:00Z', '2026-06-01T00:00:00Z', '2036-01-01T00:00:00Z', null],
  ['2026-01-01T00:00:00Z', '2035-12-03T00:00:00Z', '2036-01-01T00:00:00Z', 'expires in 29 days'],
  ['2026-01-01T00:00:00Z', '2035-12-01T00:00:00Z', '2036-01-01T00:00:00Z', null],
  // 90 days, renewed by machines a month before the end: the last fifteen deserve a word.
  ['2026-01-01T00:00:00Z', '2026-03-15T00:00:00Z', '2026-04-01T00:00:00Z', null],
  ['2026-01-01T00:00:00Z', '2026-03-18T00:00:00Z', '2026-04-01T00:00:00Z', 'expires in 14 days'],
  // A day, as workload identities have.
  ['2026-01-01T00:00:00Z', '2026-01-01T19:00:00Z', '2026-01-02T00:00:00Z', null],
  ['2026-01-01T00:00:00Z', '2026-01-01T21:00:00Z', '2026-01-02T00:00:00Z', 'expires within a day'],
  ['2026-01-01T00:00:00Z', '2026-04-01T00:00:01Z', '2026-04-01T00:00:00Z', 'expired less than a day ago'],
  ['2026-01-01T00:00:00Z', '2026-04-02T12:00:00Z', '2026-04-01T00:00:00Z', 'expired 1 day ago'],
  ['2026-01-01T00:00:00Z', '2025-12-29T00:00:00Z', '2026-04-01T00:00:00Z', 'is not valid for another 3 days'],
  ['2026-01-01T00:00:00Z', '2025-12-31T23:00:00Z', '2026-04-01T00:00:00Z', 'is not valid for another few hours'],
] as const) {
  test(`${notBefore} to ${notAfter}, seen ${now}: ${expected}`, () => {
    assert.equal(judge(notBefore, now, notAfter), expected);
  });
}
