import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { statusTarget } from '../../src/control/cluster/target.ts';
import { ApiClient, type ApiRequest } from '../../src/sources/kubernetes/client.ts';
import type { ClusterSnapshot } from '../../src/sources/kubernetes/snapshot.ts';
import { ClusterSource, type SourceTimings } from '../../src/sources/kubernetes/source.ts';
import { FakeApi } from './fake-api.ts';
import { until } from './until.ts';

const gateways = '/apis/gateway.networking.k8s.io/v1/gateways';
const secrets = '/api/v1/secrets';
const gatewayKind = { group: 'gateway.networking.k8s.io', kind: 'Gateway' };
const secretKind = { group: '', kind: 'Secret' };
const gateway = (name: string) => ({
  metadata: { name, namespace: 'default' },
  spec: { gatewayClassName: 'farside' },
});

/** Answers of requests that match are kept back until they are released: they took another connection than a watch. */
class SlowClient extends ApiClient {
  hold: RegExp | null = null;
  readonly held: (() => void)[] = [];

  override async json(request: ApiRequest): Promise<unknown> {
    const answer = await super.json(request).then(
      (value) => () => value,
      (cause: unknown) => () => {
        throw cause;
      },
    );
    if (this.hold?.test(`${request.method} ${request.path}`) === true) {
      await new Promise<void>((resolve) => this.held.push(resolve));
    }
    return answer();
  }
}

async function follow(
  context: TestContext,
  prepare: (api: FakeApi) => void,
  timings: Partial<SourceTimings> = {},
  onSnapshot: (snapshot: ClusterSnapshot) => void = () => {},
) {
  const api = new FakeApi();
  const client = new SlowClient(await api.start());
  api.serve(gateways, secrets);
  prepare(api);
  const snapshots: ClusterSnapshot[] = [];
  const source = new ClusterSource({
    client,
    kinds: [gatewayKind, secretKind],
    onSnapshot: (snapshot) => {
      snapshots.push(snapshot);
      onSnapshot(snapshot);
    },
    timings: {
      firstPause: 1,
      longestPause: 10,
      firstAbsence: 5,
      longestAbsence: 10,
      quiet: 1,
      patience: 5,
      ...timings,
    },
  });
  source.start();
  context.after(() => {
    source.close();
    client.close();
    api.stop();
  });
  const names = (): readonly string[] => (snapshots.at(-1)?.objects ?? []).map(({ reference }) => reference.name);
  return { api, client, source, snapshots, names };
}

test('an object that was deleted before the answer to a write of ours came does not come back', async (context) => {
  const { api, client, source, names } = await follow(context, (fake) => fake.put(gateways, gateway('a')));
  await until(() => names().join() === 'a' && api.watching(gateways) > 0);
  const target = statusTarget(client, source);
  const live = target.live(gatewayKind, 'default/a');
  assert.ok(live !== undefined);
  client.hold = /^PATCH/;
  const written = target.patch(gatewayKind, 'default/a', live, { conditions: [] });
  await until(() => client.held.length === 1);
  api.delete(gateways, 'default/a');
  await until(() => names().length === 0);
  client.held[0]?.();
  await written;
  assert.equal(source.live(gatewayKind, 'default/a'), undefined);
  api.put(gateways, gateway('b'));
  await until(() => names().includes('b'));
  assert.deepEqual(names(), ['b']);
});

test('a Secret that was made anew while the answer about the one before was on its way is fetched', async (context) => {
  const ask = (snapshot: ClusterSnapshot): void => {
    snapshot.lookups.note(secretKind, 'default', 'tls');
    snapshot.lookups.complete();
  };
  const { api, client, snapshots, names } = await follow(context, () => {}, {}, ask);
  await until(() => snapshots.length > 0 && api.watching(secrets) > 0);
  const secret = { metadata: { name: 'tls', namespace: 'default' }, data: { a: 'MQ==' } };
  client.hold = /secrets\/tls$/;
  api.faults.push({ path: /secrets\/tls$/, status: 404 });
  api.put(secrets, secret);
  await until(() => client.held.length === 1);
  api.delete(secrets, 'default/tls');
  api.put(secrets, secret);
  api.put(gateways, gateway('told'));
  await until(() => names().includes('told'));
  client.hold = null;
  client.held[0]?.();
  await until(() => names().includes('tls'));
});

