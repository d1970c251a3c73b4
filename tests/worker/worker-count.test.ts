import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fittingWorkers } from '../../src/dataplanes/node/worker-count.ts';

const mebibyte = 1024 * 1024;

test('there is a worker to each core, as far as the memory goes', () => {
  assert.equal(fittingWorkers(8, 0), 8);
  assert.equal(fittingWorkers(8, Number.MAX_SAFE_INTEGER), 8);
  assert.equal(fittingWorkers(64, 1024 * mebibyte), 6);
  assert.equal(fittingWorkers(2, 1024 * mebibyte), 2);
  assert.equal(fittingWorkers(4, 64 * mebibyte), 1);
});
