import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Leadership } from '../../src/control/cluster/leadership.ts';

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
