import assert from 'node:assert/strict';
import { test } from 'node:test';
import { concernsEndpoint, Ejection } from '../../src/dataplanes/node/balancing/ejection.ts';
import { connectFailure } from '../proxy/gateway.ts';

const refused = connectFailure();

test('the pauses double up to half a minute, and each is for one trial', () => {
  const ejection = new Ejection();
  assert.equal(ejection.takeTurn(0), false, 'nothing is to be tried while nothing failed');
  let now = 0;
  for (const pause of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    assert.equal(ejection.failed(refused, now), now === 0, 'it begins once');
    assert.equal(ejection.takeTurn(now + pause - 1), false);
    now += pause;
    assert.equal(ejection.takeTurn(now), true);
    assert.equal(ejection.takeTurn(now), false, 'one trial at a time');
  }
  assert.equal(ejection.cause, refused);
  assert.equal(ejection.passed(), true);
  assert.equal(ejection.active, false);
  assert.equal(ejection.passed(), false);
});

test('who takes connections and fails again soon waits longer; after a while it is forgiven', () => {
  const ejection = new Ejection();
  ejection.failed(refused, 0);
  ejection.passed();
  ejection.failed(refused, 5_000);
  assert.equal(ejection.takeTurn(6_999), false);
  assert.equal(ejection.takeTurn(7_000), true);
  ejection.passed();
  ejection.failed(refused, 70_000);
  assert.equal(ejection.takeTurn(71_000), true);
});

test('what nobody asks for any more is stale', () => {
  const ejection = new Ejection();
  ejection.failed(refused, 0);
  assert.equal(ejection.isStale(31_000), false);
  assert.equal(ejection.isStale(31_001), true);
});

test('a gateway that could not even try says nothing about the endpoint', () => {
  assert.equal(concernsEndpoint(refused), true);
  assert.equal(concernsEndpoint(connectFailure({ reason: 'resources' })), false);
  assert.equal(concernsEndpoint(connectFailure({ stage: 'tls', reason: 'configuration' })), false);
});
