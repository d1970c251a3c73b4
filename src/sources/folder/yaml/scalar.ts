/** What a plain scalar means, or why it means nothing that JSON can say. */
export type PlainValue = { readonly value: string | number | boolean | null } | { readonly problem: string };

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...forms(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'], true),
  ...forms(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'], false),
  ...forms(['', '~', 'null', 'Null', 'NULL'], null),
]);
const unsayable = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;
const numberStart = /^[-+.0-9]/;
const decimal = /^[-+]?(?:0|[1-9][0-9]*)$/;
const prefixed = /^([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;

/**
 * Reads a plain (unquoted, untagged) scalar as Kubernetes does, which is as go-yaml version 2 does: the words of YAML 1.1
 * for booleans, its octal numbers (`0644`), underscores in numbers; but no sexagesimal numbers (`1:30` is a string), and
 * timestamps stay strings.
 */
export function readPlain(text: string): PlainValue {
  const word = words.get(text);
  if (word !== undefined) return { value: word };
  if (!numberStart.test(text)) return { value: text };
  if (unsayable.test(text)) return { problem: `json: unsupported value: ${text}` };
  // Underscores are dropped from what begins with a digit or sign, but a leading dot must be a number as it stands.
  const plain = text.startsWith('.') ? text : text.replaceAll('_', '');
  if (decimal.test(plain)) return { value: Number(plain) };
  const based = prefixed.exec(plain);
  if (based !== null) return { value: readPrefixed(based[1] as string, based[2] as string) };
  return { value: float.test(plain) ? Number(plain) : text };
}

function readPrefixed(sign: string, digits: string): number {
  const octal = /^0([0-7]+)$/.exec(digits);
  const magnitude = Number(octal === null ? digits : `0o${octal[1]}`);
  return sign === '-' ? -magnitude : magnitude;
}

/** A map's key as JSON must have it: a string. Null is no key. */
export function readKey(value: string | number | boolean | null): string | null {
  return value === null ? null : String(value);
}

function forms(texts: readonly string[], value: boolean | null): [string, boolean | null][] {
  return texts.map((text) => [text, value]);
}
