import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type StatusTarget, StatusWriter } from '../../src/control/cluster/status-writer.ts';
import { initialTranslatedState, type TranslatedState } from '../../src/control/translated-state.ts';
import { ResourceSet } from '../../src/resources/set.ts';
import { ApiError } from '../../src/sources/kubernetes/api-error.ts';
import { type LiveObject, toResource } from '../../src/sources/kubernetes/kind-store.ts';
import { until } from './until.ts';

const controllerName = 'farside.dev/gateway-controller';
const apiVersion = 'gateway.networking.k8s.io/v1';
const routeKind = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute' };
type Fields = Readonly<Record<string, unknown>>;

const condition = (type: string, status: string, generation = 1) => ({
  type,
  status,
  reason: type,
  message: '',
  observedGeneration: generation,
  lastTransitionTime: '2026-01-01T00:00:00Z',
});
const parent = (controller: string, name: string, status = 'True', generation = 1) => ({
  parentRef: { name },
  controllerName: controller,
  conditions: [condition('Accepted', status, generation)],
});

/** The statuses of routes `default/NAME`, kept as an API server does. */
class Cluster implements StatusTarget {
  readonly kinds = [routeKind];
  readonly objects = new Map<string, LiveObject>();
  readonly patches: { readonly key: string; readonly status: Fields }[] = [];
  /** Called before a patch; may change the object meanwhile, or throw. */
  meanwhile: (key: string) => void = () => {};
  /** How the server keeps what it is given. */
  keep: (status: Fields) => Fields = (status) => status;

  live(_kind: unknown, key: string): LiveObject | undefined {
    return this.objects.get(key);
  }

  keys(): Iterable<string> {
    return this.objects.keys();
  }

  set(key: string, status: Fields | undefined, generation = 1, uid = 'u'): void {
    const version = Number(this.objects.get(key)?.resourceVersion ?? 0) + 1;
    this.objects.set(key, { uid, generation, resourceVersion: String(version), status });
  }

  async patch(_kind: unknown, key: string, live: LiveObject, status: Fields): Promise<{ readonly status?: Fields }> {
    this.meanwhile(key);
    const now = this.objects.get(key);
    if (now?.resourceVersion !== live.resourceVersion) throw new ApiError(409, 'Conflict', 'another version');
    this.patches.push({ key, status });
    const kept = this.keep({ ...now.status, ...status });
    this.set(key, kept, now.generation, now.uid);
    return { status: kept };
  }
}

function start(context: TestContext) {
  const cluster = new Cluster();
  const refused: string[] = [];
  const writer = new StatusWriter({
    target: cluster,
    controllerName,
    now: () => Date.parse('2026-02-02T00:00:00.123Z'),
    onRefused: (_kind, key) => refused.push(key),
  });
  context.after(() => writer.stop());
  let revision = 0;
  /** Desires a status for each route, by name. */
  const desire = (statuses: Readonly<Record<string, Fields>>, uid = 'u'): TranslatedState => {
    revision += 1;
    const names = Object.keys(statuses);
    const metadata = (name: string) => ({ namespace: 'default', name });
    const state: TranslatedState = {
      ...initialTranslatedState,
      revision,
      resources: new ResourceSet(
        names.map((name) => toResource({ apiVersion, kind: 'HTTPRoute', metadata: { ...metadata(name), uid } })),
      ),
      status: names.map((name) => ({
        apiVersion,
        kind: 'HTTPRoute',
        metadata: metadata(name),
        status: statuses[name] ?? {},
      })),
    };
    writer.update(state);
    return state;
  };
  return { cluster, writer, desire, refused };
}

const parents = (cluster: Cluster, name: string): readonly Fields[] =>
  (cluster.objects.get(`default/${name}`)?.status?.parents ?? []) as readonly Fields[];
const controllers = (cluster: Cluster, name: string) => parents(cluster, name).map((entry) => entry.controllerName);

test('only the leader writes, and only what differs', async (context) => {
  const { cluster, writer, desire } = start(context);
  cluster.set('default/a', undefined);
  cluster.set('default/b', { parents: [parent(controllerName, 'edge')] });
  desire({ a: { parents: [parent(controllerName, 'edge')] }, b: { parents: [parent(controllerName, 'edge')] } });
  assert.equal(cluster.patches.length, 0);
  writer.lead();
  await until(() => cluster.patches.length > 0);
  assert.deepEqual(parents(cluster, 'a'), [
    {
      ...parent(controllerName, 'edge'),
      conditions: [{ ...condition('Accepted', 'True'), lastTransitionTime: '2026-02-02T00:00:00Z' }],
    },
  ]);
  await writer.stop();
  assert.deepEqual(
    cluster.patches.map(({ key }) => key),
    ['default/a'],
  );
});

