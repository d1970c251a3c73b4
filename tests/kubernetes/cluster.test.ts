import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const cluster = process.env.FARSIDE_TESTCLUSTER;
const definitions = process.env.FARSIDE_GATEWAY_API_CRDS;
const skip =
  cluster === undefined || definitions === undefined
    ? 'needs FARSIDE_TESTCLUSTER, the cluster for tests, and FARSIDE_GATEWAY_API_CRDS, a folder of definitions'
    : false;

test('in a real cluster: rights, statuses beside those of others, hand-over', { skip }, () => {
  const scenario = fileURLToPath(new URL('in-cluster/scenario.ts', import.meta.url));
  const command = ['run', '--apply', String(definitions), '--', process.execPath, scenario];
  const { status, stderr, stdout } = spawnSync(String(cluster), command, { encoding: 'utf8', timeout: 120_000 });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
});
