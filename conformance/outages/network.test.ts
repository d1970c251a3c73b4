// What Farside talks to is away: the API server for a minute, the controller behind a cut network.
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { streamPort } from './controllers.ts';
import { cut, stopApiServer } from './network.ts';
import { assertUndisturbed, Scene, until, Watched } from './scene.ts';

describe('a network that does not carry', () => {
  let scene: Scene;
  before(async () => {
    scene = await Scene.open({ namespace: 'network' });
  });
  after(() => scene?.close());

  const undisturbed = async (tolerated: number, happens: () => Promise<void>): Promise<void> => {
    const watched = new Watched(scene);
    try {
      await watched.warm();
      await happens();
      await assertUndisturbed(watched, tolerated);
    } finally {
      await watched.stop();
    }
  };

  for (const how of ['drop', 'reset'] as const) {
    it(`is no loss where the stream is cut for 40 s (${how})`, () =>
      undisturbed(20, async () => {
        const mend = cut(streamPort, how);
        try {
          await sleep(40_000);
        } finally {
          mend();
        }
      }));
  }

  it('is no loss where the API server is away for a minute', () =>
    undisturbed(60, async () => {
      const start = stopApiServer();
      await sleep(60_000);
      start();
      await until('the API server answers again', 60, () => scene.api.get('Gateway', scene.namespace, 'edge'));
    }));
});
