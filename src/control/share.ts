import { tableOf } from '../model/table.ts';

/**
 * The next value with every part that equals the previous value's replaced by the previous part itself, so that whoever
 * compares revisions finds what changed by identity. For plain data: records, arrays and scalars. Allocates nothing for
 * parts that are equal, since nearly all are.
 */
export function share<T>(previous: T, next: T): T {
  if (Object.is(previous, next)) return previous;
  if (typeof previous !== 'object' || typeof next !== 'object' || previous === null || next === null) return next;
  if (Array.isArray(previous)) return Array.isArray(next) ? (shareArray(previous, next) as T) : next;
  if (Array.isArray(next)) return next;
  return shareRecord(previous as PlainRecord, next as PlainRecord) as T;
}

type PlainRecord = Readonly<Record<string, unknown>>;

function shareArray(previous: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  const common = Math.min(previous.length, next.length);
  let changed: unknown[] | null = null;
  for (let index = 0; index < common; index += 1) {
    const shared = share(previous[index], next[index]);
    if (changed === null && !Object.is(shared, previous[index])) changed = previous.slice(0, index);
    changed?.push(shared);
  }
  if (changed === null && previous.length === next.length) return previous;
  return [...(changed ?? previous.slice(0, common)), ...next.slice(common)];
}

/** Records of the same entries in another order are the same. */
function shareRecord(previous: PlainRecord, next: PlainRecord): PlainRecord {
  let changed: [string, unknown][] | null = null;
  let count = 0;
  for (const name in next) {
    const known = Object.hasOwn(previous, name);
    const value = known ? share(previous[name], next[name]) : next[name];
    if (changed === null && !(known && Object.is(value, previous[name]))) changed = firstOf(previous, next, count);
    changed?.push([name, value]);
    count += 1;
  }
  if (changed !== null) return tableOf(changed);
  for (const _ in previous) count -= 1;
  return count === 0 ? previous : tableOf(firstOf(previous, next, Object.keys(next).length));
}

/** The first entries of the next record, which are the previous ones. */
function firstOf(previous: PlainRecord, next: PlainRecord, count: number): [string, unknown][] {
  return Object.keys(next)
    .slice(0, count)
    .map((name) => [name, previous[name]]);
}