test('a Secret that is gone, and of which a watch that fell silent does not tell, holds nothing up', async (context) => {
  let complete = false;
  const ask = (snapshot: ClusterSnapshot): void => {
    snapshot.lookups.note(secretKind, 'default', 'tls');
    complete = snapshot.lookups.complete();
  };
  const { api, snapshots } = await follow(context, () => {}, {}, ask);
  await until(() => snapshots.length > 0 && api.watching(secrets) > 0);
  api.faults.push({ path: /secrets\/tls$/, status: 404 }, { path: /secrets\/tls$/, status: 404 });
  api.put(secrets, { metadata: { name: 'tls', namespace: 'default' }, data: {} });
  api.put(gateways, gateway('a'));
  await until(() => complete && /tls cannot be read/.test(snapshots.at(-1)?.findings[0]?.message ?? ''));
});

test('each kind that cannot be followed for long is told, also one that fails later than another', async (context) => {
  const { api, source, snapshots } = await follow(context, () => {}, { staleAfter: 200 });
  await until(() => snapshots.length > 0 && api.watching(gateways) > 0 && api.watching(secrets) > 0);
  const failing = (path: RegExp): void => {
    for (let count = 0; count < 2_000; count += 1) api.faults.push({ path, status: 503 });
  };
  failing(/\/gateways$/);
  api.endWatches(gateways);
  await until(() => api.requested(/gateways\?watch/).length > 12);
  failing(/\/secrets$/);
  api.endWatches(secrets);
  await until(() => /gateways/.test(snapshots.at(-1)?.stale ?? ''));
  assert.ok(source.waitingFor === null);
  await until(() => /the objects of the cluster/.test(snapshots.at(-1)?.stale ?? ''));
});

test('a server that opens every watch and ends it at once is told to be none that can be followed', async (context) => {
  const { api, snapshots } = await follow(context, () => {}, { staleAfter: 20 });
  await until(() => snapshots.length > 0 && api.watching(gateways) > 0);
  const ending = setInterval(() => api.endWatches(gateways), 1);
  context.after(() => clearInterval(ending));
  await until(() => /gateways cannot be followed/.test(snapshots.at(-1)?.stale ?? ''));
  clearInterval(ending);
  api.put(gateways, gateway('a'));
  await until(() => snapshots.at(-1)?.stale === null);
});

test('who else has entries in the status of a policy is known to translation, and what we write there is no change', async (context) => {
  const policies = '/apis/gateway.networking.k8s.io/v1/backendtlspolicies';
  const policyKind = { group: 'gateway.networking.k8s.io', kind: 'BackendTLSPolicy' };
  const api = new FakeApi();
  const client = new ApiClient(await api.start());
  api.serve(policies);
  const entry = (controllerName: string, reason: string) => ({
    ancestorRef: { name: 'edge' },
    controllerName,
    conditions: [{ type: 'Accepted', reason }],
  });
  const put = (ancestors: readonly object[]) =>
    api.put(policies, { metadata: { name: 'a', namespace: 'default' }, spec: {}, status: { ancestors } });
  put([entry('other', 'x'), entry('ours', 'x')]);
  const snapshots: ClusterSnapshot[] = [];
  const live: string[] = [];
  const source = new ClusterSource({
    client,
    kinds: [policyKind],
    controllerName: 'ours',
    onSnapshot: (snapshot) => snapshots.push(snapshot),
    onLive: (_kind, key) => live.push(key),
    timings: { quiet: 1, patience: 5 },
  });
  source.start();
  context.after(() => {
    source.close();
    client.close();
    api.stop();
  });
  const read = () => (snapshots.at(-1)?.objects[0]?.object as { status?: unknown } | undefined)?.status;
  await until(() => snapshots.length === 1 && api.watching(policies) > 0);
  assert.deepEqual(read(), { ancestors: [{ ancestorRef: { name: 'edge' }, controllerName: 'other' }] });
  live.length = 0;
  put([entry('other', 'y'), entry('ours', 'y')]);
  await until(() => live.length === 1);
  put([entry('ours', 'y')]);
  await until(() => snapshots.length === 2);
  assert.equal(read(), undefined);
});

test('a kind that the cluster names and does not have is told of', async (context) => {
  const { api, source } = await follow(context, (fake) => {
    for (let count = 0; count < 500; count += 1) fake.faults.push({ path: /\/gateways$/, status: 404 });
  });
  await until(() => /gateways: fake: Fault/.test(source.waitingFor ?? ''));
  api.faults.length = 0;
  await until(() => source.waitingFor === null);
});
