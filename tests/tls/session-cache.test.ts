import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionCache } from '../../src/dataplanes/node/tls/session-cache.ts';

const session = Buffer.from('session');

test('sessions end with the verification that they stand for', () => {
  const cache = new SessionCache();
  cache.store('a', session, 1_000);
  assert.equal(cache.find('a', 999)?.session, session);
  assert.equal(cache.find('a', 1_000), undefined);
  assert.equal(cache.size, 0);
});

test('the cache is bounded; what was stored longest ago goes first', () => {
  const cache = new SessionCache(2);
  cache.store('a', session, 1);
  cache.store('b', session, 1);
  cache.store('a', session, 1);
  cache.store('c', session, 1);
  assert.deepEqual(
    ['a', 'b', 'c'].map((key) => cache.find(key, 0) !== undefined),
    [true, false, true],
  );
  cache.forget('a');
  assert.equal(cache.find('a', 0), undefined);
});
