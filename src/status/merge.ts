import { isDeepStrictEqual } from 'node:util';

type Fields = Readonly<Record<string, unknown>>;

/** Whose status is written, and when. */
export interface Writer {
  readonly controllerName: string;
  /** RFC 3339. Becomes the transition time of every condition whose status changed. */
  readonly now: string;
  /**
   * The types of condition that this controller writes. Others that are live belong to somebody else and stay. Without it
   * nobody else writes conditions.
   */
  readonly ownConditions?: ReadonlySet<string>;
}

/** Entries that a status may hold for one object (GEP-713, PolicyAncestorStatus). */
export const mostAncestors = 16;
/** The same for a route (RouteStatus). */
export const mostParents = 32;

/**
 * The status to write, given what is there: entries of other controllers stay as they are, ours become what is desired,
 * and a condition's `lastTransitionTime` moves only when its status changes. Returns `live` itself where nothing changes,
 * so that nothing need be written.
 */
export function mergeStatus(live: Fields | undefined, desired: Fields, writer: Writer): Fields {
  // Of nearly all objects: nothing is made then to be compared.
  if (live !== undefined && says(live, desired)) return live;
  const merged = Object.fromEntries(
    Object.entries(desired).map(([name, value]) => [name, mergeField(name, live?.[name], value, writer)]),
  );
  return live !== undefined && isDeepStrictEqual(live, merged) ? live : merged;
}

/** Whether what is live is what is desired, since whenever it is. Allocates nothing. */
function says(live: unknown, desired: unknown): boolean {
  if (Object.is(live, desired)) return true;
  if (typeof live !== 'object' || typeof desired !== 'object' || live === null || desired === null) return false;
  if (Array.isArray(live) || Array.isArray(desired)) return saysList(live, desired);
  const is = live as Fields;
  const wanted = desired as Fields;
  let names = 0;
  for (const name in wanted) {
    if (!Object.hasOwn(is, name)) return false;
    if (name !== 'lastTransitionTime' && !says(is[name], wanted[name])) return false;
    names += 1;
  }
  for (const _ in is) names -= 1;
  return names === 0;
}

function saysList(live: object, desired: object): boolean {
  if (!Array.isArray(live) || !Array.isArray(desired) || live.length !== desired.length) return false;
  for (let index = 0; index < desired.length; index += 1) if (!says(live[index], desired[index])) return false;
  return true;
}

function mergeField(name: string, live: unknown, desired: unknown, writer: Writer): unknown {
  if (!isFieldsList(desired)) return desired;
  const before = isFieldsList(live) ? live : [];
  switch (name) {
    case 'conditions':
      return mergeConditions(before, desired, writer);
    case 'listeners':
      return mergeEntries(before, desired, (entry) => String(entry.name), writer);
    case 'parents':
      return mergeShared(before, desired, 'parentRef', mostParents, writer);
    case 'ancestors':
      return mergeShared(before, desired, 'ancestorRef', mostAncestors, writer);
    default:
      return desired;
  }
}

function mergeConditions(
  live: readonly Fields[],
  desired: readonly Fields[],
  { now, ownConditions }: Writer,
): readonly Fields[] {
  const ours = desired.map((condition) => {
    const before = live.find(({ type }) => type === condition.type);
    const since = before?.status === condition.status ? before?.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: since ?? now };
  });
  if (ownConditions === undefined) return ours;
  const isOurs = (type: unknown): boolean =>
    (typeof type === 'string' && ownConditions.has(type)) || desired.some((condition) => condition.type === type);
  return inOrderOf(live, [...ours, ...live.filter(({ type }) => !isOurs(type))]);
}

function mergeEntries(
  live: readonly Fields[],
  desired: readonly Fields[],
  keyOf: (entry: Fields) => string,
  writer: Writer,
): readonly Fields[] {
  const before = new Map(live.map((entry) => [keyOf(entry), entry]));
  return desired.map((entry) => mergeStatus(before.get(keyOf(entry)), entry, writer));
}

/**
 * Entries that several controllers share. Others' come first, in the order that they are in; ours follow in the order of
 * what they refer to. Where there are too many, ours are left out from the end, since others' are not ours to remove.
 */
function mergeShared(
  live: readonly Fields[],
  desired: readonly Fields[],
  reference: string,
  most: number,
  writer: Writer,
): readonly Fields[] {
  const keyOf = (entry: Fields): string => referenceKey(entry[reference]);
  const isOurs = (entry: Fields): boolean => entry.controllerName === writer.controllerName;
  const others = live.filter((entry) => !isOurs(entry));
  const ours = mergeEntries(live.filter(isOurs), desired, keyOf, writer);
  const sorted = [...ours].sort((a, b) => compare(keyOf(a), keyOf(b)));
  return inOrderOf(live, [...others, ...sorted.slice(0, Math.max(0, most - others.length))]);
}

/**
 * The live entries themselves where they are the same but for their order: another controller may have an order of its own,
 * and two that put each other's right would never end.
 */
function inOrderOf(live: readonly Fields[], merged: readonly Fields[]): readonly Fields[] {
  const areIn = (some: readonly Fields[], all: readonly Fields[]): boolean =>
    some.every((entry) => all.some((each) => isDeepStrictEqual(each, entry)));
  return live.length === merged.length && areIn(live, merged) && areIn(merged, live) ? live : merged;
}

/** Equal for references that mean the same, absent fields and defaults alike. */
function referenceKey(reference: unknown): string {
  const fields = typeof reference === 'object' && reference !== null ? (reference as Fields) : {};
  const parts = [
    fields.group ?? 'gateway.networking.k8s.io',
    fields.kind ?? 'Gateway',
    fields.namespace ?? '',
    fields.name ?? '',
    fields.sectionName ?? '',
    String(fields.port ?? '').padStart(5, '0'),
  ];
  return parts.join('\n');
}

function isFieldsList(value: unknown): value is readonly Fields[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'object' && entry !== null);
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
