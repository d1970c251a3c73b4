import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { share } from '../../src/control/share.ts';

const plain = fc.jsonValue({ maxDepth: 5 });

test('the result equals the next value', () => {
  fc.assert(
    fc.property(plain, plain, (previous, next) => {
      assert.deepEqual(share<unknown>(previous, next), next);
    }),
  );
});

test('an equal value is the previous one itself', () => {
  fc.assert(
    fc.property(plain, (value) => {
      assert.equal(share(value, structuredClone(value)), value);
    }),
  );
});

test('equal parts are shared, at every depth', () => {
  const previous = { a: { x: [1, { y: 2 }] }, b: [{ z: 1 }, { z: 2 }], c: 1 };
  const next = structuredClone({ ...previous, b: [{ z: 1 }, { z: 3 }, { z: 4 }], d: null });
  const shared = share<typeof previous>(previous, next);
  assert.notEqual(shared, previous);
  assert.equal(shared.a, previous.a);
  assert.equal(shared.b[0], previous.b[0]);
  assert.notEqual(shared.b[1], previous.b[1]);
});

test('the order of a record means nothing, that of an array does', () => {
  const previous = { a: 1, b: 2 };
  assert.equal(share(previous, { b: 2, a: 1 }), previous);
  assert.deepEqual(share([1, 2], [2, 1]), [2, 1]);
});

test('what is gone is gone, and neither input is changed', () => {
  const previous = Object.freeze({ a: 1, b: Object.freeze([1, 2]) });
  const next = Object.freeze({ a: 1, b: Object.freeze([1]) });
  assert.deepEqual(share<unknown>(previous, next), { a: 1, b: [1] });
  assert.deepEqual(share<unknown>(previous, Object.freeze({ a: 1 })), { a: 1 });
});
