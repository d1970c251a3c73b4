const unitMilliseconds: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };
const format = /^(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}$/;

/**
 * A Gateway API duration (GEP-2257: `1h30m`, `250ms`) in milliseconds, or null where the text is none. A unit that stands
 * twice counts twice.
 */
export function parseDuration(text: string): number | null {
  if (!format.test(text)) return null;
  let total = 0;
  for (const [, digits = '', unit = ''] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    total += Number(digits) * (unitMilliseconds[unit] ?? 0);
  }
  return total;
}
