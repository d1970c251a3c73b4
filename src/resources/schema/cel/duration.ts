import { CelError } from './error.ts';

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};

const longest = 2n ** 63n - 1n;

/** Go's `time.ParseDuration`, in nanoseconds. Throws CelError. */
export function parseDuration(text: string): bigint {
  const unsigned = text.replace(/^[+-]/, '');
  const sign = text.startsWith('-') ? -1n : 1n;
  if (unsigned === '0') return 0n;
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(unsigned)) throw invalidDuration();
  let sum = 0n;
  for (const [, whole, fraction = '', unit] of unsigned.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = units[unit ?? ''] ?? 0n;
    sum += BigInt(whole || 0) * scale + (BigInt(fraction || 0) * scale) / 10n ** BigInt(fraction.length);
  }
  if (sum > longest) throw invalidDuration();
  return sign * sum;
}

function invalidDuration(): CelError {
  return new CelError("type conversion error from 'string' to 'google.protobuf.Duration'");
}
