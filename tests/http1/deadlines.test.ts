import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Deadline, DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';

describe('DeadlineWheel', () => {
  it('expires what is armed, in order, once, and nothing that was disarmed or moved', async () => {
    const wheel = new DeadlineWheel(1);
    const alive = setInterval(() => {}, 1_000);
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const named = (name: string) => new Deadline(() => order.push(name));
      const disarmed = named('disarmed');
      const moved = named('moved');
      const last = new Deadline(() => {
        order.push('last');
        resolve();
      });
      wheel.arm(last, 400);
      wheel.arm(named('second'), 20);
      wheel.arm(named('first'), 5);
      wheel.arm(disarmed, 10);
      wheel.arm(moved, 5);
      // Further than one turn of the wheel's 256 slots.
      wheel.arm(moved, 300);
      wheel.disarm(disarmed);
      wheel.disarm(disarmed);
      assert.deepEqual([disarmed.armed, moved.armed], [false, true]);
    });
    wheel.stop();
    clearInterval(alive);
    assert.deepEqual(order, ['first', 'second', 'moved', 'last']);
  });

  it('lets an expiry disarm and arm others of the same tick', async () => {
    const wheel = new DeadlineWheel(1);
    const alive = setInterval(() => {}, 1_000);
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const victim = new Deadline(() => order.push('victim'));
      const again = new Deadline(() => {
        order.push('again');
        resolve();
      });
      const first = new Deadline(() => {
        order.push('first');
        wheel.disarm(victim);
        wheel.arm(again, 1);
      });
      wheel.arm(first, 3);
      wheel.arm(victim, 3);
      wheel.arm(again, 3);
    });
    wheel.stop();
    clearInterval(alive);
    assert.deepEqual(order, ['first', 'again']);
  });
});
