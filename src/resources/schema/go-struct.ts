import { isDateTime } from './formats.ts';
import { goJson, goQuote } from './go-text.ts';

/**
 * The Go type that the API server decodes a built-in kind into. A type's name is what the decoder's messages print:
 * `v1.Protocol` is a string.
 */
export type GoType =
  | { readonly type: 'string' | 'bool' | 'int32' | 'int64'; readonly name: string }
  /** metav1.Time, []byte as base64, util.IntOrString, and fields that nothing looks into. */
  | { readonly type: 'time' | 'bytes' | 'intOrString' | 'any' }
  | { readonly type: 'list' | 'map'; readonly name: string; readonly element: GoType }
  | {
      readonly type: 'struct';
      readonly name: string;
      readonly fields: Readonly<Record<string, GoType>>;
      /** Fields that are those of an embedded struct, with its name: messages have it on the way to them. */
      readonly embedded: Readonly<Record<string, string>>;
      /** The package, which is named after the version of the API. */
      readonly version: string;
    };

export const string: GoType = { type: 'string', name: 'string' };
export const bool: GoType = { type: 'bool', name: 'bool' };
export const int32: GoType = { type: 'int32', name: 'int32' };
export const int64: GoType = { type: 'int64', name: 'int64' };
export const time: GoType = { type: 'time' };
export const bytes: GoType = { type: 'bytes' };
export const intOrString: GoType = { type: 'intOrString' };
export const any: GoType = { type: 'any' };

export const named = (name: string): GoType => ({ type: 'string', name });
export const list = (element: GoType): GoType => ({ type: 'list', name: `[]${nameOf(element)}`, element });
export const map = (element: GoType): GoType => ({ type: 'map', name: `map[string]${nameOf(element)}`, element });
export const struct = (
  name: string,
  fields: Readonly<Record<string, GoType>>,
  embedded: Readonly<Record<string, string>> = {},
  version = 'v1',
): GoType => ({ type: 'struct', name, fields, embedded, version });

function nameOf(type: GoType): string {
  if (type.type === 'bytes') return '[]uint8';
  if (type.type === 'struct') return `${type.version}.${type.name}`;
  return 'name' in type ? type.name : type.type;
}

export interface DecodedStruct {
  /** The value without nulls, which mean the same as nothing. */
  readonly value: unknown;
  /** In the order of the document. */
  readonly unknownFields: readonly string[];
  /** The decoder's message of the first value of a wrong type, or null. */
  readonly error: { readonly field: string; readonly message: string } | null;
}

/** Decodes a JSON value the way sigs.k8s.io/json does into a Go type. */
export function decodeStruct(type: GoType, value: unknown): DecodedStruct {
  const state: State = { unknownFields: [], error: null };
  return { value: decode(type, value, { struct: '', field: '', path: '' }, state), ...state };
}

interface State {
  unknownFields: string[];
  error: { field: string; message: string } | null;
}

/** `field` leaves out indices, as the decoder's messages do. */
interface Place {
  readonly struct: string;
  readonly field: string;
  readonly path: string;
}

function decode(type: GoType, value: unknown, place: Place, state: State): unknown {
  if (value === null || value === undefined) return undefined;
  switch (type.type) {
    case 'any':
      return value;
    case 'string':
    case 'bool':
      return typeof value === (type.type === 'bool' ? 'boolean' : 'string')
        ? value
        : wrong(type.name, value, place, state);
    case 'int32':
    case 'int64':
      return isInteger(value, type.type) ? value : wrong(type.name, value, place, state);
    case 'time':
      if (typeof value === 'string' && isDateTime(value)) return value;
      if (typeof value !== 'string') return wrong('string', value, place, state);
      return fail(unparsedTime(value), place, state);
    case 'bytes':
      return decodeBytes(value, place, state);
    case 'intOrString':
      if (typeof value === 'string' || isInteger(value, 'int32')) return value;
      return wrong('int32', value, place, state);
    case 'list':
      if (!Array.isArray(value)) return wrong(type.name, value, place, state);
      return value.map((item, index) => {
        const decoded = decode(type.element, item, { ...place, path: `${place.path}[${index}]` }, state);
        return decoded === undefined ? zero(type.element) : decoded;
      });
    case 'map':
      return decodeMap(type.element, type.name, value, place, state);
    default:
      return decodeFields(type, value, place, state);
  }
}

