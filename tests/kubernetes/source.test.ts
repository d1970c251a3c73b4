import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { gatewayApi } from '../../src/dialects/gateway-api/index.ts';
import { ApiClient } from '../../src/sources/kubernetes/client.ts';
import { watchedKindsOf } from '../../src/sources/kubernetes/kinds.ts';
import { clusterRules } from '../../src/sources/kubernetes/rbac.ts';
import type { ClusterSnapshot } from '../../src/sources/kubernetes/snapshot.ts';
import { ClusterSource, type SourceTimings } from '../../src/sources/kubernetes/source.ts';
import { FakeApi } from './fake-api.ts';
import { until } from './until.ts';

const gateways = '/apis/gateway.networking.k8s.io/v1/gateways';
const secrets = '/api/v1/secrets';
const kinds = [
  { group: 'gateway.networking.k8s.io', kind: 'Gateway' },
  { group: '', kind: 'Secret' },
];
const secretKind = { group: '', kind: 'Secret' };
const gateway = (name: string, more: Record<string, unknown> = {}) => ({
  metadata: { name, namespace: 'default' },
  spec: { gatewayClassName: 'farside' },
  ...more,
});
const secret = (name: string, value: string) => ({ metadata: { name, namespace: 'default' }, data: { a: value } });
const quick = { firstPause: 1, longestPause: 10, firstAbsence: 5, longestAbsence: 10, quiet: 1, patience: 5 };

async function follow(
  context: TestContext,
  prepare: (api: FakeApi) => void,
  timings: Partial<SourceTimings> = {},
  onSnapshot: (snapshot: ClusterSnapshot) => void = () => {},
) {
  const api = new FakeApi();
  const access = await api.start();
  prepare(api);
  const client = new ApiClient(access);
  const snapshots: ClusterSnapshot[] = [];
  const live: string[] = [];
  const named: string[] = [];
  const source = new ClusterSource({
    client,
    kinds,
    onSnapshot: (snapshot) => {
      snapshots.push(snapshot);
      onSnapshot(snapshot);
    },
    onLive: (_kind, key) => live.push(key),
    onName: (_kind, key) => named.push(key),
    timings: { ...quick, ...timings },
  });
  source.start();
  context.after(() => {
    source.close();
    client.close();
    api.stop();
  });
  const last = (): ClusterSnapshot | undefined => snapshots.at(-1);
  const names = (): readonly string[] => (last()?.objects ?? []).map(({ reference }) => reference.name);
  return { api, source, snapshots, live, named, last, names };
}

const serveBoth = (api: FakeApi): void => api.serve(gateways, secrets);

test('every kind of the dialects has a way to be read, and the rules name it once', () => {
  const rules = clusterRules(watchedKindsOf(gatewayApi.kinds));
  const resources = rules.flatMap((rule) => rule.resources.map((name) => `${rule.apiGroups.join()}/${name}`));
  assert.equal(new Set(resources).size, resources.length);
  assert.ok(resources.includes('gateway.networking.k8s.io/httproutes/status'));
  assert.ok(rules.every(({ verbs }) => !verbs.includes('*') && !verbs.includes('create') && !verbs.includes('delete')));
});

test('lists every page, and nothing is delivered before every kind was listed', async (context) => {
  const { api, snapshots, source, names } = await follow(context, (fake) => {
    serveBoth(fake);
    fake.page = 2;
    fake.faults.push({ path: /\/api\/v1\/secrets$/, status: 503 }, { path: /\/api\/v1\/secrets$/, status: 403 });
    for (const name of ['a', 'b', 'c', 'd', 'e']) fake.put(gateways, gateway(name));
  });
  assert.match(source.waitingFor ?? '', /waiting for the API server to list/);
  await until(() => snapshots.length > 0);
  assert.deepEqual(names(), ['a', 'b', 'c', 'd', 'e']);
  assert.equal(api.requested(/gateways\?limit/).length, 3);
  assert.equal(api.requested(/secrets\?limit/).length, 3);
  assert.equal(source.waitingFor, null);
});

test('a watch that ends goes on where it was, without another list', async (context) => {
  const { api, names } = await follow(context, serveBoth);
  await until(() => api.watching(gateways) > 0);
  api.put(gateways, gateway('a'));
  await until(() => names().length === 1);
  api.endWatches(gateways);
  api.put(gateways, gateway('b'));
  await until(() => names().length === 2);
  assert.equal(api.requested(/gateways\?limit/).length, 1);
});

