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
  const plain = text.replaceAll('_', '');
  if (decimal.test(plain)) return { value: Number(plain) };
  const based = prefixed.exec(plain);
  const number = based === null ? readFloat(plain) : readPrefixed(based[1] as string, based[2] as string);
  return { value: number ?? text };
}

/** Null for what is no number of 64 bits; such text stays a string. */
function readFloat(text: string): number | null {
  // Adding zero makes 0 of -0, which JSON does not tell apart.
  const number = float.test(text) ? Number(text) + 0 : Number.NaN;
  return Number.isFinite(number) ? number : null;
}

function readPrefixed(sign: string, digits: string): number | null {
  const octal = /^0([0-7]+)$/.exec(digits);
  const magnitude = BigInt(octal === null ? digits : `0o${octal[1]}`);
  if (magnitude >= (sign === '-' ? 1n << 63n : 1n << 64n)) return null;
  return sign === '-' ? -Number(magnitude) : Number(magnitude);
}

/** A map's key as JSON must have it: a string. Null is no key. */
export function readKey(value: string | number | boolean | null): string | null {
  return value === null ? null : String(value);
}

function forms(texts: readonly string[], value: boolean | null): [string, boolean | null][] {
  return texts.map((text) => [text, value]);
}
