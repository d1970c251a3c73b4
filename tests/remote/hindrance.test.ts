import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RemoteDataPlane } from '../../src/dataplanes/node/remote/remote-data-plane.ts';
import { twoGateways } from './model.ts';

const cause = 'Deployment.apps "farside-edge" is invalid: must be less than or equal to cpu limit of 1';

/** Both Gateways are served; one is then asked for what the API server does not take. */
async function hindered(grace: number) {
  const { model, keys } = twoGateways();
  const dataPlane = new RemoteDataPlane({ patience: 0, grace });
  await dataPlane.apply(model, keys, 1);
  for (const name of ['infra/edge', 'infra/inner']) {
    const feed = dataPlane.feed(name);
    const pod = { changed: () => {} };
    feed.follow(pod);
    feed.acknowledge(pod, { version: feed.version, open: Object.keys(model.listeners), findings: [] });
  }
  dataPlane.hinder('infra/edge', cause);
  const look = () => dataPlane.apply(model, keys, 2);
  return { dataPlane, look };
}

test('a Gateway that serves on and cannot be deployed as it asks is told of', async () => {
  const { dataPlane, look } = await hindered(0);
  const { open, findings } = await look();
  assert.deepEqual([...open].sort(), ['infra/edge:443', 'infra/inner:8443']);
  assert.deepEqual(
    findings.map(({ severity, reason, message, origin }) => [severity, reason, message, origin.name]),
    [['error', 'NotDeployed', `its data plane cannot be deployed as it asks: ${cause}`, 'edge']],
  );
  dataPlane.hinder('infra/edge', null);
  assert.deepEqual((await look()).findings, []);
});

test('what stands in the way for a moment is not told of', async () => {
  const { look } = await hindered(60_000);
  assert.deepEqual((await look()).findings, []);
});