for (const [what, expire] of [
  ['in the middle of a watch', (api: FakeApi) => api.tellError(gateways, 410, 'Expired')],
  [
    'when a watch begins',
    (api: FakeApi) => {
      api.oldest = 1_000_000;
      api.endWatches(gateways);
      void until(() => api.requested(/gateways\?limit/).length > 1).then(() => {
        api.oldest = 0;
      });
    },
  ],
] as const) {
  test(`410 ${what}: lists anew, and what vanished meanwhile is gone`, async (context) => {
    const { api, names } = await follow(context, (fake) => {
      serveBoth(fake);
      fake.put(gateways, gateway('a'));
      fake.put(gateways, gateway('b'));
    });
    await until(() => names().length === 2 && api.watching(gateways) > 0);
    expire(api);
    // Nobody is told of it: only a list can show it.
    api.delete(gateways, 'default/a');
    await until(() => names().join() === 'b');
    assert.ok(api.requested(/gateways\?limit/).length > 1);
  });
}

test('a watch that falls silent is taken for dead and opened again', async (context) => {
  const { api } = await follow(context, serveBoth, { silence: 30 });
  await until(() => api.requested(/gateways\?watch/).length >= 3);
  assert.equal(api.requested(/gateways\?limit/).length, 1);
});

test('a change of the status is told to who writes statuses, and makes no snapshot', async (context) => {
  const { api, snapshots, live, source } = await follow(context, (fake) => {
    serveBoth(fake);
    fake.put(gateways, gateway('a'));
  });
  await until(() => snapshots.length === 1 && api.watching(gateways) > 0);
  const before = source.store(kinds[0] as (typeof kinds)[0])?.resource('default/a');
  live.length = 0;
  api.put(gateways, gateway('a', { status: { conditions: [] } }));
  await until(() => live.length > 0);
  assert.equal(source.store(kinds[0] as (typeof kinds)[0])?.resource('default/a'), before);
  api.put(gateways, gateway('b'));
  await until(() => snapshots.length > 1);
  assert.equal(snapshots.length, 2);
  assert.equal(snapshots[1]?.objects[0], before);
});

test('of Secrets only those that a translation asks for are ever fetched, and again when they change', async (context) => {
  const wanted = new Set(['referred']);
  const complete: boolean[] = [];
  const { api, last, names } = await follow(
    context,
    (fake) => {
      serveBoth(fake);
      fake.put(secrets, secret('referred', 'one'));
      fake.put(secrets, secret('private', 'nobody'));
    },
    {},
    ({ lookups }) => {
      for (const name of wanted) lookups.note(secretKind, 'default', name);
      complete.push(lookups.complete());
    },
  );
  const values = (): unknown => last()?.objects.map(({ object }) => (object as { data?: unknown }).data);
  await until(() => complete.at(-1) === true);
  assert.equal(complete[0], false, 'the first translation had to wait for the Secret');
  assert.deepEqual(values(), [{ a: 'one' }]);
  api.put(secrets, secret('referred', 'two'));
  await until(() => JSON.stringify(values()) === '[{"a":"two"}]');
  assert.deepEqual(api.requested(/secrets\/private/), []);

  // What does not exist is not waited for; and comes when it does.
  wanted.add('later');
  api.put(gateways, gateway('a'));
  await until(() => names().includes('a'));
  assert.equal(complete.at(-1), true);
  api.put(secrets, secret('later', 'x'));
  await until(() => JSON.stringify(values())?.includes('"x"') === true);

  // What nobody asks for any more is forgotten, and no longer fetched.
  wanted.clear();
  api.put(gateways, gateway('b'));
  await until(() => names().includes('b'));
  const fetched = api.requested(/secrets\/referred/).length;
  api.put(secrets, secret('referred', 'three'));
  api.put(gateways, gateway('c'));
  await until(() => names().includes('c'));
  assert.deepEqual(names(), ['a', 'b', 'c']);
  assert.equal(api.requested(/secrets\/referred/).length, fetched);
});

