const ampersand = 0x26;

/**
 * The parameters of a query (without its `?`), decoded as `application/x-www-form-urlencoded` (WHATWG URL section 5.1):
 * `+` is a space. The first value of a name that repeats wins (Gateway API, HTTPQueryParamMatch). Each
 * character of names and values is one byte.
 */
export function parseQuery(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  let start = 0;
  while (start < query.length) {
    let end = start;
    while (end < query.length && query.charCodeAt(end) !== ampersand) end += 1;
    if (end > start) {
      const equals = query.indexOf('=', start);
      const valued = equals >= 0 && equals < end;
      const name = decode(query.slice(start, valued ? equals : end));
      if (!parameters.has(name)) parameters.set(name, valued ? decode(query.slice(equals + 1, end)) : '');
    }
    start = end + 1;
  }
  return parameters;
}

const encoded = /%[0-9A-Fa-f]{2}/g;

/** A percent sign that encodes nothing stands for itself. */
function decode(text: string): string {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  return spaced.includes('%') ? spaced.replace(encoded, decodeByte) : spaced;
}

function decodeByte(encoding: string): string {
  return String.fromCharCode(Number.parseInt(encoding.slice(1), 16));
}

/** Text as its UTF-8 bytes, one character a byte: the form that field values and parameters have here. */
export function toByteString(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

const ascii = /^[\x20-\x7e]*$/;

/** Bytes back to text, for patterns, which speak of characters. */
export function fromByteString(bytes: string): string {
  return ascii.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');
}
