const day = 86_400_000;
/** Warn this long before the end at most; short-lived certificates, which are renewed by machines, at a sixth. */
const longestWarning = 30 * day;

/**
 * The moment from which a certificate counts as one that expires soon, in milliseconds since 1970.
 *
 * @param notBefore RFC 3339, as `notAfter`
 */
export function expiresSoonFrom(notBefore: string, notAfter: string): number {
  const [start, end] = [Date.parse(notBefore), Date.parse(notAfter)];
  return end - Math.min(longestWarning, Math.max(0, end - start) / 6);
}
