import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isToken, SessionTokens } from '../../src/dataplanes/node/proxy/sessions/session-token.ts';

const scope = { name: 'HTTPRoute/shop/web#0', uid: '6a3f0b52-5a0c-4a51-9a52-0c1c3f8e7a16' };
const alphabet = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];

const tokensWith = (timeout: number | null, now = 1_000_000, of = scope) =>
  new SessionTokens(of, '', timeout, () => now);

const tokenOf = (tokens: SessionTokens): string => {
  const destination = tokens.destination('shop/orders:80', 0);
  return tokens.make({ destination, endpoint: tokens.endpoint(destination, '10.0.0.7', 9_000) });
};

test('whatever a client sends is read without harm, and is a token only where it looks like one', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary-ascii', maxLength: 60 }),
    fc.array(fc.constantFrom(...alphabet), { minLength: 20, maxLength: 60 }).map((each) => each.join('')),
  );
  const [aged, ageless] = [tokensWith(1_000), tokensWith(null)];
  fc.assert(
    fc.property(text, (sent) => {
      assert.equal(aged.read(sent), null, 'nobody has the key');
      const read = ageless.read(sent);
      assert.equal(read !== null, isToken(sent));
      if (read !== null) assert.equal(read.destination + read.endpoint, sent.slice(0, 24));
    }),
  );
});

test('a token with an age counts only as it was made: no character can be another', () => {
  const tokens = tokensWith(1_000);
  const token = tokenOf(tokens);
  assert.notEqual(tokens.read(token), null);
  fc.assert(
    fc.property(fc.nat(token.length - 1), fc.constantFrom(...alphabet), (position, character) => {
      fc.pre(token[position] !== character);
      assert.equal(tokens.read(token.slice(0, position) + character + token.slice(position + 1)), null);
    }),
  );
});

test('digests differ by rule, backend, place, address and port', () => {
  const tokens = tokensWith(null);
  const other = tokensWith(null, 0, { ...scope, uid: '6a3f0b52-5a0c-4a51-9a52-0c1c3f8e7a17' });
  const destinations = [
    tokens.destination('shop/orders:80', 0),
    tokens.destination('shop/orders:80', 1),
    tokens.destination('shop/orders:8', 0),
    other.destination('shop/orders:80', 0),
    tokensWith(null, 0, { ...scope, name: 'HTTPRoute/shop/web#1' }).destination('shop/orders:80', 0),
  ];
  assert.equal(new Set(destinations).size, destinations.length);
  const [first = '', second = ''] = destinations;
  const endpoints = [
    tokens.endpoint(first, '10.0.0.7', 80),
    tokens.endpoint(first, '10.0.0.7', 8),
    tokens.endpoint(first, '10.0.0.70', 80),
    tokens.endpoint(first, 'fd00::7', 80),
    tokens.endpoint(second, '10.0.0.7', 80),
    other.endpoint(first, '10.0.0.7', 80),
  ];
  assert.equal(new Set(endpoints).size, endpoints.length);
});

test('a timeout that changes counts for sessions that there are; where there is none any more, they go on', () => {
  const token = tokenOf(tokensWith(60_000, 1_000_000));
  assert.notEqual(tokensWith(60_000, 1_059_999).read(token), null);
  assert.equal(tokensWith(30_000, 1_059_999).read(token), null, 'shorter');
  assert.notEqual(tokensWith(3_600_000, 3_000_000).read(token), null, 'longer');
  assert.notEqual(tokensWith(null, 9_000_000).read(token), null, 'none');
  assert.equal(tokensWith(60_000).read(tokenOf(tokensWith(null))), null, 'nobody knows how old it is');
  assert.notEqual(tokensWith(60_000, 990_000).read(token), null, 'a clock that is ten seconds behind');
});
