import type { Origin } from '../../model/origin.ts';
import type { ConfigMap, Secret } from '../core.ts';
import type { Resource } from '../object.ts';
import { originOf } from '../set.ts';

/** One value of a ConfigMap or Secret, decoded. */
export type Entry =
  | { readonly type: 'text'; readonly text: string /** Field path of the value. */; readonly field: string }
  /** `keys` are those that the object has, sorted. */
  | { readonly type: 'missing'; readonly keys: readonly string[] }
  | { readonly type: 'not-base64'; readonly field: string };

export function readEntry(object: ConfigMap | Secret, key: string): Entry {
  if (object.kind === 'Secret') {
    const value = own(object.data, key);
    return value === undefined ? { type: 'missing', keys: keysOf(object.data) } : decode(value, `data[${key}]`);
  }
  const text = own(object.data, key);
  if (text !== undefined) return { type: 'text', text, field: `data[${key}]` };
  const value = own(object.binaryData, key);
  if (value !== undefined) return decode(value, `binaryData[${key}]`);
  return { type: 'missing', keys: [...keysOf(object.data), ...keysOf(object.binaryData)].sort() };
}

/**
 * The origin of an entry's field. A Secret in a file mostly has it under `stringData`, which the API server turns into
 * `data`; the place where a person wrote it is the one to show.
 */
export function originOfEntry(resource: Resource, field: string): Origin {
  const origin = originOf(resource, field);
  if (resource.reference.kind !== 'Secret' || !field.startsWith('data')) return origin;
  const written = originOf(resource, `stringData${field.slice('data'.length)}`);
  const whole = originOf(resource, '');
  const isWhole = origin.line === whole.line && origin.column === whole.column;
  return isWhole ? { ...written, field } : origin;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;

function decode(value: string, field: string): Entry {
  // Kubernetes skips line breaks in base64, and nothing else.
  const packed = value.replaceAll(/[\r\n]/g, '');
  if (packed.length % 4 !== 0 || !base64.test(packed)) return { type: 'not-base64', field };
  return { type: 'text', text: Buffer.from(packed, 'base64').toString('utf8'), field };
}

/** `its keys are: "a", "b"`, bounded, for the message about a key that is missing. */
export function describeKeys(keys: readonly string[]): string {
  if (keys.length === 0) return 'it has no keys';
  const shown = keys.slice(0, 8).map((key) => JSON.stringify(key));
  return `its keys are: ${shown.join(', ')}${keys.length > 8 ? ` and ${keys.length - 8} more` : ''}`;
}

/** Keys may be spelled like members of Object.prototype (`constructor`). */
function own(values: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, key) ? values[key] : undefined;
}

const keysOf = (values: Readonly<Record<string, string>> | undefined): string[] => Object.keys(values ?? {}).sort();
