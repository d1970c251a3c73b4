// Controllers come and go: traffic does not notice, statuses do not flap, and what was changed meanwhile is served.
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ControllerProcess } from './controllers.ts';
import { assertUndisturbed, holder, Scene, until, Watched } from './scene.ts';

describe('controllers', () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.open({ namespace: 'controllers', controllers: 2 });
  });
  after(() => scene?.close());

  const controllers = () => scene.controllers as readonly [ControllerProcess, ControllerProcess];

  const anotherLeads = (before: string, seconds: number): Promise<string> =>
    until('another controller leads', seconds, async () => {
      const now = await holder(scene.api);
      return now === before ? '' : now;
    });

  it('hand over the lead when the leader ends', async () => {
    // It was started first, so it leads.
    const [first] = controllers();
    const watched = new Watched(scene);
    try {
      await watched.warm();
      const leader = await holder(scene.api);
      await first.end('SIGTERM');
      await anotherLeads(leader, 10);
      await sleep(5_000);
      first.start();
      await sleep(5_000);
      await assertUndisturbed(watched, 10);
    } finally {
      await watched.stop();
    }
  });

  it('take over the lead when the leader is killed', async () => {
    const [, second] = controllers();
    const watched = new Watched(scene);
    try {
      await watched.warm();
      const leader = await holder(scene.api);
      await second.end('SIGKILL');
      await anotherLeads(leader, 40);
      await sleep(5_000);
      second.start();
      await assertUndisturbed(watched, 15);
    } finally {
      await watched.stop();
    }
  });

  it('go on where they left off when all of them were killed', async () => {
    const watched = new Watched(scene);
    try {
      await watched.warm();
      for (const controller of scene.controllers) await controller.end('SIGKILL');
      await sleep(10_000);
      for (const controller of scene.controllers) controller.start();
      await assertUndisturbed(watched, 60);
    } finally {
      await watched.stop();
    }
  });
});
