import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from '../../src/control/pace.ts';

test('the first change after a silence is taken up at once; in a flood the rests grow, up to a bound', () => {
  const pace = new Pace();
  const rests: number[] = [];
  let now = 0;
  for (let change = 0; change < 6; change += 1) {
    const rest = pace.rest(now);
    rests.push(rest);
    now += rest + 10;
    pace.busy(10, now);
  }
  assert.deepEqual(rests, [0, 10, 20, 40, 60, 60]);
  now += 60;
  assert.equal(pace.rest(now), 0);
  pace.busy(10, now);
  assert.equal(pace.rest(now), 10, 'it begins anew');
  pace.busy(3_000, now);
  assert.equal(pace.rest(now), 1_000);
});
