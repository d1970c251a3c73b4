import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { SelectionWriter } from '../../src/control/cluster/selection-writer.ts';
import { selectionLabel } from '../../src/infrastructure/selection/service.ts';
import type { Backend } from '../../src/model/backend.ts';
import { emptyModel, type Model } from '../../src/model/model.ts';
import type { Service } from '../../src/resources/core.ts';
import type { KubernetesObject, Resource } from '../../src/resources/object.ts';
import { ResourceSet } from '../../src/resources/set.ts';
import { ApiClient } from '../../src/sources/kubernetes/client.ts';
import { toResource } from '../../src/sources/kubernetes/kind-store.ts';
import { FakeApi } from './fake-api.ts';
import { until } from './until.ts';

const services = '/api/v1/services';
const apiVersion = 'gateway.networking.x-k8s.io/v1alpha1';

const xBackend = (labels: object, port = 9_000, uid = 'uid-1') =>
  toResource({
    apiVersion,
    kind: 'XBackend',
    metadata: { namespace: 'shop', name: 'orders.v2', uid },
    spec: { type: 'EndpointSelector', endpointSelector: { matchLabels: labels }, port: { number: port } },
  } as KubernetesObject);

const external = toResource({
  apiVersion,
  kind: 'XBackend',
  metadata: { namespace: 'shop', name: 'orders.v2', uid: 'uid-1' },
  spec: { type: 'ExternalHostname', externalHostname: { hostname: 'example.com' }, port: { number: 443 } },
} as KubernetesObject);

const origin = { apiVersion, kind: 'XBackend', namespace: 'shop', name: 'orders.v2' };
const backend: Backend = {
  id: 'orders',
  service: 'orders',
  protocol: 'auto',
  security: { type: 'plaintext', origin: { ...origin, field: '', file: null, line: null, column: null } },
  endpoints: 'orders',
  connectTimeout: 5_000,
  origin: { ...origin, field: 'spec', file: null, line: null, column: null },
};
const reaching: Model = { ...emptyModel, backends: { orders: backend } };

async function start(context: TestContext) {
  const api = new FakeApi();
  const client = new ApiClient(await api.start());
  api.serve(services);
  const troubles: (string | null)[] = [];
  const writer = new SelectionWriter({ client, onTrouble: (_, cause) => troubles.push(cause?.message ?? null) });
  context.after(async () => {
    await writer.stop();
    client.close();
    api.stop();
  });
  const there = async (): Promise<readonly Service[]> => {
    const list = (await client.json({ method: 'GET', path: services })) as { readonly items: readonly Service[] };
    return list.items.map((service) => ({ ...service, apiVersion: 'v1', kind: 'Service' }));
  };
  /** The state as it is once the watch has told of all Services. */
  const tell = async (objects: readonly Resource[], model = reaching) =>
    writer.update({ revision: 1, resources: new ResourceSet([...objects, ...(await there()).map(toResource)]), model });
  return { api, writer, troubles, there, tell };
}

const writes = (api: FakeApi): readonly string[] => api.requested(/^(POST|DELETE|PATCH|PUT) /);

test('the leader alone makes one Service for what an XBackend selects, which its XBackend owns', async (context) => {
  const { api, writer, there, tell } = await start(context);
  await tell([xBackend({ app: 'orders' })]);
  assert.deepEqual(writes(api), []);
  writer.lead();
  await until(async () => (await there()).length === 1);
  const [service] = await there();
  assert.match(service?.metadata.name ?? '', /^farside-orders-v2-\d+$/);
  assert.deepEqual(service?.metadata.ownerReferences, [
    { apiVersion, kind: 'XBackend', name: 'orders.v2', uid: 'uid-1', controller: true },
  ]);
  assert.equal(service?.metadata.labels?.[selectionLabel], 'uid-1');
  assert.deepEqual(service?.spec, {
    clusterIP: 'None',
    selector: { app: 'orders' },
    ports: [{ port: 9_000, targetPort: 9_000, protocol: 'TCP' }],
  });
  await tell([xBackend({ app: 'orders' })]);
  await writer.stop();
  assert.equal(writes(api).length, 1);
});

test('another selection gets another Service, and the one before goes', async (context) => {
  const { writer, there, tell } = await start(context);
  writer.lead();
  await tell([xBackend({ app: 'orders' })]);
  await until(async () => (await there()).length === 1);
  await tell([xBackend({ app: 'orders', track: 'stable' }, 9_001)]);
  await until(async () => (await there()).map(({ spec }) => spec.ports?.[0]?.port).join() === '9001');
  assert.deepEqual((await there())[0]?.spec.selector, { app: 'orders', track: 'stable' });
});

test('what selects nothing any more, or is not reached, has no Service', async (context) => {
  const { writer, there, tell } = await start(context);
  writer.lead();
  for (const gone of [
    () => tell([external]),
    () => tell([xBackend({ app: 'orders' })], { ...reaching, backends: {} }),
  ]) {
    await tell([xBackend({ app: 'orders' })]);
    await until(async () => (await there()).length === 1);
    await gone();
    await until(async () => (await there()).length === 0);
  }
});

test('a Service that carries the label and is of somebody else is left alone', async (context) => {
  const { api, writer, there, tell } = await start(context);
  const metadata = { name: 'theirs', namespace: 'shop', labels: { [selectionLabel]: 'uid-1' } };
  api.put(services, { metadata, spec: { selector: { app: 'orders' }, ports: [] } });
  writer.lead();
  await tell([xBackend({ app: 'orders' })]);
  await until(async () => (await there()).length === 2);
  await tell([external]);
  await until(async () => (await there()).length === 1);
  assert.equal((await there())[0]?.metadata.name, 'theirs');
});

test('a Service that somebody deletes is made again, and an API server that refuses is asked again', async (context) => {
  const { api, writer, troubles, there, tell } = await start(context);
  api.faults.push({ path: /namespaces\/shop\/services/, status: 403 });
  writer.lead();
  await tell([xBackend({ app: 'orders' })]);
  await until(async () => (await there()).length === 1);
  assert.deepEqual([troubles.length, troubles.at(-1)], [2, null]);
  await tell([xBackend({ app: 'orders' })]);
  const [service] = await there();
  api.delete(services, `shop/${service?.metadata.name}`);
  await tell([xBackend({ app: 'orders' })]);
  await until(async () => (await there()).length === 1);
  assert.notEqual((await there())[0]?.metadata.name, service?.metadata.name);
});

test('a Service that could not be made is tried again, also where the state was told once more meanwhile', async (context) => {
  const { api, writer, troubles, there } = await start(context);
  api.faults.push({ path: /\/namespaces\/shop\/services$/, status: 500 });
  writer.lead();
  const state = { revision: 1, resources: new ResourceSet([xBackend({ app: 'orders' })]), model: reaching };
  writer.update(state);
  // The answer is on its way: the same is desired once more, as with every change of the cluster.
  writer.update({ ...state, revision: 2 });
  await until(async () => (await there()).length === 1);
  assert.deepEqual(troubles, ['fake: Fault', null]);
});
