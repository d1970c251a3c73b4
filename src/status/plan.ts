import { isDeepStrictEqual } from 'node:util';
import { mergeStatus, type Writer } from './merge.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of the status that must be written so that an object says what is desired, or null where it does. `desired`
 * null means that we have nothing to say of the object any more: entries of ours go, all else stays.
 */
export function planStatus(live: Fields | undefined, desired: Fields | null, writer: Writer): Fields | null {
  const merged = desired === null ? withoutOurs(live, writer) : mergeStatus(live, desired, writer);
  const changed = Object.entries(merged).filter(([name, value]) => !isDeepStrictEqual(live?.[name], value));
  return changed.length === 0 ? null : Object.fromEntries(changed);
}

/** Lists of a status in which several controllers have entries. */
const sharedLists = ['parents', 'ancestors'];

/** Whether a status holds an entry of this controller. */
export function hasOurEntries(live: Fields | undefined, controllerName: string): boolean {
  return sharedLists.some((list) => entriesOf(live, list).some((entry) => isOf(entry, controllerName)));
}

function withoutOurs(live: Fields | undefined, { controllerName }: Writer): Fields {
  const lists = sharedLists.filter((list) => entriesOf(live, list).length > 0);
  return Object.fromEntries(
    lists.map((list) => [list, entriesOf(live, list).filter((entry) => !isOf(entry, controllerName))]),
  );
}

function entriesOf(status: Fields | undefined, list: string): readonly unknown[] {
  const value = status?.[list];
  return Array.isArray(value) ? value : [];
}

/** Whoever wrote an entry, it may be anything. */
const isOf = (entry: unknown, controllerName: string): boolean =>
  typeof entry === 'object' && entry !== null && 'controllerName' in entry && entry.controllerName === controllerName;

/** The generation that the conditions of a desired status tell of, or null where it has none. */
export function observedGeneration(status: unknown): number | null {
  if (typeof status !== 'object' || status === null) return null;
  if ('observedGeneration' in status && typeof status.observedGeneration === 'number') return status.observedGeneration;
  for (const value of Object.values(status)) {
    const found = observedGeneration(value);
    if (found !== null) return found;
  }
  return null;
}
