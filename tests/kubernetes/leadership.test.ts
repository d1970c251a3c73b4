import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import { DataPlanes } from '../../src/control/cluster/data-planes.ts';
import { Leadership } from '../../src/control/cluster/leadership.ts';
import { initialTranslatedState } from '../../src/control/translated-state.ts';
import { adminPort, containerPort } from '../../src/dataplanes/node/remote/container-port.ts';
import { RemoteDataPlane } from '../../src/dataplanes/node/remote/remote-data-plane.ts';
import type { KubernetesObject } from '../../src/resources/object.ts';
import { ResourceSet } from '../../src/resources/set.ts';
import { ApiClient, type ApiRequest } from '../../src/sources/kubernetes/client.ts';
import { toResource } from '../../src/sources/kubernetes/kind-store.ts';
import { freePort } from '../free-port.ts';
import { FakeApi } from './fake-api.ts';
import { until } from './until.ts';

/** Something that only a leader does, and that takes its time to stop. */
class Works {
  works = false;
  readonly stopped: (() => void)[] = [];

  async lead(): Promise<void> {
    this.works = true;
  }

  async stop(): Promise<void> {
    this.works = false;
    await new Promise<void>((resolve) => this.stopped.push(resolve));
  }
}

test('who gets the lease back while a write of before is still under way leads with all that belongs to it', async () => {
  const carrier = new Works();
  const writer = new Works();
  const leadership = new Leadership(carrier, writer);
  await leadership.lead();
  const stopping = leadership.stop();
  await setImmediate();
  assert.deepEqual([carrier.works, writer.works], [false, false], 'both stop at once, however long the other takes');
  const leading = leadership.lead();
  await setImmediate();
  for (const each of [writer, carrier]) {
    for (const stopped of each.stopped) stopped();
    await setImmediate();
  }
  await Promise.all([stopping, leading]);
  assert.deepEqual([carrier.works, writer.works], [true, true]);
});

test('who is about to end leads no more, though it be elected at that moment', async () => {
  const [carrier, writer] = [new Works(), new Works()];
  const leadership = new Leadership(carrier, writer);
  const ended = leadership.end();
  await leadership.lead();
  for (const stopped of [...carrier.stopped, ...writer.stopped]) stopped();
  await ended;
  assert.deepEqual([carrier.works, writer.works], [false, false]);
});

test('who does not lead any more serves no stream, however long a write that it had begun takes', async (context) => {
  const api = new FakeApi();
  const access = await api.start();
  const home = 'farside-system';
  api.serve('/api/v1/secrets', '/api/v1/serviceaccounts', '/apis/apps/v1/deployments');
  const hanging = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  class HangingClient extends ApiClient {
    override async json(request: ApiRequest): Promise<unknown> {
      if (request.path.includes('/serviceaccounts')) {
        hanging.resolve();
        await released.promise;
      }
      return super.json(request);
    }
  }
  const client = new HangingClient(access);
  const port = await freePort();
  const dataPlanes = new DataPlanes({
    ...{ client, namespace: home, deployment: null, stream: { host: '127.0.0.1', port } },
    installation: { image: 'farside:test', controller: '127.0.0.1:1', adminPort, containerPort },
    ...{ remote: new RemoteDataPlane(), logger: pino({ level: 'silent' }) },
  });
  context.after(() => {
    released.resolve();
    client.close();
    api.stop();
  });
  dataPlanes.update({ ...initialTranslatedState, revision: 1, resources: new ResourceSet([gatewayClass, gateway]) });
  void dataPlanes.lead();
  await hanging.promise;
  assert.equal(await canConnect(port), true);
  const stopped = dataPlanes.stop();
  await until(async () => !(await canConnect(port)));
  released.resolve();
  await stopped;
});

test('a leader whose stream cannot be served leads all the same, so that statuses are told', async (context) => {
  const api = new FakeApi();
  const client = new ApiClient(await api.start());
  const port = await freePort();
  // No Secret can be written: the collection is not served.
  const dataPlanes = new DataPlanes({
    ...{ client, namespace: 'farside-system', deployment: null, stream: { host: '127.0.0.1', port }, reunion: 50 },
    installation: { image: 'farside:test', controller: '127.0.0.1:1', adminPort, containerPort },
    ...{ remote: new RemoteDataPlane(), logger: pino({ level: 'silent' }) },
  });
  context.after(async () => {
    await dataPlanes.stop();
    client.close();
    api.stop();
  });
  await dataPlanes.lead();
  assert.equal(dataPlanes.isLeading, true);
  assert.equal(await canConnect(port), false);
});

const apiVersion = 'gateway.networking.k8s.io/v1';
const gatewayClass = toResource({
  ...{ apiVersion, kind: 'GatewayClass', metadata: { name: 'farside' } },
  spec: { controllerName: 'farside.dev/gateway-controller' },
} as KubernetesObject);
const gateway = toResource({
  ...{ apiVersion, kind: 'Gateway', metadata: { namespace: 'infra', name: 'edge', uid: 'uid-edge' } },
  spec: { gatewayClassName: 'farside', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
} as KubernetesObject);

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
