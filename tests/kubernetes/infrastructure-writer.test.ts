import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { InfrastructureWriter, type WrittenObjects } from '../../src/control/cluster/infrastructure-writer.ts';
import type { DesiredObject } from '../../src/infrastructure/gateway/objects.ts';
import { type DataPlaneUnit, unitOfGateway } from '../../src/infrastructure/gateway/unit.ts';
import type { Gateway } from '../../src/resources/generated/types.ts';
import type { KubernetesObject } from '../../src/resources/object.ts';
import { until } from './until.ts';

const gateway: Gateway = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'edge', namespace: 'infra', uid: 'uid-edge' },
  spec: {
    gatewayClassName: 'farside',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } }],
  },
  status: { conditions: [] },
};
const unit: DataPlaneUnit = unitOfGateway({
  reference: { apiVersion: gateway.apiVersion, kind: gateway.kind, namespace: 'infra', name: 'edge' },
  object: gateway,
  provenance: { file: null, position: () => null },
});

const account: DesiredObject = {
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: {
    name: unit.objectName,
    namespace: 'infra',
    labels: unit.labels,
    ownerReferences: unit.owner === null ? [] : [unit.owner],
  },
};

/** Objects in memory. An apply adds its fields to what is there, as the API server does it where nothing conflicts. */
class Memory implements WrittenObjects {
  readonly objects = new Map<string, KubernetesObject>();
  readonly applied: { readonly kind: string; readonly force: boolean }[] = [];

  async apply(object: DesiredObject, force: boolean): Promise<KubernetesObject> {
    this.applied.push({ kind: object.kind, force });
    const known = this.objects.get(object.kind);
    const metadata = { uid: 'uid-of-it', ...known?.metadata, ...object.metadata };
    const made = { ...known, ...object, metadata };
    this.objects.set(object.kind, made);
    return made;
  }

  async get<T extends KubernetesObject>({ kind }: { readonly kind: string }): Promise<T | null> {
    return (this.objects.get(kind) as T | undefined) ?? null;
  }

  async delete({ kind }: { readonly kind: string }): Promise<void> {
    this.objects.delete(kind);
  }
}

function start(t: TestContext) {
  const memory = new Memory();
  const troubles: (string | null)[] = [];
  const writer = new InfrastructureWriter({
    objects: memory,
    credentials: async () => [],
    onTrouble: (_, cause) => troubles.push(cause?.message ?? null),
  });
  t.after(() => writer.stop());
  const want = (objects: readonly DesiredObject[], unwanted: readonly string[] = []): void => {
    const names = unwanted.map((kind) => ({ kind, namespace: 'infra', name: unit.objectName }));
    writer.update(new Map([[unit.name, { unit, objects, unwanted: names, live: [] }]]));
  };
  return { memory, writer, troubles, want };
}

test('an object of somebody else is neither taken over nor removed, though nothing in it conflicts', async (t) => {
  const { memory, writer, troubles, want } = start(t);
  const theirs = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: unit.objectName, namespace: 'infra' } };
  memory.objects.set('ServiceAccount', theirs);
  want([account]);
  writer.lead();
  await until(() => troubles.length > 0);
  assert.match(
    troubles[0] ?? '',
    /^there is a ServiceAccount infra\/\S+ already, and it is not of Gateway infra\/edge$/,
  );
  assert.deepEqual([memory.applied, memory.objects.get('ServiceAccount')], [[], theirs]);
  memory.objects.delete('ServiceAccount');
  await until(() => troubles.length > 1);
  assert.equal(troubles[1], null, 'once it is gone there is one of our own');
  assert.equal(memory.objects.get('ServiceAccount')?.metadata.ownerReferences?.[0]?.uid, 'uid-edge');
  memory.objects.set('ServiceAccount', { ...theirs, metadata: { ...theirs.metadata, uid: 'uid-theirs' } });
  want([], ['ServiceAccount']);
  want([account], ['ServiceAccount']);
  await until(() => troubles.length > 2);
  assert.equal(memory.objects.get('ServiceAccount')?.metadata.uid, 'uid-theirs');
});

test('what nobody owns any more and has the labels of the unit is its own again', async (t) => {
  const { memory, writer, want } = start(t);
  const { ownerReferences: _, ...metadata } = account.metadata;
  memory.objects.set('ServiceAccount', { ...account, metadata });
  want([account]);
  writer.lead();
  await until(() => memory.objects.get('ServiceAccount')?.metadata.ownerReferences?.[0]?.uid === 'uid-edge');
});

test('fields that somebody set in an object of ours are set back', async (t) => {
  const { memory, writer, want } = start(t);
  want([account]);
  writer.lead();
  await until(() => memory.applied.length === 1);
  want([{ ...account, metadata: { ...account.metadata, annotations: { a: 'b' } } }]);
  await until(() => memory.applied.length === 2);
  assert.deepEqual(
    memory.applied.map(({ force }) => force),
    [false, true],
  );
});

test('who does not lead any more writes nothing further, also of what it had begun', async (t) => {
  const { memory, writer, want } = start(t);
  const began = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const apply = memory.apply.bind(memory);
  memory.apply = async (object, force) => {
    began.resolve();
    await released.promise;
    return apply(object, force);
  };
  want([account, { ...account, kind: 'Service' }], ['PodDisruptionBudget']);
  writer.lead();
  await began.promise;
  const stopped = writer.stop();
  released.resolve();
  await stopped;
  assert.deepEqual(
    memory.applied.map(({ kind }) => kind),
    ['ServiceAccount'],
  );
});

test('what stood in the way under an earlier lead, and does not any more, is told', async (t) => {
  const { memory, writer, troubles, want } = start(t);
  memory.objects.set('ServiceAccount', { ...account, metadata: { name: unit.objectName, namespace: 'infra' } });
  want([account]);
  writer.lead();
  await until(() => troubles.length === 1);
  await writer.stop();
  memory.objects.clear();
  writer.lead();
  await until(() => troubles.length === 2);
  assert.equal(troubles[1], null);
});
