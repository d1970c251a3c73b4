import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { pino } from 'pino';
import { startClusterGateway } from '../../src/control/cluster/gateway.ts';
import { adminPort, containerPort } from '../../src/dataplanes/node/remote/container-port.ts';
import { gatewayApi } from '../../src/dialects/gateway-api/index.ts';
import { ApiClient } from '../../src/sources/kubernetes/client.ts';
import { FakeApi } from './fake-api.ts';
import { until } from './until.ts';

const collections = {
  GatewayClass: '/apis/gateway.networking.k8s.io/v1/gatewayclasses',
  Gateway: '/apis/gateway.networking.k8s.io/v1/gateways',
  Service: '/api/v1/services',
  ServiceAccount: '/api/v1/serviceaccounts',
  Secret: '/api/v1/secrets',
  Deployment: '/apis/apps/v1/deployments',
  PodDisruptionBudget: '/apis/policy/v1/poddisruptionbudgets',
};
type Kind = keyof typeof collections;
const home = 'farside-system';
const authority = `${home}/farside-stream-authority`;
const ofEdge = 'infra/farside-edge';

/** A controller with data planes in pods, and a Gateway that has all that one is made of. */
async function start(context: TestContext) {
  const api = new FakeApi();
  const client = new ApiClient(await api.start());
  api.serve(...Object.values(collections));
  api.put(collections.GatewayClass, {
    metadata: { name: 'farside' },
    spec: { controllerName: 'farside.dev/gateway-controller' },
  });
  const listeners = [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } }];
  api.put(collections.Gateway, {
    metadata: { namespace: 'infra', name: 'edge' },
    spec: { gatewayClassName: 'farside', listeners },
  });
  const gateway = await startClusterGateway({
    client,
    placement: {
      ...{ type: 'pods', namespace: home, deployment: null, stream: { host: '127.0.0.1', port: 0 } },
      installation: { image: 'farside:test', controller: '127.0.0.1:1', adminPort, containerPort },
    },
    ...{ admin: null, logger: pino({ level: 'silent' }), election: null, dialects: [gatewayApi] },
  });
  context.after(async () => {
    await gateway.stop(0);
    api.stop();
  });
  const get = (kind: Kind, key: string) => api.get(collections[kind], key);
  /** What was written of an object, without what the API server keeps account by. */
  const content = (kind: Kind, key: string) => {
    const object = get(kind, key);
    if (object === undefined) return null;
    const { resourceVersion, generation, ...metadata } = object.metadata;
    return { ...object, metadata };
  };
  /** What somebody else does to an object. */
  const change = (kind: Kind, key: string, fields: Readonly<Record<string, unknown>>): void => {
    const object = get(kind, key);
    assert.ok(object);
    const metadata = { ...object.metadata, ...(fields.metadata as object | undefined) };
    const generation = (object.metadata.generation ?? 1) + ('spec' in fields ? 1 : 0);
    api.put(collections[kind], { ...object, ...fields, metadata: { ...metadata, generation } });
  };
  const all: readonly Kind[] = ['Secret', 'ServiceAccount', 'Deployment', 'Service', 'PodDisruptionBudget'];
  await until(() => all.every((kind) => get(kind, ofEdge) !== undefined));
  return { api, get, content, change, quiet: () => quiet(api) };
}

/** Resolves when nothing is asked of the API server any more, so that what is repaired then is repaired for a reason. */
async function quiet(api: FakeApi): Promise<void> {
  await until(async () => {
    const before = api.requests.length;
    await sleep(100);
    return api.requests.length === before;
  });
}

test('what somebody deletes of a data plane is there again', async (context) => {
  const { api, content, quiet } = await start(context);
  await quiet();
  for (const kind of ['ServiceAccount', 'PodDisruptionBudget', 'Deployment', 'Service'] as const) {
    const before = content(kind, ofEdge);
    api.delete(collections[kind], ofEdge);
    await until(() => content(kind, ofEdge) !== null);
    assert.deepEqual(content(kind, ofEdge), before, kind);
  }
});

test('what somebody changes in the objects of a data plane is put right', async (context) => {
  const { content, change, quiet } = await start(context);
  const changes: readonly (readonly [Kind, Readonly<Record<string, unknown>>])[] = [
    ['PodDisruptionBudget', { spec: { maxUnavailable: 2 } }],
    ['PodDisruptionBudget', { metadata: { ownerReferences: [] } }],
    ['ServiceAccount', { automountServiceAccountToken: true }],
    ['ServiceAccount', { metadata: { ownerReferences: [] } }],
    ['Deployment', { spec: { replicas: 1 } }],
    ['Service', { spec: { type: 'NodePort' } }],
  ];
  await quiet();
  for (const [kind, fields] of changes) {
    const before = content(kind, ofEdge);
    change(kind, ofEdge, fields);
    assert.notDeepEqual(content(kind, ofEdge), before);
    await until(() => isDeepStrictEqual(content(kind, ofEdge), before));
  }
});

/** What somebody does to a Secret. Null deletes it. */
const misdeeds: readonly (Readonly<Record<string, unknown>> | null)[] = [
  null,
  { data: {} },
  { data: { 'tls.crt': 'YQ==', 'tls.key': 'YQ==', 'ca.crt': 'YQ==' } },
  { metadata: { labels: {} } },
];

test('pods have their credentials again, whatever somebody does to their Secret', async (context) => {
  const { api, get, change, quiet } = await start(context);
  const labels = get('Secret', ofEdge)?.metadata.labels;
  const [ca] = certificatesOf(get('Secret', authority), 'tls.crt');
  assert.ok(ca);
  const isWhole = (): boolean => {
    const now = get('Secret', ofEdge);
    const [leaf] = certificatesOf(now, 'tls.crt');
    const [root] = certificatesOf(now, 'ca.crt');
    return (
      isDeepStrictEqual(now?.metadata.labels, labels) &&
      root?.raw.equals(ca.raw) === true &&
      leaf?.checkIssued(ca) === true &&
      leaf.checkPrivateKey(createPrivateKey(dataOf(now, 'tls.key')))
    );
  };
  for (const fields of misdeeds) {
    await quiet();
    if (fields === null) api.delete(collections.Secret, ofEdge);
    else change('Secret', ofEdge, fields);
    assert.ok(!isWhole());
    await until(isWhole);
  }
});

test('the authority that pods trust stays the same one, whatever somebody does to its Secret', async (context) => {
  const { api, get, change, quiet } = await start(context);
  await quiet();
  const look = () => {
    const secret = get('Secret', authority);
    return [secret?.metadata.labels, dataOf(secret, 'tls.crt'), dataOf(secret, 'tls.key')];
  };
  const before = look();
  const isWhole = (): boolean => isDeepStrictEqual(look(), before);
  for (const fields of misdeeds) {
    await quiet();
    if (fields === null) api.delete(collections.Secret, authority);
    else change('Secret', authority, fields);
    assert.ok(!isWhole());
    await until(isWhole);
  }
});

type Found = ReturnType<FakeApi['get']>;

function dataOf(secret: Found, file: string): string {
  const data = (secret?.data ?? {}) as Readonly<Record<string, string>>;
  return Buffer.from(data[file] ?? '', 'base64').toString();
}

/** None where there is none that can be read. */
function certificatesOf(secret: Found, file: string): readonly X509Certificate[] {
  const text = dataOf(secret, file);
  return text.startsWith('-----BEGIN CERTIFICATE') ? [new X509Certificate(text)] : [];
}
