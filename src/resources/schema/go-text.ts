/*
 * Values as Go prints them, because the API server's messages quote values the Go way.
 */

const shortEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};

/** A string as `strconv.Quote` prints it. */
export function goQuote(text: string): string {
  let quoted = '"';
  for (const character of text) quoted += shortEscapes[character] ?? escapeUnprintable(character);
  return `${quoted}"`;
}

function escapeUnprintable(character: string): string {
  // unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and of all spaces only U+0020.
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, '0')}`;
  return `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A JSON value as `encoding/json` prints it: keys sorted, and HTML's special characters escaped. */
export function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .sort(([a], [b]) => compareBytes(a, b))
      .map(([key, member]) => `${goJson(key)}:${goJson(member)}`);
    return `{${members.join(',')}}`;
  }
  if (typeof value === 'number') return jsonNumber(value);
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** encoding/json writes an exponent of one digit where one is enough, and none below 1e21. */
function jsonNumber(value: number): string {
  const size = Math.abs(value);
  return size >= 2 ** 53 && size < 1e21 ? BigInt(value).toString() : String(value);
}

/** A JSON number as `%v` prints what it is decoded into: an int64, or a float64 where that cannot hold it. */
export function goNumber(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value).toString() : goFloat(value);
}

/** A float64 as `%v` prints it. */
export function goFloat(value: number): string {
  const [mantissa = '', exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

/** Orders strings by their UTF-8 bytes, as Go does. */
export function compareBytes(a: string, b: string): number {
  return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
