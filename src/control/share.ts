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
  let changed: unknown[] | null = previous.length === next.length ? null : [];
  for (const [index, value] of next.entries()) {
    const shared = index < previous.length ? share(previous[index], value) : value;
    if (changed === null && !Object.is(shared, previous[index])) changed = previous.slice(0, index);
    changed?.push(shared);
  }
  return changed ?? previous;
}

/** Records of the same entries in another order are the same. */
function shareRecord(previous: PlainRecord, next: PlainRecord): PlainRecord {
  const names = Object.keys(next);
  let changed: [string, unknown][] | null = null;
  for (const [index, name] of names.entries()) {
    const known = Object.hasOwn(previous, name);
    const value = known ? share(previous[name], next[name]) : next[name];
    if (changed === null && !(known && Object.is(value, previous[name]))) {
      changed = names.slice(0, index).map((before) => [before, previous[before]]);
    }
    changed?.push([name, value]);
  }
  if (changed !== null) return Object.fromEntries(changed);
  return names.length === Object.keys(previous).length
    ? previous
    : Object.fromEntries(names.map((name) => [name, previous[name]]));
}
