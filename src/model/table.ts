import type { Table } from './model.ts';

/**
 * The table of these entries; of several with one id, the last counts. V8 gives an object that grows id by id one hidden
 * class after the other before it makes a hash table of it, and takes longer for that than for all else when a change makes
 * tables of thousands anew. An object without a prototype is a hash table from the start.
 */
export function tableOf<T>(entries: Iterable<readonly [string, T]>): Table<T> {
  const table: Record<string, T> = Object.create(null) as Record<string, T>;
  for (const [id, value] of entries) table[id] = value;
  return Object.setPrototypeOf(table, Object.prototype) as Table<T>;
}
