import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { tableOf } from '../../src/model/table.ts';

test('a table is a plain record of its entries, whatever their ids', () => {
  const ids = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', '0'));
  fc.assert(
    fc.property(fc.array(fc.tuple(ids, fc.integer())), (entries) => {
      const table = tableOf(entries);
      assert.deepEqual(table, Object.fromEntries(entries));
      assert.deepEqual(Object.keys(table), Object.keys(Object.fromEntries(entries)));
    }),
  );
});