test('a Secret that cannot be read counts as absent, is told, and holds nothing up', async (context) => {
  const complete: boolean[] = [];
  const { api, last } = await follow(
    context,
    (fake) => {
      serveBoth(fake);
      fake.put(secrets, secret('referred', 'one'));
      for (let i = 0; i < 3; i += 1) fake.faults.push({ path: /secrets\/referred$/, status: 403 });
    },
    {},
    ({ lookups }) => {
      lookups.note(secretKind, 'default', 'referred');
      complete.push(lookups.complete());
    },
  );
  await until(() => last()?.findings[0]?.reason === 'NotReadable');
  assert.equal(complete.at(-1), true);
  assert.deepEqual(last()?.objects, []);
  await until(() => last()?.objects.length === 1);
  assert.deepEqual(last()?.findings, []);
  assert.ok(api.requested(/secrets\/referred/).length >= 4);
});

test('a Secret that goes while it is fetched holds nothing up', async (context) => {
  const complete: boolean[] = [];
  const { api } = await follow(
    context,
    (fake) => {
      serveBoth(fake);
      fake.put(secrets, secret('referred', 'one'));
      fake.faults.push({ path: /secrets\/referred$/, status: 404 });
    },
    {},
    ({ lookups }) => {
      lookups.note(secretKind, 'default', 'referred');
      complete.push(lookups.complete());
    },
  );
  await until(() => api.requested(/secrets\/referred/).length > 0 && api.watching(secrets) > 0);
  assert.deepEqual(complete, [false]);
  api.delete(secrets, 'default/referred');
  await until(() => complete.at(-1) === true);
});

test('a Secret that changed or went while nobody watched is told of', async (context) => {
  const { api, named } = await follow(context, (fake) => {
    serveBoth(fake);
    for (const name of ['changed', 'gone', 'kept']) fake.put(secrets, secret(name, 'one'));
  });
  await until(() => api.watching(secrets) > 0);
  assert.deepEqual(named, [], 'the first list tells of nothing new');
  // What is told to nobody: the watch is ended as one whose version is forgotten, and the list comes after the changes.
  api.tellError(secrets, 410, 'Expired');
  api.put(secrets, secret('changed', 'two'));
  api.delete(secrets, 'default/gone');
  await until(() => named.length > 0);
  assert.deepEqual(named, ['default/changed', 'default/gone']);
});

test('a kind that the cluster does not serve is no obstacle, and is followed once it appears', async (context) => {
  const { api, snapshots, names } = await follow(context, (fake) => fake.serve(secrets));
  await until(() => snapshots.length > 0);
  assert.deepEqual(names(), []);
  api.serve(gateways);
  api.put(gateways, gateway('a'));
  await until(() => names().join() === 'a');
});

test('a kind that is served only in versions that are not read is told, until one that is comes', async (context) => {
  const old = '/apis/gateway.networking.k8s.io/v1alpha1/gateways';
  const { api, last, names } = await follow(context, (fake) => {
    fake.serve(secrets, old);
    fake.put(old, gateway('unseen'));
  });
  const unserved = { group: 'gateway.networking.k8s.io', kind: 'Gateway', read: ['v1', 'v1beta1'] };
  await until(() => last() !== undefined);
  assert.deepEqual(last()?.unserved, [{ ...unserved, served: ['v1alpha1'] }]);
  assert.deepEqual(names(), []);
  api.serve('/apis/gateway.networking.k8s.io/v1alpha2/gateways');
  await until(() => last()?.unserved[0]?.served.length === 2);
  api.serve(gateways);
  api.put(gateways, gateway('seen'));
  await until(() => names().includes('seen'));
  assert.deepEqual(last()?.unserved, []);
});

test('an API server that is away: the objects stay, and it is told that they are old', async (context) => {
  const { api, last, names } = await follow(
    context,
    (fake) => {
      serveBoth(fake);
      fake.put(gateways, gateway('a'));
    },
    { staleAfter: 20 },
  );
  await until(() => names().join() === 'a' && api.watching(gateways) > 0);
  assert.equal(last()?.stale, null);
  api.stop();
  await until(() => typeof last()?.stale === 'string');
  assert.deepEqual(names(), ['a']);
  assert.equal(last()?.findings[0]?.reason, 'SourceUnavailable');
  assert.ok(!JSON.stringify(last()?.findings).includes('secret-token'));
});
