import fc from 'fast-check';

/*
 * Generators of messages that are valid by RFC 9112, with what a recipient must make of them.
 */

export interface MadeMessage {
  /** One character a byte. */
  readonly bytes: string;
  readonly startLine: string;
  readonly method: string;
  readonly target: string;
  readonly fields: readonly (readonly [string, string])[];
  readonly content: string;
  readonly trailers: readonly (readonly [string, string])[];
}

const token = fc.string({ unit: fc.constantFrom(..."!#$%&'*+-.^`|~019abzABZ"), minLength: 1, maxLength: 12 });
const fieldName = token.map((text) => `X-${text}`);
const visible = fc.string({ unit: fc.constantFrom(...' \t!"#,:;=?@[]{}~azAZ09\x80\xff'), maxLength: 40 });
const fields = fc.array(
  fc.tuple(
    fieldName,
    visible.map((text) => text.trim()),
  ),
  { maxLength: 6 },
);
const content = fc.string({ unit: fc.constantFrom(...'\r\n\0 a0:5;\xff'), maxLength: 200 });
const target = fc
  .string({ unit: fc.constantFrom(...'abz019/.-_~%?&=+:@!$*,;()'), maxLength: 30 })
  .map((text) => `/${text}`);

const extension = fc.constantFrom('', ';a', ';a=b', ';a="b c"', ';a="\\"";b', `;${'x'.repeat(60)}`);
const size = (length: number): fc.Arbitrary<string> =>
  fc.constantFrom(length.toString(16), length.toString(16).toUpperCase(), `00${length.toString(16)}`);

const chunk = content
  .filter((text) => text.length > 0)
  .chain((text) => fc.tuple(size(text.length), extension, fc.constant(text)));

interface Framing {
  readonly line: string;
  readonly bytes: string;
  readonly content: string;
  readonly trailers: readonly (readonly [string, string])[];
}

const lines = (list: readonly (readonly [string, string])[]): string =>
  list.map(([name, value]) => `${name}: ${value}\r\n`).join('');

const withLength: fc.Arbitrary<Framing> = content.map((text) => ({
  line: `Content-Length: ${text.length}\r\n`,
  bytes: text,
  content: text,
  trailers: [],
}));

const inChunks: fc.Arbitrary<Framing> = fc
  .tuple(fc.array(chunk, { maxLength: 6 }), extension, fields)
  .map(([chunks, lastExtension, trailers]) => ({
    line: 'Transfer-Encoding: chunked\r\n',
    bytes: `${chunks.map(([digits, parameters, text]) => `${digits}${parameters}\r\n${text}\r\n`).join('')}0${lastExtension}\r\n${lines(trailers)}\r\n`,
    content: chunks.map(([, , text]) => text).join(''),
    trailers,
  }));

const without: fc.Arbitrary<Framing> = fc.constant({ line: '', bytes: '', content: '', trailers: [] });

export const requestMessage: fc.Arbitrary<MadeMessage> = fc
  .tuple(
    fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND'),
    target,
    fields,
    fc.oneof(without, withLength, inChunks),
  )
  .map(([method, path, list, framing]) => ({
    bytes: `${method} ${path} HTTP/1.1\r\nHost: a.test\r\n${lines(list)}${framing.line}\r\n${framing.bytes}`,
    startLine: `${method} ${path}`,
    method,
    target: path,
    fields: list,
    content: framing.content,
    trailers: framing.trailers,
  }));

export const responseMessage: fc.Arbitrary<MadeMessage> = fc
  .tuple(fc.constantFrom(200, 201, 404, 500), fields, fc.oneof(withLength, inChunks))
  .map(([status, list, framing]) => ({
    bytes: `HTTP/1.1 ${status} Reason\r\n${lines(list)}${framing.line}\r\n${framing.bytes}`,
    startLine: `${status}`,
    method: '',
    target: '',
    fields: list,
    content: framing.content,
    trailers: framing.trailers,
  }));

/** Cuts bytes at any places. */
export function cut(bytes: string, places: readonly number[]): string[] {
  const offsets = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  const parts: string[] = [];
  let start = 0;
  for (const offset of [...offsets, bytes.length]) {
    if (offset > start) parts.push(bytes.slice(start, offset));
    start = offset;
  }
  return parts;
}

export const places = fc.array(fc.nat(5_000), { maxLength: 40 });

/** An edit that an attacker would try: a byte changed, left out, put in or said twice. */
export const edit = fc.record({
  place: fc.nat(5_000),
  kind: fc.constantFrom('replace', 'delete', 'insert', 'repeat'),
  byte: fc.constantFrom(...'\r\n\t\0 :;,0x5\x0b\x7f\xa0', '\r\n', '\r\n ', '\n\n', '\r\n\r\n'),
});

export function applyEdit(bytes: string, { place, kind, byte }: { place: number; kind: string; byte: string }): string {
  const at = place % (bytes.length + 1);
  switch (kind) {
    case 'replace':
      return bytes.slice(0, at) + byte + bytes.slice(at + 1);
    case 'delete':
      return bytes.slice(0, at) + bytes.slice(at + 1);
    case 'insert':
      return bytes.slice(0, at) + byte + bytes.slice(at);
    default:
      return bytes.slice(0, at) + bytes.slice(Math.max(0, at - 8), at) + bytes.slice(at);
  }
}
