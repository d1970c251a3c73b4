import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Applied } from '../../src/dataplanes/dataplane.ts';
import type { Configuration } from '../../src/dataplanes/node/delta.ts';
import { dataPlaneUri } from '../../src/dataplanes/node/remote/identity.ts';
import { emptyKeyMaterial, emptyModel } from '../../src/model/model.ts';
import { twoGateways } from './model.ts';
import { credentials, edge, inner, RecordingDataPlane, startController, startPod } from './pods.ts';

test('a pod gets its own Gateway, and no key of another', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const one = startPod(t, server.port, edge);
  const two = startPod(t, server.port, inner);
  await Promise.all([one.applied(1), two.applied(1)]);
  const [ofEdge] = one.dataPlane.given;
  const [ofInner] = two.dataPlane.given;
  assert.deepEqual(Object.keys(ofEdge?.keys.certificates ?? {}), ['Secret infra/edge']);
  assert.deepEqual(Object.keys(ofInner?.keys.certificates ?? {}), ['Secret infra/inner']);
  assert.deepEqual(
    Object.values(ofEdge?.model.listeners ?? {}).map(({ address, port }) => [address, port]),
    [['::', 64_955]],
  );
  assert.ok(!JSON.stringify(ofEdge).includes('inner'));
  const applied = await apply(twoGateways(), 2);
  assert.deepEqual([...applied.open].sort(), ['infra/edge:443', 'infra/inner:8443']);
});

test('a pod whose Gateway has nothing to serve is told so, whenever it comes', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const pod = startPod(t, server.port, await credentials([dataPlaneUri('infra/refused')]));
  await pod.applied(1);
  assert.deepEqual(pod.dataPlane.given[0]?.model.listeners, {});
});

test('so is one in a cluster in which nobody has anything to serve', async (t) => {
  const { server, dataPlane } = await startController(t);
  await dataPlane.apply(emptyModel, emptyKeyMaterial, 1);
  const pod = startPod(t, server.port, edge);
  await pod.applied(1);
  assert.deepEqual(pod.dataPlane.given[0]?.model.listeners, {});
});

test('what changes for one Gateway is sent to it alone, as a delta', async (t) => {
  const { server, apply } = await startController(t);
  const one = startPod(t, server.port, edge);
  const two = startPod(t, server.port, inner);
  await apply(twoGateways(), 1);
  await Promise.all([one.applied(1), two.applied(1)]);
  await apply(twoGateways({ edgeBackend: '10.9.9.9' }), 2);
  await one.applied(2);
  assert.equal(two.dataPlane.given.length, 1);
  const [before, after] = one.dataPlane.given;
  // Values that the delta does not name stay the very same.
  assert.equal(after?.model.routes, before?.model.routes);
  assert.deepEqual(after?.model.endpoints['shop/edge:80']?.endpoints, [{ address: '10.9.9.9', port: 80 }]);
});

test('a Gateway that is gone closes what its pods had open', async (t) => {
  const { server, apply } = await startController(t);
  const pod = startPod(t, server.port, inner);
  await apply(twoGateways(), 1);
  await pod.applied(1);
  await apply(twoGateways({ without: 'infra/inner' }), 2);
  await pod.applied(2);
  assert.deepEqual(pod.dataPlane.given.at(-1)?.model.listeners, {});
  assert.deepEqual(pod.dataPlane.given.at(-1)?.keys.certificates, {});
});

test('a pod that comes before its Gateway has a configuration holds up nobody', async (t) => {
  const { server, apply, dataPlane, changes } = await startController(t);
  const early = startPod(t, server.port, inner);
  await changes.until(() => dataPlane.feed('infra/inner').followers === 1);
  assert.ok(dataPlane.feed('infra/inner').isCurrent);
  await apply(twoGateways({ without: 'infra/inner' }), 1);
  assert.deepEqual((await apply(twoGateways(), 2)).open, ['infra/inner:8443']);
  assert.equal(early.dataPlane.given.length, 2);
});

/** One that is busy with what it was given first, for as long as a test wants. */
class HeldDataPlane extends RecordingDataPlane {
  readonly began = Promise.withResolvers<void>();
  readonly released = Promise.withResolvers<void>();

  override async apply(model: Configuration['model'], keys: Configuration['keys'], revision: number): Promise<Applied> {
    this.began.resolve();
    await this.released.promise;
    return super.apply(model, keys, revision);
  }
}

test('a pod that is slow is sent what is newest, and not all that was in between', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const slow = new HeldDataPlane();
  const pod = startPod(t, server.port, edge, slow);
  await slow.began.promise;
  const other = startPod(t, server.port, edge);
  await other.applied(1);
  const changes = 60;
  for (let index = 0; index < changes; index += 1) {
    void apply(twoGateways({ edgeBackend: `10.2.0.${index}` }), 2);
    await other.applied(index + 2);
  }
  slow.released.resolve();
  const newest = (): boolean =>
    slow.given.at(-1)?.model.endpoints['shop/edge:80']?.endpoints[0]?.address === `10.2.0.${changes - 1}`;
  await pod.happened.until(newest);
  assert.ok(slow.given.length < changes / 2, `${slow.given.length}`);
});
