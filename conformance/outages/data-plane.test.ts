// Parts of a data plane go: a worker, a pod, all pods one after the other.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { containerPort } from '../../src/dataplanes/node/remote/container-port.ts';
import { describeFailures, type Failure, Load } from './load.ts';
import { isRunning, peerPortsOf, podOf, workersOf } from './processes.ts';
import { assertUndisturbed, edgeName, Scene, steadyName, until, Watched } from './scene.ts';

const space = 'data-plane';

describe('a data plane', () => {
  let scene: Scene;
  before(async () => {
    const config = { apiVersion: 'farside.dev/v1alpha1', kind: 'FarsideConfig' };
    const parametersRef = { group: 'farside.dev', kind: 'FarsideConfig', name: 'workers' };
    scene = await Scene.open({
      namespace: space,
      objects: [{ ...config, metadata: { name: 'workers', namespace: space }, spec: { dataPlane: { workers: 2 } } }],
      spec: { infrastructure: { parametersRef } },
    });
  });
  after(() => scene?.close());

  it('loses with a worker that is killed only what that worker had', async () => {
    const [victim] = await scene.processes();
    assert.ok(victim !== undefined);
    const pod = await scene.api.get('Pod', scene.namespace, podOf(victim.pid));
    const { podIP = '' } = (pod?.status ?? {}) as { readonly podIP?: string };
    const watched = new Watched(scene);
    // Straight to the pod: there the ports of connections tell which worker has them.
    const direct = new Load({
      host: podIP,
      port: containerPort(80) ?? 0,
      name: steadyName,
      kept: 8,
      fresh: 4,
    });
    try {
      await watched.warm();
      const workers = workersOf(victim.pid);
      assert.ok(workers.length > 1, 'a pod with several workers');
      const worker = workers[0] as number;
      // Between the look at its connections and its end it must not take another.
      const stopped = performance.now();
      process.kill(worker, 'SIGSTOP');
      const lost = peerPortsOf(worker);
      process.kill(worker, 'SIGKILL');
      // Until it is gone the kernel gives it connections, which on a busy machine is a while.
      await until('the worker is gone', 10, async () => !isRunning(worker));
      const killed = performance.now();
      await until('another worker is in its place', 30, async () => workersOf(victim.pid).length === workers.length);
      await sleep(5_000);
      await direct.stop();
      // Where a connection was still being made, nobody can see whose it would have been.
      const isInFlight = ({ began, ended, reused }: Failure): boolean => !reused && began <= killed && ended >= stopped;
      const others = direct.failures.filter((failure) => !lost.has(failure.port) && !isInFlight(failure));
      assert.equal(describeFailures(others), '', 'only what the worker had in flight');
      const failed = await watched.finish(10);
      assert.ok(
        failed.every(({ began }) => began <= killed + 1_000) && failed.length <= lost.size,
        `${describeFailures(failed)}, where the worker had ${lost.size} connections`,
      );
      assert.deepEqual(watched.conditions.falls, []);
    } finally {
      await direct.stop();
      await watched.stop();
    }
  });

  const undisturbed = async (happens: () => Promise<void>): Promise<void> => {
    const watched = new Watched(scene);
    try {
      await watched.warm();
      await happens();
      await scene.settled();
      await assertUndisturbed(watched, 10);
    } finally {
      await watched.stop();
    }
  };

  it('loses nothing when one of its pods is deleted', () =>
    undisturbed(async () => {
      const [pod] = await scene.pods();
      assert.ok(pod !== undefined);
      await scene.api.remove('Pod', scene.namespace, pod.metadata.name);
      await until('the pod is gone', 60, async () =>
        (await scene.pods()).every(({ metadata }) => metadata.name !== pod.metadata.name),
      );
    }));

  it('loses nothing when all of its pods are replaced', () =>
    undisturbed(async () => {
      const annotations = { 'example.com/restarted': new Date().toISOString() };
      await scene.api.patch('Deployment', scene.namespace, edgeName, {
        spec: { template: { metadata: { annotations } } },
      });
      await sleep(2_000);
    }));
});
