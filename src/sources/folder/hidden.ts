import type { Spot } from './yaml/spot.ts';

/** A part of a text, from its first offset up to but not including its second. */
export type Range = readonly [start: number, end: number];

/** What an excerpt of a document must not show: the values of its Secrets, wherever an anchor may have put them. */
export function hiddenRanges(text: string, secrets: readonly Spot[]): readonly Range[] {
  if (secrets.length === 0) return privateKeys(text);
  const values = secrets.flatMap((secret) => [...valuesOf(secret, 'data'), ...valuesOf(secret, 'stringData')]);
  return [...values, ...longBase64(text), ...privateKeys(text)];
}

/** The same for a text that is no document, of which nothing is known. */
export function hiddenRangesOfUnknown(text: string): readonly Range[] {
  return [...longBase64(text), ...privateKeys(text)];
}

/** The text with what is hidden replaced by dots. Lines and columns stay as they are. */
export function hide(text: string, ranges: readonly Range[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const [start, end] of [...ranges].sort((a, b) => a[0] - b[0])) {
    if (end <= at) continue;
    parts.push(text.slice(at, Math.max(start, at)), text.slice(Math.max(start, at), end).replace(/[^\s]/g, '·'));
    at = end;
  }
  return at === 0 ? text : [...parts, text.slice(at)].join('');
}

function valuesOf(secret: Spot, field: string): readonly Range[] {
  const values = secret.children instanceof Map ? secret.children.get(field)?.children : null;
  return values instanceof Map ? [...values.values()].map(({ offset, end }: Spot) => [offset, end]) : [];
}

function longBase64(text: string): readonly Range[] {
  return matches(text, /[A-Za-z0-9+/]{32,}={0,2}/g);
}

function privateKeys(text: string): readonly Range[] {
  if (!text.includes('PRIVATE KEY')) return [];
  return matches(text, /-----BEGIN [A-Z ]*PRIVATE KEY-----(?:(?!-----END)[\s\S])*/g);
}

function matches(text: string, pattern: RegExp): readonly Range[] {
  return [...text.matchAll(pattern)].map((match) => [match.index, match.index + match[0].length]);
}
