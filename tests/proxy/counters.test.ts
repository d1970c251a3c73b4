import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counters, durationBounds } from '../../src/dataplanes/node/proxy/counters.ts';
import { connectFailure } from './gateway.ts';

const labels = { section: 'infra/edge/http', route: 'HTTPRoute/shop/web', rule: 0, backend: 'shop/orders:80' };

test('a snapshot is plain data of what was recorded', () => {
  const counters = new Counters();
  const series = counters.requests(labels);
  series.record(200, 0.003, 10, 20);
  series.record(200, 1_000, 1, 2);
  series.record(503, 0.0005, 0, 0);
  series.recordFailure('tls-failed');
  counters.connections('shop/orders:80').recordFailure(connectFailure({ stage: 'verify', reason: 'expired' }));
  assert.equal(counters.requests({ ...labels }), series, 'the same labels are the same series');
  const snapshot = counters.snapshot([]);
  assert.deepEqual(structuredClone(snapshot), snapshot);
  const [requests] = snapshot.requests;
  assert.deepEqual(requests?.codes, [
    [200, 2],
    [503, 1],
  ]);
  assert.deepEqual(requests?.failures, [['tls-failed', 1]]);
  assert.equal(requests?.durations.length, durationBounds.length + 1);
  assert.equal(requests?.durations[0], 1, 'a bound belongs to its bucket');
  assert.equal(requests?.durations[durationBounds.indexOf(0.005)], 1);
  assert.equal(requests?.durations.at(-1), 1);
  assert.deepEqual([requests?.requestBytes, requests?.responseBytes], [11, 22]);
  assert.deepEqual(snapshot.connections[0]?.failures, [{ stage: 'verify', reason: 'expired', count: 1 }]);
});

test('series that nothing writes to can be forgotten', () => {
  const counters = new Counters();
  const kept = counters.requests(labels);
  const gone = counters.requests({ ...labels, rule: 1 });
  counters.connections('gone');
  for (const series of [kept, gone]) series.record(200, 0, 0, 0);
  counters.prune(new Set([kept]), new Set());
  const snapshot = counters.snapshot([]);
  assert.deepEqual(
    snapshot.requests.map((each) => each.labels.rule),
    [0],
  );
  assert.deepEqual(snapshot.connections, []);
});
