import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allocatorTrim } from '../../src/dataplanes/node/allocator.ts';
import { MemoryReturn, memoryRelease } from '../../src/dataplanes/node/heap.ts';

test('memory is given back once after the last change, in a moment in which nobody waits', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let idle = true;
  let collected = 0;
  const memory = new MemoryReturn(
    () => idle,
    () => {
      collected += 1;
    },
  );
  memory.changed();
  context.mock.timers.tick(4_000);
  memory.changed();
  context.mock.timers.tick(4_000);
  assert.equal(collected, 0, 'a change puts it off');
  idle = false;
  context.mock.timers.tick(1_000);
  assert.equal(collected, 0, 'somebody waits');
  idle = true;
  context.mock.timers.tick(5_000);
  assert.equal(collected, 1);
  context.mock.timers.tick(60_000);
  assert.equal(collected, 1, 'nothing has changed since');
  memory.changed();
  context.mock.timers.tick(5_000);
  assert.equal(collected, 2);
});

test('memory is given back when many connections have ended, and not for a few', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  let released = 0;
  const memory = new MemoryReturn(
    () => true,
    () => {
      released += 1;
    },
  );
  const after = (connections: number): number => {
    memory.observe(connections);
    context.mock.timers.tick(10_000);
    return released;
  };
  assert.equal(after(1_000), 0);
  assert.equal(after(990), 0);
  assert.equal(after(900), 1);
  assert.equal(after(890), 1);
  assert.equal(after(0), 2);
  assert.equal(after(0), 2);
});

test('what connections had is given back to the system by the C library, where that can', (context) => {
  const trim = allocatorTrim();
  if (trim === null) return context.skip('no malloc_trim(3) here');
  const resident = (): number => process.memoryUsage().rss;
  const blocks = Array.from({ length: 20_000 }, () => Buffer.allocUnsafeSlow(3_000).fill(1));
  // These stay, one in each stretch of memory.
  const kept = blocks.filter((_, index) => index % 100 === 0);
  const before = resident();
  blocks.length = 0;
  memoryRelease()();
  assert.ok(resident() < before - 20 * 1024 * 1024, `${before} bytes, then ${resident()}`);
  assert.equal(kept.length, 200);
});
