/**
 * The next value with every part that equals the previous value's replaced by the previous part itself, so that whoever
 * compares revisions finds what changed by identity. For plain data: records, arrays and scalars.
 */
export function share<T>(previous: T, next: T): T {
  if (Object.is(previous, next)) return previous;
  if (Array.isArray(previous) && Array.isArray(next)) return shareArray(previous, next) as T;
  if (!isRecord(previous) || !isRecord(next)) return next;
  return shareRecord(previous, next) as T;
}

function shareArray(previous: readonly unknown[], next: readonly unknown[]): readonly unknown[] {
  const shared = next.map((value, index) => (index < previous.length ? share(previous[index], value) : value));
  const same = shared.length === previous.length && shared.every((value, index) => Object.is(value, previous[index]));
  return same ? previous : shared;
}

/** Records of the same entries in another order are the same. */
function shareRecord(previous: PlainRecord, next: PlainRecord): PlainRecord {
  const names = Object.keys(next);
  let same = names.length === Object.keys(previous).length;
  const entries = names.map((name): [string, unknown] => {
    if (!Object.hasOwn(previous, name)) {
      same = false;
      return [name, next[name]];
    }
    const value = share(previous[name], next[name]);
    if (!Object.is(value, previous[name])) same = false;
    return [name, value];
  });
  return same ? previous : Object.fromEntries(entries);
}

type PlainRecord = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is PlainRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
