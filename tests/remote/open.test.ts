import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayFeed } from '../../src/dataplanes/node/remote/gateway-feed.ts';
import { RemoteDataPlane } from '../../src/dataplanes/node/remote/remote-data-plane.ts';
import { twoGateways } from './model.ts';
import { edge, inner, RecordingDataPlane, startController, startPod } from './pods.ts';

/*
 * Which listeners a controller takes for open, from what pods acknowledge.
 */

test('a listener is open when every pod of its Gateway has opened it', async (t) => {
  const { server, apply, dataPlane, changes } = await startController(t);
  const closing = new RecordingDataPlane();
  closing.closed = ['infra/edge:443'];
  const good = startPod(t, server.port, edge);
  const bad = startPod(t, server.port, edge, closing);
  const other = startPod(t, server.port, inner);
  assert.deepEqual((await apply(twoGateways(), 1)).open.includes('infra/edge:443'), false);
  await Promise.all([good.applied(1), bad.applied(1), other.applied(1)]);
  assert.deepEqual((await apply(twoGateways(), 2)).open, ['infra/inner:8443']);
  await bad.stop();
  await changes.until(() => dataPlane.feed('infra/edge').followers === 1);
  assert.deepEqual([...(await apply(twoGateways(), 3)).open].sort(), ['infra/edge:443', 'infra/inner:8443']);
});

test('a stream that is cut closes nothing for a while, and then does', async () => {
  const feed = new GatewayFeed();
  const follower = { changed: () => {} };
  const { model, keys } = twoGateways();
  feed.set({ model, keys }, 0);
  const before = { version: feed.version, open: ['infra/edge:443'], findings: [] };
  assert.equal(feed.inForce(0, 10), null, 'nobody has anything');
  feed.follow(follower);
  assert.equal(feed.inForce(1, 10), null, 'who has said nothing has nothing');
  feed.acknowledge(follower, before);
  feed.leave(follower, 100);
  assert.deepEqual(feed.inForce(109, 10), [before]);
  assert.equal(feed.inForce(110, 10), null);
});

test('a stream that is cut closes nothing for as long as somebody else knows that the pods serve', () => {
  const feed = new GatewayFeed();
  const follower = { changed: () => {} };
  feed.set(twoGateways(), 0);
  feed.follow(follower);
  const before = { version: feed.version, open: [], findings: [] };
  feed.acknowledge(follower, before);
  feed.leave(follower, 100);
  feed.set(twoGateways({ edgeBackend: '10.9.9.9' }), 200);
  assert.equal(feed.inForce(500, 10), null);
  assert.deepEqual(feed.inForce(500, 10, true), [before], 'also while there is something newer');
  assert.ok(!feed.isSilent(105, 10) && feed.isSilent(110, 10));
  feed.follow(follower);
  assert.deepEqual(feed.inForce(510, 10, true), [before], 'who is back has not said yet what it has');
  const now = { version: feed.version, open: ['infra/edge:443'], findings: [] };
  feed.acknowledge(follower, now);
  assert.deepEqual(feed.inForce(520, 10, true), [now]);
});

test('a controller that has heard of no pod yet takes what is served for open', async (t) => {
  const { apply, dataPlane } = await startController(t);
  dataPlane.setReached(new Set(['infra/edge']));
  const { open, findings } = await apply(twoGateways(), 1);
  assert.deepEqual(open, ['infra/edge:443']);
  assert.deepEqual(findings.map(({ reason, effect }) => `${reason}: ${effect?.slice(0, 32)}`).sort(), [
    'NoDataPlane: its listeners are not known to b',
    'NoDataPlane: its pods go on with what they ha',
  ]);
});

test('a new version leaves open what was open until it had time to arrive', async () => {
  const feed = new GatewayFeed();
  const follower = { changed: () => {} };
  feed.set(twoGateways(), 0);
  feed.follow(follower);
  const before = { version: feed.version, open: ['infra/edge:443'], findings: [] };
  feed.acknowledge(follower, before);
  feed.set(twoGateways({ edgeBackend: '10.9.9.9' }), 100);
  assert.deepEqual(feed.inForce(109, 10), [before]);
  assert.equal(feed.inForce(110, 10), null, 'the pod does not take it up');
});

