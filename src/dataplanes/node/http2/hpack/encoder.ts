import type { Field } from '../../http/field.ts';
import { encodeHuffman, huffmanSize } from './huffman.ts';
import { staticTable } from './static-table.ts';

/*
 * HPACK without a dynamic table: every field is a literal without indexing, so what a field encodes to is the same on
 * every connection and is kept with the field. It costs some bytes on the wire and no memory per connection, and one
 * client's secrets never share a compression context with another's content (RFC 7541 section 7.1).
 */

/** Literal without indexing (RFC 7541 section 6.2.2). */
const withoutIndexing = 0x00;
/** Literal that no intermediary may index (section 6.2.3). */
const neverIndexed = 0x10;

const sensitiveNames: ReadonlySet<string> = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie']);

const nameIndices: ReadonlyMap<string, number> = firstIndices();

function firstIndices(): Map<string, number> {
  const result = new Map<string, number>();
  for (const [index, [name]] of staticTable.entries()) if (!result.has(name)) result.set(name, index + 1);
  return result;
}

/** A dynamic table size update to nothing (section 6.3): tells a peer that shrank its table that ours is not used. */
export const emptyTableUpdate = '\x20';

/** A field's literal, one character a byte. A field that is sent again is worth compressing. */
export function encodeField(field: Field): string {
  if (field.hpack === '') field.hpack = encodeLiteral(field.name, field.value, false);
  else if (!field.hpackCompressed) {
    field.hpackCompressed = true;
    field.hpack = encodeLiteral(field.name, field.value, true);
  }
  return field.hpack;
}

/** A literal of any lower-case name and value, one character a byte. */
export function encodeLiteral(name: string, value: string, compress: boolean): string {
  const representation = sensitiveNames.has(name) ? neverIndexed : withoutIndexing;
  const index = nameIndices.get(name);
  const head =
    index === undefined
      ? String.fromCharCode(representation) + encodeString(name, compress)
      : encodeInteger(index, 4, representation);
  return head + encodeString(value, compress);
}

const statuses: ReadonlyMap<number, string> = new Map(
  [200, 204, 206, 304, 400, 404, 500].map((status, index) => [status, String.fromCharCode(0x80 | (index + 8))]),
);

/** `:status`. */
export function encodeStatus(status: number): string {
  return statuses.get(status) ?? encodeLiteral(':status', String(status), false);
}

/** `:method`, `:scheme`, `:path` and `:authority`, in this order. */
export function encodeRequestLine(method: string, scheme: 'http' | 'https', path: string, authority: string): string {
  const methodPart = method === 'GET' ? '\x82' : method === 'POST' ? '\x83' : encodeLiteral(':method', method, false);
  const schemePart = scheme === 'http' ? '\x86' : '\x87';
  const pathPart = path === '/' ? '\x84' : `\x04${encodeString(path, false)}`;
  return methodPart + schemePart + pathPart + (authority === '' ? '' : `\x01${encodeString(authority, false)}`);
}

/** `content-length`. */
export function encodeContentLength(length: number): string {
  return `\x0f\x0d${encodeString(String(length), false)}`;
}

function encodeString(text: string, compress: boolean): string {
  if (compress) {
    const size = huffmanSize(text);
    if (size < text.length) return encodeInteger(size, 7, 0x80) + encodeHuffman(text);
  }
  return encodeInteger(text.length, 7, 0) + text;
}

/** An integer after the bits that its first byte begins with (section 5.1). */
function encodeInteger(value: number, prefix: number, firstBits: number): string {
  const mask = (1 << prefix) - 1;
  if (value < mask) return String.fromCharCode(firstBits | value);
  let result = String.fromCharCode(firstBits | mask);
  let rest = value - mask;
  while (rest >= 0x80) {
    result += String.fromCharCode((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return result + String.fromCharCode(rest);
}
