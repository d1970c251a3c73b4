import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryReturn } from '../../src/dataplanes/node/heap.ts';

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