test('a Gateway whose Service leads nowhere is not open, whatever its pods say', async (t) => {
  const { server, apply, dataPlane } = await startController(t);
  const pod = startPod(t, server.port, edge);
  await apply(twoGateways(), 1);
  await pod.applied(1);
  dataPlane.setReached(new Set());
  const closed = await apply(twoGateways(), 2);
  assert.deepEqual(
    [closed.open, closed.findings.map(({ message }) => message.slice(0, 38))],
    [[], ['no pod of its data plane is ready: its', 'no pod of its data plane is connected ']],
  );
  dataPlane.setReached(new Set(['infra/edge']));
  assert.deepEqual((await apply(twoGateways(), 3)).open, ['infra/edge:443']);
  dataPlane.setReached(new Set());
  assert.deepEqual((await apply(twoGateways(), 4)).open, ['infra/edge:443'], 'for a moment');
});

test('a pod that was waited for in vain is waited for again once it has caught up', () => {
  const feed = new GatewayFeed();
  const [hanging, quick] = [{ changed() {} }, { changed() {} }];
  const acknowledge = (follower: typeof quick): void =>
    feed.acknowledge(follower, { version: feed.version, open: [], findings: [] });
  const set = (edgeBackend: string): void => feed.set(twoGateways({ edgeBackend }), 0);
  feed.follow(hanging);
  feed.follow(quick);
  set('10.1.0.1');
  acknowledge(quick);
  assert.equal(feed.isCurrent, false);
  feed.waitedInVain();
  set('10.1.0.2');
  assert.equal(feed.isCurrent, false, 'the other one is as quick as before');
  acknowledge(quick);
  assert.equal(feed.isCurrent, true);
  acknowledge(hanging);
  set('10.1.0.3');
  acknowledge(quick);
  assert.equal(feed.isCurrent, false);
});

test('who waits until all is served knows by then what is open', async () => {
  const dataPlane = new RemoteDataPlane({ patience: 1, grace: 10_000 });
  let known: readonly string[] = [];
  dataPlane.onOpenChanged(({ open }) => {
    known = open;
  });
  const { model, keys } = twoGateways();
  await dataPlane.apply(model, keys, 1);
  await new Promise((resolve) => setImmediate(resolve));
  const served = dataPlane.served(10_000);
  for (const name of ['infra/edge', 'infra/inner']) {
    const feed = dataPlane.feed(name);
    const follower = { changed() {} };
    feed.follow(follower);
    feed.acknowledge(follower, { version: feed.version, open: Object.keys(model.listeners), findings: [] });
    dataPlane.notify();
  }
  await served;
  await dataPlane.drain();
  assert.equal(known.length, Object.keys(model.listeners).length);
});

test('what many pods say at one time is told once', async () => {
  const dataPlane = new RemoteDataPlane({ patience: 1, grace: 10_000 });
  const told: (readonly string[])[] = [];
  dataPlane.onOpenChanged(({ open }) => told.push(open));
  const { model, keys } = twoGateways();
  await dataPlane.apply(model, keys, 1);
  await new Promise((resolve) => setImmediate(resolve));
  for (const [name, id] of [
    ['infra/edge', 'infra/edge:443'],
    ['infra/inner', 'infra/inner:8443'],
  ] as const) {
    const feed = dataPlane.feed(name);
    const follower = { changed() {} };
    feed.follow(follower);
    dataPlane.notify();
    feed.acknowledge(follower, { version: feed.version, open: [id], findings: [] });
    dataPlane.notify();
  }
  await new Promise((resolve) => setImmediate(resolve));
  await dataPlane.drain();
  assert.deepEqual(
    told.map((open) => [...open].sort()),
    [['infra/edge:443', 'infra/inner:8443']],
  );
});
