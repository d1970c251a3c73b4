// What a Gateway is made of: nobody else's objects are touched, its own are repaired, and all of it goes with it.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { Manifest } from '../seeds/kubectl.ts';
import { className, gatewayApi } from '../seeds/objects.ts';
import type { Live } from './api.ts';
import { controllerNamespace } from './controllers.ts';
import { describeFailures } from './load.ts';
import { addressOf, edgeName, Scene, until, Watched } from './scene.ts';

const space = 'infrastructure';
const kinds = ['Deployment', 'Service', 'ServiceAccount', 'Secret', 'PodDisruptionBudget'];

const authority = 'farside-stream-authority';
const managedBy = 'app.kubernetes.io/managed-by';
const labelsOf = (object: Live | null): unknown => object?.metadata.labels;

const gateway = (name: string, spec: Manifest = {}): Manifest => ({
  apiVersion: gatewayApi,
  kind: 'Gateway',
  metadata: { name, namespace: space },
  spec: { gatewayClassName: className, listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }], ...spec },
});

const usersService: Manifest = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'farside-taken', namespace: space },
  spec: { selector: { app: 'somebody' }, ports: [{ name: 'theirs', port: 4_711, targetPort: 4_711, protocol: 'TCP' }] },
};

describe('infrastructure', () => {
  let scene: Scene;
  before(async () => {
    // Kept when its Service is made anew.
    const addresses = [{ type: 'IPAddress', value: '172.30.66.6' }];
    scene = await Scene.open({ namespace: space, spec: { addresses } });
  });
  after(() => scene?.close());

  const programmed = (name: string, seconds = 40): Promise<string> =>
    until(`Gateway ${name} is programmed`, seconds, async () => addressOf(await scene.api.get('Gateway', space, name)));
  const there = async (name: string): Promise<readonly string[]> => {
    const found = await Promise.all(kinds.map(async (kind) => ((await scene.api.get(kind, space, name)) ? kind : '')));
    return found.filter((kind) => kind !== '');
  };
  const portsOf = async (name: string): Promise<readonly string[]> => {
    const service = await scene.api.get('Service', space, name);
    const { ports = [] } = (service?.spec ?? {}) as {
      readonly ports?: readonly { readonly port: number; readonly protocol: string }[];
    };
    return ports.map(({ port, protocol }) => `${protocol} ${port}`).sort();
  };

  it('does not touch a Service of a user that has the name, and goes on when it is gone', async () => {
    const before = await scene.api.create(usersService);
    await scene.api.create(gateway('taken'));
    await until('the Deployment is wanted', 20, () => scene.api.get('Secret', space, 'farside-taken'));
    await sleep(5_000);
    const now = await scene.api.get('Service', space, 'farside-taken');
    assert.deepEqual(
      [now?.metadata.uid, now?.metadata.labels, now?.spec],
      [before.metadata.uid, before.metadata.labels, before.spec],
    );
    assert.equal(addressOf(await scene.api.get('Gateway', space, 'taken')), '');
    await scene.api.remove('Service', space, 'farside-taken');
    await programmed('taken', 60);
  });

  it('goes with its Gateway', async () => {
    assert.deepEqual(await there('farside-taken'), kinds);
    await scene.api.remove('Gateway', space, 'taken');
    await until('all is gone', 60, async () => (await there('farside-taken')).length === 0);
    const label = 'gateway.networking.k8s.io/gateway-name=taken';
    await until('its pods are gone', 60, async () => (await scene.api.list('Pod', space, label)).length === 0);
  });

  it('goes where a Gateway is given to another class', async () => {
    await scene.api.create(gateway('moving'));
    await programmed('moving');
    await scene.api.apply({
      apiVersion: gatewayApi,
      kind: 'GatewayClass',
      metadata: { name: 'somebody-else' },
      spec: { controllerName: 'example.com/somebody-else' },
    });
    await scene.api.patch('Gateway', space, 'moving', { spec: { gatewayClassName: 'somebody-else' } });
    await until('Deployment and Service are gone', 30, async () => {
      const left = await there('farside-moving');
      return !left.includes('Deployment') && !left.includes('Service');
    });
    await scene.api.remove('Gateway', space, 'moving');
  });

  it('is repaired where somebody deletes it', async () => {
    for (const kind of kinds) {
      const before = await scene.api.get(kind, space, edgeName);
      assert.ok(before, kind);
      await scene.api.remove(kind, space, edgeName);
      await until(`the ${kind} is back`, 30, async () => {
        const now = await scene.api.get(kind, space, edgeName);
        return now !== null && now.metadata.uid !== before.metadata.uid;
      });
    }
    await scene.settled();
    await programmed('edge');
  });

  it('is repaired where somebody changes it', async () => {
    const account = (object: Live | null): unknown => object?.automountServiceAccountToken;
    const changes: readonly (readonly [string, Manifest, (object: Live | null) => unknown])[] = [
      ['Deployment', { spec: { replicas: 1 } }, (object) => object?.spec?.replicas],
      ['PodDisruptionBudget', { spec: { maxUnavailable: 2 } }, (object) => object?.spec?.maxUnavailable],
      ['PodDisruptionBudget', { metadata: { labels: { [managedBy]: 'somebody' } } }, labelsOf],
      ['ServiceAccount', { automountServiceAccountToken: true }, account],
      ['ServiceAccount', { metadata: { labels: { [managedBy]: null } } }, labelsOf],
      ['Secret', { data: { 'ca.crt': 'YQ==' } }, (object) => object?.data],
      ['Secret', { metadata: { labels: { [managedBy]: null } } }, labelsOf],
    ];
    for (const [kind, change, look] of changes) {
      const before = look(await scene.api.get(kind, space, edgeName));
      const changed = look(await scene.api.patch(kind, space, edgeName, change));
      assert.notDeepEqual(changed, before, kind);
      await until(`the ${kind} is as it was`, 30, async () =>
        isDeepStrictEqual(look(await scene.api.get(kind, space, edgeName)), before),
      );
    }
    await scene.settled();
    await programmed('edge');
  });

  it('keeps the authority of the stream where somebody deletes or changes its Secret', async () => {
    const look = async () => (await scene.api.get('Secret', controllerNamespace, authority))?.data;
    const before = await look();
    assert.ok(before);
    await scene.api.remove('Secret', controllerNamespace, authority);
    await until('it is back', 30, async () => isDeepStrictEqual(await look(), before));
    await scene.api.patch('Secret', controllerNamespace, authority, { data: { 'tls.key': 'YQ==' } });
    await until('it is as it was', 30, async () => isDeepStrictEqual(await look(), before));
  });

  it('has the address that the Gateway asks for, and is reached there', async () => {
    const wanted = '172.30.77.7';
    await scene.api.create(gateway('static', { addresses: [{ type: 'IPAddress', value: wanted }] }));
    assert.equal(await programmed('static'), wanted);
    await until('it answers', 20, async () => (await fetch(`http://${wanted}/`)).status === 404);
    await scene.api.remove('Gateway', space, 'static');
  });

  it('has the ports of ListenerSets and of UDP', async () => {
    await scene.api.create(
      gateway('ports', {
        allowedListeners: { namespaces: { from: 'Same' } },
        listeners: [
          { name: 'http', port: 80, protocol: 'HTTP' },
          { name: 'dns', port: 53, protocol: 'UDP' },
        ],
      }),
    );
    await scene.api.create({
      apiVersion: gatewayApi,
      kind: 'ListenerSet',
      metadata: { name: 'more', namespace: space },
      spec: { parentRef: { name: 'ports' }, listeners: [{ name: 'other', port: 8_081, protocol: 'HTTP' }] },
    });
    await until('the Service has all ports', 30, async () => {
      const ports = await portsOf('farside-ports');
      return ports.join() === 'TCP 80,TCP 8081,UDP 53';
    });
    const address = await programmed('ports');
    await until('the port of the ListenerSet answers', 30, async () => {
      return (await fetch(`http://${address}:8081/`)).status === 404;
    });
    await scene.api.remove('Gateway', space, 'ports');
  });

  it('follows a new authority of the stream, and serves on until its pods know it', async () => {
    await scene.settled();
    const watched = new Watched(scene);
    try {
      await watched.warm();
      const [controller] = scene.controllers;
      // One that runs would put it back.
      await controller?.end('SIGTERM');
      await scene.api.remove('Secret', controllerNamespace, authority);
      controller?.start();
      // The kubelet brings a changed Secret into pods within a minute or so. As long as none is connected, the Gateway's
      // status says so, and truly.
      assert.equal(describeFailures(await watched.finish(120)), '');
    } finally {
      await watched.stop();
    }
  });
});