test("others' entries stay; ours go when nothing is desired any more, also those of an earlier leader", async (context) => {
  const { cluster, writer, desire } = start(context);
  cluster.set('default/a', { parents: [parent('other', 'x'), parent(controllerName, 'edge')] });
  cluster.set('default/stale', { parents: [parent('other', 'x'), parent(controllerName, 'gone')] });
  cluster.set('default/foreign', { parents: [parent('other', 'x')] });
  desire({ a: { parents: [parent(controllerName, 'edge', 'False')] } });
  writer.lead();
  await until(() => cluster.patches.length === 2);
  assert.deepEqual(controllers(cluster, 'a'), ['other', controllerName]);
  assert.deepEqual(controllers(cluster, 'stale'), ['other']);
  desire({});
  await until(() => controllers(cluster, 'a').length === 1);
  assert.deepEqual(controllers(cluster, 'a'), ['other']);
  assert.ok(cluster.patches.every(({ key }) => key !== 'default/foreign'));
});

test('nothing is removed before anything is known', async (context) => {
  const { cluster, writer } = start(context);
  cluster.set('default/a', { parents: [parent(controllerName, 'edge')] });
  writer.lead();
  writer.touched(routeKind, 'default/a');
  writer.update(initialTranslatedState);
  await writer.stop();
  assert.deepEqual(cluster.patches, []);
});

test('a conflict is looked at anew: what somebody else wrote meanwhile stays', async (context) => {
  const { cluster, writer, desire } = start(context);
  cluster.set('default/a', undefined);
  cluster.meanwhile = (key) => {
    cluster.meanwhile = () => {};
    cluster.set(key, { parents: [parent('other', 'x')] });
  };
  desire({ a: { parents: [parent(controllerName, 'edge')] } });
  writer.lead();
  await until(() => cluster.patches.length === 1);
  assert.deepEqual(controllers(cluster, 'a'), ['other', controllerName]);
});

test('a status of an older generation, or of an object that was made anew, is not written', async (context) => {
  const { cluster, writer, desire } = start(context);
  cluster.set('default/changed', undefined, 2);
  cluster.set('default/anew', undefined, 1, 'another');
  cluster.set('default/same', undefined);
  const status = { parents: [parent(controllerName, 'edge')] };
  writer.lead();
  desire({ changed: status, anew: status, same: status });
  await until(() => cluster.patches.length > 0);
  assert.deepEqual(
    cluster.patches.map(({ key }) => key),
    ['default/same'],
  );
  desire({ changed: { parents: [parent(controllerName, 'edge', 'True', 2)] }, anew: status, same: status });
  await until(() => cluster.patches.length > 1);
  assert.deepEqual(
    cluster.patches.map(({ key }) => key),
    ['default/same', 'default/changed'],
  );
});

test('conditions of others stay, and ours that no longer hold go', async (context) => {
  const { cluster, writer, desire } = start(context);
  const foreign = condition('example.com/Scanned', 'True');
  cluster.set('default/a', {
    conditions: [condition('Accepted', 'True'), condition('PartiallyInvalid', 'True'), foreign],
  });
  desire({ a: { conditions: [condition('Accepted', 'True')] } });
  writer.lead();
  await until(() => cluster.patches.length === 1);
  assert.deepEqual(cluster.objects.get('default/a')?.status?.conditions, [condition('Accepted', 'True'), foreign]);
});

test('a server that keeps a status in another form is not written to over and over', async (context) => {
  const { cluster, writer, desire } = start(context);
  cluster.set('default/a', undefined);
  cluster.set('default/b', undefined);
  cluster.keep = (status) => ({
    parents: (status.parents as readonly Fields[]).map((entry) => ({
      ...entry,
      parentRef: { kind: 'Gateway', name: 'edge' },
    })),
  });
  desire({ a: { parents: [parent(controllerName, 'edge')] } });
  writer.lead();
  await until(() => cluster.patches.length === 1);
  writer.touched(routeKind, 'default/a');
  desire({ a: { parents: [parent(controllerName, 'edge')] }, b: { parents: [parent(controllerName, 'edge')] } });
  await until(() => cluster.patches.some(({ key }) => key === 'default/b'));
  await writer.stop();
  assert.equal(cluster.patches.filter(({ key }) => key === 'default/a').length, 1);
});

