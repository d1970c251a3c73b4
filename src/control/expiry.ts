import type { Model } from '../model/model.ts';
import { expiresSoonFrom } from '../model/validity.ts';

const second = 1_000;

/**
 * The next time, in milliseconds since 1970, at which the certificates of a model begin to be valid, expire soon, or cease
 * to be valid; or null. What is said of them must be said anew then: a translation judges by the time that it is given.
 */
export function nextValidityChange(model: Model, now: number): number | null {
  const certificates = Object.values(model.certificates);
  const authorities = Object.values(model.trustBundles).flatMap((bundle) => bundle.authorities);
  let next: number | null = null;
  for (const { notBefore, notAfter } of [...certificates, ...authorities]) {
    // A certificate is valid up to and including its last second (RFC 5280 section 4.1.2.5).
    for (const time of [Date.parse(notBefore), expiresSoonFrom(notBefore, notAfter), Date.parse(notAfter) + second]) {
      if (time > now && (next === null || time < next)) next = time;
    }
  }
  return next;
}
