/**
 * Header fields, validated once.
 *
 * The same field lines come again and again on a busy gateway, so a line is parsed, validated and rendered the first
 * time and looked up after that. Both HTTP versions share the fields: an HTTP/1.1 line that came in once goes out as
 * HPACK bytes without another look at its value.
 */

/** What a field means to a proxy. Small integers, for a switch on the hot path. */
export const REGULAR = 0;
export const CONTENT_LENGTH = 1;
export const TRANSFER_ENCODING = 2;
/** Connection: names further fields that belong to this hop only. */
export const CONNECTION = 3;
/** Belongs to one hop and is dropped (RFC 9110 section 7.6.1). */
export const HOP_BY_HOP = 4;
export const HOST = 5;
export const EXPECT = 6;
export const UPGRADE = 7;
export const TE = 8;
export const COOKIE = 9;
/** Written by the gateway itself; a client's own value is dropped or appended to, never trusted. */
export const FORWARDED = 10;

export type FieldKind = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10;

const kinds: ReadonlyMap<string, FieldKind> = new Map([
  ['content-length', CONTENT_LENGTH],
  ['transfer-encoding', TRANSFER_ENCODING],
  ['connection', CONNECTION],
  ['keep-alive', HOP_BY_HOP],
  ['proxy-connection', HOP_BY_HOP],
  ['proxy-authenticate', HOP_BY_HOP],
  ['proxy-authorization', HOP_BY_HOP],
  ['trailer', HOP_BY_HOP],
  ['http2-settings', HOP_BY_HOP],
  ['host', HOST],
  ['expect', EXPECT],
  ['upgrade', UPGRADE],
  ['te', TE],
  ['cookie', COOKIE],
  ['x-forwarded-for', FORWARDED],
  ['x-forwarded-proto', FORWARDED],
  ['x-forwarded-host', FORWARDED],
  ['x-forwarded-client-cert', FORWARDED],
  ['x-request-id', FORWARDED],
]);

/** RFC 9110 section 5.6.2. */
const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** RFC 9110 section 5.5: visible, obs-text, and inner spaces and tabs. Strings here are latin1. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;

/** One header field line (RFC 9110 section 5). Immutable but for the HPACK rendering, which is made when first needed. */
export class Field {
  /** Lower-case. */
  readonly name: string;
  /** Without surrounding white space. Each character is one byte. */
  readonly value: string;
  readonly kind: FieldKind;
  /** `name: value\r\n`, as HTTP/1.1 sends it. */
  readonly line: string;
  /** The line as it came, without its CRLF, where a cache keeps the field; else empty. */
  readonly source: string;
  /** HPACK literal without indexing, one character a byte; empty until HTTP/2 first sends the field. */
  hpack = '';
  /** Whether `hpack` is Huffman-coded where that is shorter: worth its cost only for a field that is sent again. */
  hpackCompressed = false;

  constructor(name: string, value: string, kind: FieldKind, source = '') {
    this.name = name;
    this.value = value;
    this.kind = kind;
    this.line = `${name}: ${value}\r\n`;
    this.source = source;
  }
}

/** The kind of a lower-case name. */
export function kindOfName(name: string): FieldKind {
  return kinds.get(name) ?? REGULAR;
}

/** A field from a name of any case and a value, or null where either has a character that it must not have. */
export function makeField(name: string, value: string): Field | null {
  const known = makeName(name);
  if (known === null || !fieldValue.test(value)) return null;
  return new Field(known.name, trimWhitespace(value), known.kind);
}

interface FieldName {
  /** Lower-case. */
  readonly name: string;
  readonly kind: FieldKind;
  /** How many different lines had the name since the cache was last emptied. */
  misses: number;
}

/**
 * Null where the text is no token, and where an underscore stands for the hyphen of a name that frames, routes or tells
 * who is calling: servers that pass fields on as CGI variables take the one for the other.
 */
function makeName(text: string): FieldName | null {
  if (!token.test(text)) return null;
  const name = text.toLowerCase();
  if (name.includes('_') && kinds.has(name.replaceAll('_', '-'))) return null;
  return { name, kind: kindOfName(name), misses: 0 };
}

const maxCachedLines = 4096;
const maxCachedLineLength = 512;
const maxKnownNames = 1024;
const maxKnownNameLength = 64;
/** A name with more different lines than this is one whose values are ever new (a request id, a date). */
const maxLinesOfName = 128;

/** Turns field lines into fields, remembering lines that repeat. Bounded in entries and in bytes. */
export class FieldCache {
  readonly #lines = new Map<string, Field>();
  readonly #names = new Map<string, FieldName>();

  /**
   * The field of one line without its line end, or null where the line is not a valid field line: no colon, an empty
   * name, white space before the colon, a control character (RFC 9112 section 5). Each character is one byte.
   */
  parse(line: string): Field | null {
    return this.#lines.get(line) ?? this.#parse(line);
  }

  #parse(line: string): Field | null {
    const colon = line.indexOf(':');
    const name = colon <= 0 ? null : this.#nameOf(line.slice(0, colon));
    if (name === null) return null;
    const value = trimWhitespace(line.slice(colon + 1));
    if (!fieldValue.test(value)) return null;
    name.misses += 1;
    if (name.misses > maxLinesOfName || line.length > maxCachedLineLength)
      return new Field(name.name, value, name.kind);
    if (this.#lines.size >= maxCachedLines) this.#empty();
    const source = flat(line);
    const field = new Field(name.name, flat(value), name.kind, source);
    this.#lines.set(source, field);
    return field;
  }

  #nameOf(text: string): FieldName | null {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const copy = flat(text);
    const name = makeName(copy);
    if (name !== null && text.length <= maxKnownNameLength) {
      if (this.#names.size >= maxKnownNames) this.#names.clear();
      this.#names.set(copy, name);
    }
    return name;
  }

  #empty(): void {
    this.#lines.clear();
    for (const name of this.#names.values()) name.misses = 0;
  }
}

/** A copy that does not keep the text alive which it was sliced from. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function trimWhitespace(value: string): string {
  let start = 0;
  let end = value.length;
  while (start < end && isWhitespace(value.charCodeAt(start))) start += 1;
  while (end > start && isWhitespace(value.charCodeAt(end - 1))) end -= 1;
  return value.slice(start, end);
}

const isWhitespace = (code: number): boolean => code === 0x20 || code === 0x09;