test('what is refused is told; what fails is tried again', async (context) => {
  const { cluster, writer, desire, refused } = start(context);
  cluster.set('default/a', undefined);
  let failures = 0;
  cluster.meanwhile = () => {
    failures += 1;
    if (failures === 1) throw new ApiError(422, 'Invalid', 'too long');
  };
  desire({ a: { parents: [parent(controllerName, 'edge')] } });
  writer.lead();
  await until(() => cluster.patches.length === 1);
  assert.deepEqual(refused, ['default/a']);
});

test('who does not lead remembers no object that came and went', async (context) => {
  const { cluster, writer, desire } = start(context);
  const status = { parents: [parent(controllerName, 'edge')] };
  for (const name of ['a', 'b', 'c']) desire({ [name]: status });
  const asked = new Set<string>();
  const live = cluster.live.bind(cluster);
  cluster.live = (kind, key) => {
    asked.add(key);
    return live(kind, key);
  };
  cluster.set('default/c', undefined);
  writer.lead();
  await until(() => cluster.patches.length === 1);
  assert.deepEqual([...asked], ['default/c']);
});

test('a conflict that stays, since the watch does not tell of what changed, is asked about less and less', async (context) => {
  const { cluster, writer, desire } = start(context);
  cluster.set('default/a', undefined);
  let conflicts = 0;
  cluster.meanwhile = () => {
    conflicts += 1;
    throw new ApiError(409, 'Conflict', 'another version');
  };
  writer.lead();
  const pauses: number[] = [];
  context.mock.method(
    globalThis,
    'setTimeout',
    ((original) =>
      ((callback: () => void, delay: number) => {
        pauses.push(delay);
        return original(callback, 0);
      }) as typeof setTimeout)(globalThis.setTimeout),
  );
  desire({ a: { parents: [parent(controllerName, 'edge')] } });
  while (conflicts < 12) await new Promise<void>((resolve) => setImmediate(resolve));
  await writer.stop();
  assert.deepEqual(pauses.slice(0, 11), [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 30_000]);
});

test('a status that is refused over and over is told once, until it is taken', async (context) => {
  const { cluster, writer, desire, refused } = start(context);
  cluster.set('default/a', undefined);
  let attempts = 0;
  cluster.meanwhile = () => {
    attempts += 1;
    if (attempts < 4) throw new ApiError(403, 'Forbidden', 'not allowed');
  };
  desire({ a: { parents: [parent(controllerName, 'edge')] } });
  writer.lead();
  while (attempts < 4) {
    const before = attempts;
    writer.touched(routeKind, 'default/a');
    await until(() => attempts > before);
  }
  await until(() => cluster.patches.length === 1);
  assert.deepEqual(refused, ['default/a']);
});

test('entries in another order, as another controller may write them, are not put in order again', async (context) => {
  const { cluster, writer, desire } = start(context);
  const entries = [parent(controllerName, 'edge'), parent('other', 'x')];
  cluster.set('default/a', {
    parents: entries,
    conditions: [condition('Theirs', 'True'), condition('Accepted', 'True')],
  });
  cluster.set('default/b', undefined);
  const own = { parents: [parent(controllerName, 'edge')] };
  desire({ a: { ...own, conditions: [condition('Accepted', 'True')] }, b: own });
  writer.lead();
  await until(() => cluster.patches.length > 0);
  await writer.stop();
  assert.deepEqual(
    cluster.patches.map(({ key }) => key),
    ['default/b'],
  );
});

test('a status that somebody made unreadable ends nothing', async (context) => {
  const { cluster, writer, desire } = start(context);
  cluster.set('default/a', { parents: [null], ancestors: 'none' });
  cluster.set('default/b', { parents: [null, parent(controllerName, 'gone')] });
  writer.lead();
  desire({});
  await until(() => cluster.patches.length > 0);
  await writer.stop();
  assert.deepEqual(cluster.patches, [{ key: 'default/b', status: { parents: [null] } }]);
});
