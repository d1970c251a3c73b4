import { createHash } from 'node:crypto';
import type { Configuration } from '../delta.ts';

/**
 * Names the content of a configuration: equal content has equal versions, whichever process made it, and in whichever
 * order it came to its tables. What was named before costs a lookup, since values that did not change are the same
 * objects from one configuration to the next.
 */
export function versionOf({ model, keys }: Configuration): string {
  const hash = createHash('sha256');
  for (const tables of [Object.entries<Entries>({ ...model }), Object.entries<Entries>({ ...keys })]) {
    const described = tables.map(([name, table]) => `${name}\n${describe(table)}\n`);
    hash.update(`${described.sort().join('')}\n`);
  }
  return hash.digest('base64url');
}

type Entries = Readonly<Record<string, unknown>>;

/** One line for each entry: ids are written as JSON, so that none can look like two. */
function describe(table: Entries): string {
  const lines = Object.entries(table).map(([id, value]) => `${JSON.stringify(id)} ${digestOf(value)}`);
  return lines.sort().join('\n');
}

const digests = new WeakMap<object, string>();

function digestOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return digest(value);
  let known = digests.get(value);
  if (known === undefined) {
    known = digest(value);
    digests.set(value, known);
  }
  return known;
}

const digest = (value: unknown): string =>
  createHash('sha256')
    .update(JSON.stringify(value) ?? '')
    .digest('base64url');