function decodeMap(element: GoType, name: string, value: unknown, place: Place, state: State): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return wrong(name, value, place, state);
  const members = Object.entries(value).map(([key, member]): [string, unknown] => {
    const decoded = decode(element, member, { ...place, path: `${place.path}[${key}]` }, state);
    return [key, decoded === undefined ? zero(element) : decoded];
  });
  return Object.fromEntries(members);
}

function decodeFields(type: GoType & { type: 'struct' }, value: unknown, place: Place, state: State): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return wrong(`${type.version}.${type.name}`, value, place, state);
  }
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    const path = place.path === '' ? key : `${place.path}.${key}`;
    const fieldType = Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
    if (fieldType === undefined) {
      state.unknownFields.push(path);
      continue;
    }
    const name = Object.hasOwn(type.embedded, key) ? `${type.embedded[key]}.${key}` : key;
    const field = place.field === '' ? name : `${place.field}.${name}`;
    const decoded = decode(fieldType, member, { struct: type.name, field, path }, state);
    if (decoded !== undefined) result[key] = decoded;
  }
  return result;
}

/** What a null item is: the type's zero value. */
function zero(type: GoType): unknown {
  if (type.type === 'string') return '';
  if (type.type === 'bool') return false;
  return type.type === 'struct' ? {} : type.type === 'bytes' ? '' : 0;
}

function isInteger(value: unknown, type: 'int32' | 'int64'): boolean {
  const bits = type === 'int32' ? 31 : 63;
  return typeof value === 'number' && Number.isInteger(value) && value >= -(2 ** bits) && value < 2 ** bits;
}

/** RFC 4648 section 4, without line breaks, which the decoder ignores. Go also reads bytes from a list of numbers. */
function decodeBytes(value: unknown, place: Place, state: State): unknown {
  if (Array.isArray(value)) {
    const stray = value.find((item) => !isInteger(item, 'int32') || item < 0 || item > 255);
    if (stray !== undefined) return wrong('uint8', stray, place, state);
    return Buffer.from(value).toString('base64');
  }
  if (typeof value !== 'string') return wrong('[]uint8', value, place, state);
  const fault = base64Fault(value);
  if (fault !== null) return fail(`illegal base64 data at input byte ${fault}`, place, state);
  return value.replaceAll(/[\r\n]/g, '');
}

/** The position of the first byte that cannot stand where it stands, as encoding/base64 counts, or null. */
export function base64Fault(text: string): number | null {
  const digits = text.replaceAll(/[\r\n]/g, '');
  if (digits.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(digits)) return null;
  let count = 0;
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '=') return paddingFault(text, index, count % 4);
    if (/[A-Za-z0-9+/]/.test(character)) count++;
    else if (!/[\r\n]/.test(character)) return index;
  }
  return text.length - (count % 4);
}

/** `index` is the place of the first `=`, `digits` the number of digits of its group. */
function paddingFault(text: string, index: number, digits: number): number | null {
  if (digits < 2) return index;
  let next = afterBreaks(text, index + 1);
  if (digits === 2) {
    if (next === text.length) return next;
    if (text.charAt(next) !== '=') return next - 1;
    next = afterBreaks(text, next + 1);
  }
  return next < text.length ? next : null;
}

function afterBreaks(text: string, index: number): number {
  return text.length - text.slice(index).replace(/^[\r\n]+/, '').length;
}

function wrong(name: string, value: unknown, place: Place, state: State): undefined {
  const target =
    place.struct === '' ? `Go value of type ${name}` : `Go struct field ${place.struct}.${place.field} of type ${name}`;
  return fail(`json: cannot unmarshal ${kindOf(value, name)} into ${target}`, place, state);
}

function fail(message: string, place: Place, state: State): undefined {
  state.error ??= { field: place.path, message };
  return undefined;
}

function kindOf(value: unknown, target: string): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return /^u?int/.test(target) ? `number ${goJson(value)}` : 'number';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function unparsedTime(text: string): string {
  return `parsing time ${goQuote(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${goQuote(text)} as "2006"`;
}
