import { isIP } from 'node:net';
import { isDnsSubdomain, isQualifiedName } from '../names.ts';
import { compilePattern } from '../pattern.ts';
import { parseDuration } from './duration.ts';
import { CelError } from './error.ts';

type CelFunction = (...args: readonly unknown[]) => unknown;

/**
 * The functions that rules use, by the names that the parser gives them: CEL's own, its string extension, and
 * Kubernetes' libraries for addresses and formats (https://kubernetes.io/docs/reference/using-api/cel/). A function that
 * is not here makes the generator of the schemas fail.
 */
export const functions: Readonly<Record<string, CelFunction>> = {
  '!_': (value) => {
    if (typeof value !== 'boolean') throw new CelError('no such overload');
    return !value;
  },
  '_==_': equal,
  '_!=_': (a, b) => !equal(a, b),
  '_<_': (a, b) => compare(a, b) < 0,
  '_<=_': (a, b) => compare(a, b) <= 0,
  '_>_': (a, b) => compare(a, b) > 0,
  '_>=_': (a, b) => compare(a, b) >= 0,
  '_+_': (a, b) => {
    if (typeof a === 'number' && typeof b === 'number') return a + b;
    if (typeof a === 'string' && typeof b === 'string') return a + b;
    throw new CelError('no such overload');
  },
  '@in': (value, collection) => {
    if (Array.isArray(collection)) return collection.some((item) => equal(item, value));
    return Object.hasOwn(collection as object, value as string);
  },
  size: (value) => {
    if (typeof value === 'string') return [...value].length;
    return Array.isArray(value) ? value.length : Object.keys(value as object).length;
  },
  contains: (text, part) => string(text).includes(string(part)),
  startsWith: (text, part) => string(text).startsWith(string(part)),
  endsWith: (text, part) => string(text).endsWith(string(part)),
  matches: (text, pattern) => compilePattern(string(pattern))(string(text)),
  split: (text, separator) => string(text).split(string(separator)),
  substring: (text, start, end) => substring(string(text), start as number, end as number | undefined),
  duration: (text) => parseDuration(string(text)),
  isIP: (text) => isAddress(string(text)),
  'format.dns1123Subdomain': () => isDnsSubdomain,
  'format.qualifiedName': () => isQualifiedName,
  // The faults that a format finds, or none.
  validate: (format, text) => {
    const faults = (format as (text: string) => readonly string[])(string(text));
    return faults.length === 0 ? null : faults;
  },
  hasValue: (optional) => optional !== null,
};

function string(value: unknown): string {
  if (typeof value !== 'string') throw new CelError('no such overload');
  return value;
}

function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const entries = Object.entries(a);
  return (
    Array.isArray(a) === Array.isArray(b) &&
    entries.length === Object.keys(b).length &&
    entries.every(([key, value]) => Object.hasOwn(b, key) && equal(value, (b as Record<string, unknown>)[key]))
  );
}

function compare(a: unknown, b: unknown): number {
  if (
    (typeof a === 'number' && typeof b === 'number') ||
    (typeof a === 'bigint' && typeof b === 'bigint') ||
    (typeof a === 'string' && typeof b === 'string')
  ) {
    return a < b ? -1 : a > b ? 1 : 0;
  }
  throw new CelError('no such overload');
}

/** Positions count Unicode characters. */
function substring(text: string, start: number, end?: number): string {
  const characters = [...text];
  const stop = end ?? characters.length;
  if (start < 0 || start > characters.length) throw new CelError(`index out of range: ${start}`);
  if (stop < 0 || stop > characters.length) throw new CelError(`index out of range: ${stop}`);
  if (start > stop) throw new CelError(`invalid substring range. start: ${start}, end: ${stop}`);
  return characters.slice(start, stop).join('');
}

/** Neither zones nor IPv4 addresses in IPv6 notation (k8s.io/apiserver/pkg/cel/library/ip.go). */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%') && !(text.includes(':') && text.includes('.'));
}
