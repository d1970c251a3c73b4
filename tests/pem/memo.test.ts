import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rememberByContent } from '../../src/resources/pem/memo.ts';

function counting(limit: number): { readonly calls: string[]; readonly join: (...texts: readonly string[]) => object } {
  const calls: string[] = [];
  const join = rememberByContent(limit, (...texts) => {
    calls.push(texts.join('|'));
    return { texts };
  });
  return { calls, join };
}

test('equal texts are computed once, and give the same result', () => {
  const { calls, join } = counting(2);
  assert.equal(join('a', 'b'), join('a', 'b'));
  assert.deepEqual(calls, ['a|b']);
});

test('texts that only joined are equal are different', () => {
  const { calls, join } = counting(2);
  assert.notDeepEqual(join('ab', 'c'), join('a', 'bc'));
  assert.equal(calls.length, 2);
});

test('what was asked for longest ago is forgotten first', () => {
  const { calls, join } = counting(2);
  for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) join(text);
  assert.deepEqual(calls, ['a', 'b', 'c', 'b']);
});
