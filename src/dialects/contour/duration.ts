import { goQuote } from '../../resources/schema/go-text.ts';

/** A duration of Go in milliseconds, or what Go's own parser says of the text. */
export type ParsedDuration =
  | { readonly type: 'duration'; readonly milliseconds: number }
  | { readonly type: 'invalid'; readonly message: string };

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/gy;

/** The longest time that timers take (2^31 - 1 ms, 24 days). */
const longest = 2_147_483_647;

/** Reads what Go's time.ParseDuration reads: `1h30m`, `1.5s`, `-2ms`, and a zero without unit. */
export function parseGoDuration(text: string): ParsedDuration {
  const negative = text.startsWith('-');
  const digits = text.replace(/^[-+]/, '');
  if (digits === '0') return { type: 'duration', milliseconds: 0 };
  const invalid: ParsedDuration = { type: 'invalid', message: `time: invalid duration ${goQuote(text)}` };
  if (digits === '') return invalid;
  let sum = 0;
  let end = 0;
  for (const [whole, number = '', unit = ''] of digits.matchAll(part)) {
    sum += Number(number) * (units[unit] as number);
    end += whole.length;
  }
  if (end === digits.length) return { type: 'duration', milliseconds: Math.min(longest, negative ? -sum : sum) };
  return /^(?:\d+\.?\d*|\.\d+)$/.test(digits.slice(end))
    ? { type: 'invalid', message: `time: missing unit in duration ${goQuote(text)}` }
    : invalid;
}

/** A timeout as Contour's fields state it: `unset` takes the default, `none` sets no limit. */
export type Timeout =
  | { readonly type: 'unset' | 'none' }
  | { readonly type: 'limit'; readonly milliseconds: number }
  | { readonly type: 'invalid'; readonly message: string };

/** Empty and zero leave a timeout unset; `infinity` and `infinite` take the limit away. */
export function parseTimeout(text: string | undefined): Timeout {
  if (text === undefined || text === '') return { type: 'unset' };
  if (text === 'infinity' || text === 'infinite') return { type: 'none' };
  const parsed = parseGoDuration(text);
  if (parsed.type === 'invalid') {
    return { type: 'invalid', message: `unable to parse timeout string ${goQuote(text)}: ${parsed.message}` };
  }
  // Timers count whole milliseconds.
  const { milliseconds } = parsed;
  return milliseconds === 0
    ? { type: 'unset' }
    : { type: 'limit', milliseconds: Math.max(1, Math.round(milliseconds)) };
}
