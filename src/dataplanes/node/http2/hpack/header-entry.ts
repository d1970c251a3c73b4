import { CONNECTION, Field, kindOfName, REGULAR, TE, TRANSFER_ENCODING, UPGRADE } from '../../http/field.ts';

/** What an entry of a header list is to a request or response. Small integers, for a switch on the hot path. */
export const FIELD = 0;
export const METHOD = 1;
export const PATH = 2;
export const AUTHORITY = 3;
export const SCHEME = 4;
export const STATUS = 5;
/** `:protocol` of extended CONNECT (RFC 8441 section 4). */
export const PROTOCOL = 6;
/** Makes the message malformed wherever it appears (RFC 9113 section 8.1.1). */
export const MALFORMED = 7;

export type EntryRole = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

const pseudoHeaders: ReadonlyMap<string, EntryRole> = new Map([
  [':method', METHOD],
  [':path', PATH],
  [':authority', AUTHORITY],
  [':scheme', SCHEME],
  [':status', STATUS],
  [':protocol', PROTOCOL],
]);

/** RFC 9110 section 5.6.2, without upper case (RFC 9113 section 8.2.1). */
const lowerCaseToken = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/**
 * Stricter than RFC 9113 section 8.2.1, which forbids NUL, CR and LF only: no control character but an inner tab, so
 * that the value is good in HTTP/1.1 too. No white space at either end.
 */
const fieldValue = /^(?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/;

/** Bytes that RFC 7541 section 4.1 adds to each entry. */
const entryOverhead = 32;

/** One name and value, validated when it is made: an entry of the dynamic table is validated once however often it is used. */
export class HeaderEntry {
  readonly name: string;
  readonly value: string;
  readonly role: EntryRole;
  /** Null unless `role` is `FIELD`. */
  readonly field: Field | null;

  /** @param known an entry of the same name, whose name need not be looked at again */
  constructor(name: string, value: string, known: HeaderEntry | null = null) {
    this.name = name;
    this.value = value;
    const valid = fieldValue.test(value);
    const kind = known?.field?.kind;
    if (valid && kind !== undefined && kind !== TE) {
      this.role = FIELD;
      this.field = new Field(name, value, kind);
    } else {
      this.role = valid ? roleOf(name, value) : MALFORMED;
      this.field = this.role === FIELD ? new Field(name, value, kindOfName(name)) : null;
    }
  }

  /** RFC 7541 section 4.1. */
  get size(): number {
    return this.name.length + this.value.length + entryOverhead;
  }
}

function roleOf(name: string, value: string): EntryRole {
  if (name.charCodeAt(0) === 0x3a) return pseudoHeaders.get(name) ?? MALFORMED;
  if (!lowerCaseToken.test(name)) return MALFORMED;
  // Servers that pass fields on as CGI variables take an underscore for a hyphen.
  if (name.includes('_') && kindOfName(name.replaceAll('_', '-')) !== REGULAR) return MALFORMED;
  switch (kindOfName(name)) {
    // Connection-specific fields (RFC 9113 section 8.2.2) would frame or route the message anew in HTTP/1.1.
    case CONNECTION:
    case TRANSFER_ENCODING:
    case UPGRADE:
      return MALFORMED;
    case TE:
      return value === 'trailers' ? FIELD : MALFORMED;
    default:
      return name === 'keep-alive' || name === 'proxy-connection' ? MALFORMED : FIELD;
  }
}
