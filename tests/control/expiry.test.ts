import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextValidityChange } from '../../src/control/expiry.ts';
import { emptyModel, type Model } from '../../src/model/model.ts';
import { origin } from './model.ts';

const authority = (notBefore: string, notAfter: string) => ({
  subject: 'CN=a',
  fingerprint: 'aa',
  notBefore,
  notAfter,
});
const model: Model = {
  ...emptyModel,
  certificates: {
    c: { id: 'c', issuer: 'CN=i', names: [], origin, ...authority('2026-01-01T00:00:00Z', '2026-03-01T00:00:00Z') },
  },
  trustBundles: { b: { id: 'b', origin, authorities: [authority('2026-02-01T00:00:00Z', '2030-01-01T00:00:00Z')] } },
};
const at = (time: string): number => Date.parse(time);

test('the next beginning or end of a validity is what matters', () => {
  assert.equal(nextValidityChange(model, at('2025-12-01T00:00:00Z')), at('2026-01-01T00:00:00Z'));
  assert.equal(nextValidityChange(model, at('2026-01-01T00:00:00Z')), at('2026-02-01T00:00:00Z'));
  // 59 days long: a sixth before its end, it expires soon.
  assert.equal(nextValidityChange(model, at('2026-02-01T00:00:00Z')), at('2026-02-19T04:00:00Z'));
  assert.equal(nextValidityChange(model, at('2026-02-20T00:00:00Z')), at('2026-03-01T00:00:01Z'));
  assert.equal(
    nextValidityChange(model, at('2026-03-01T00:00:00Z')),
    at('2026-03-01T00:00:01Z'),
    'its last second is valid',
  );
  assert.equal(nextValidityChange(model, at('2026-04-01T00:00:00Z')), at('2029-12-02T00:00:00Z'), '30 days before');
  assert.equal(nextValidityChange(model, at('2029-12-02T00:00:00Z')), at('2030-01-01T00:00:01Z'));
  assert.equal(nextValidityChange(model, at('2031-01-01T00:00:00Z')), null);
  assert.equal(nextValidityChange(emptyModel, 0), null);
});
