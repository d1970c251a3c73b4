import { isDeepStrictEqual } from 'node:util';
import type { KeyMaterial, Model, Table } from '../../model/model.ts';
import { emptyKeyMaterial, emptyModel } from '../../model/model.ts';

/** A model and the keys that belong to it. */
export interface Configuration {
  readonly model: Model;
  readonly keys: KeyMaterial;
}

export const emptyConfiguration: Configuration = { model: emptyModel, keys: emptyKeyMaterial };

/** What makes one table another. */
export interface TableDelta<T> {
  readonly set: Table<T>;
  readonly removed: readonly string[];
}

type Tables<T> = { readonly [K in keyof T]: T[K] extends Table<infer V> ? TableDelta<V> : never };

/** What makes one configuration another: what workers are sent. Tables that did not change are left out. */
export interface Delta {
  readonly model: Partial<Tables<Model>>;
  readonly keys: Partial<Tables<KeyMaterial>>;
}

const modelTables = [
  'listeners',
  'virtualHosts',
  'routes',
  'streams',
  'backends',
  'endpoints',
  'certificates',
  'trustBundles',
] as const;
const keyTables = ['certificates', 'trustBundles'] as const;

/** The difference of two configurations. Values that are identical cost one comparison, others are compared in depth. */
export function diff(before: Configuration, after: Configuration): Delta {
  return {
    model: diffTables(modelTables, before.model, after.model) as Delta['model'],
    keys: diffTables(keyTables, before.keys, after.keys) as Delta['keys'],
  };
}

/** `patch(before, diff(before, after))` equals `after`. Values that did not change stay identical. */
export function patch(before: Configuration, delta: Delta): Configuration {
  return {
    model: { ...before.model, ...(patchTables(modelTables, before.model, delta.model) as Partial<Model>) },
    keys: { ...before.keys, ...(patchTables(keyTables, before.keys, delta.keys) as Partial<KeyMaterial>) },
  };
}

export function isEmptyDelta(delta: Delta): boolean {
  return Object.keys(delta.model).length === 0 && Object.keys(delta.keys).length === 0;
}

type AnyTables<K extends string> = Readonly<Record<K, Table<unknown>>>;

function diffTables<K extends string>(
  names: readonly K[],
  before: AnyTables<K>,
  after: AnyTables<K>,
): Partial<Record<K, TableDelta<unknown>>> {
  const changed: Partial<Record<K, TableDelta<unknown>>> = {};
  for (const name of names) {
    const delta = diffTable(before[name], after[name]);
    if (delta !== null) changed[name] = delta;
  }
  return changed;
}

function diffTable<T>(before: Table<T>, after: Table<T>): TableDelta<T> | null {
  if (before === after) return null;
  const set: [string, T][] = [];
  for (const [id, value] of Object.entries(after)) {
    if (!Object.hasOwn(before, id) || !isSame(before[id], value)) set.push([id, value]);
  }
  const removed = Object.keys(before).filter((id) => !Object.hasOwn(after, id));
  return set.length === 0 && removed.length === 0 ? null : { set: Object.fromEntries(set), removed };
}

const isSame = (left: unknown, right: unknown): boolean => left === right || isDeepStrictEqual(left, right);

function patchTables<K extends string>(
  names: readonly K[],
  before: AnyTables<K>,
  delta: Partial<Record<K, TableDelta<unknown>>>,
): Partial<Record<K, Table<unknown>>> {
  const patched: Partial<Record<K, Table<unknown>>> = {};
  for (const name of names) {
    const change = delta[name];
    if (change !== undefined) patched[name] = patchTable(before[name], change);
  }
  return patched;
}

function patchTable<T>(before: Table<T>, { set, removed }: TableDelta<T>): Table<T> {
  const values = new Map(Object.entries(before));
  for (const id of removed) values.delete(id);
  for (const [id, value] of Object.entries(set)) values.set(id, value);
  return Object.fromEntries(values);
}
