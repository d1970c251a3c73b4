import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndpointHealth } from '../../src/dataplanes/node/health/endpoint-health.ts';
import type { HealthCheck } from '../../src/model/health.ts';
import { origin } from '../proxy/model.ts';

const check: HealthCheck = {
  type: 'tcp',
  interval: 1_000,
  timeout: 1_000,
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  panicThreshold: 0,
  origin,
};

/** `+` is a check that passed, `-` one that failed. Upper case letters stand where there was something to tell. */
function tell(outcomes: string, known: boolean | null = null): string {
  const health = new EndpointHealth(known);
  return [...outcomes]
    .map((outcome) => {
      const told = health.record(outcome === '+' ? null : 'it answered 500', check);
      const letter = health.healthy === true ? 'h' : 'u';
      return told ? letter.toUpperCase() : letter;
    })
    .join('');
}

test('the first check decides, then so many in a row', () => {
  assert.equal(tell('+++'), 'Hhh');
  assert.equal(tell('---'), 'Uuu');
  assert.equal(tell('+--+---'), 'HhhhhhU');
  assert.equal(tell('-+-++'), 'UuuuH');
});

test('where another worker made the checks before, the first one decides nothing', () => {
  assert.equal(tell('---', true), 'hhU');
  assert.equal(tell('++', false), 'uH');
});

test('another cause is told of, the same one is not', () => {
  const health = new EndpointHealth(null);
  assert.equal(health.record('it answered 500', check), true);
  assert.equal(health.record('it answered 500', check), false);
  assert.equal(health.record('it answered 503', check), true);
  assert.equal(health.cause, 'it answered 503');
});
