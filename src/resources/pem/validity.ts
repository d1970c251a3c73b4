import { expiresSoonFrom } from '../../model/validity.ts';

/** How near the end of a certificate's life is, judged at one moment. */
export type Validity =
  | { readonly type: 'valid' }
  | { readonly type: 'not-yet'; readonly days: number }
  | { readonly type: 'soon'; readonly days: number }
  | { readonly type: 'expired'; readonly days: number };

const day = 86_400_000;

/** All times are RFC 3339. `days` are whole days between now and the time in question. */
export function validityAt(now: string, notBefore: string, notAfter: string): Validity {
  const [at, start, end] = [now, notBefore, notAfter].map((time) => Date.parse(time)) as [number, number, number];
  if (at < start) return { type: 'not-yet', days: Math.floor((start - at) / day) };
  if (at > end) return { type: 'expired', days: Math.floor((at - end) / day) };
  return at >= expiresSoonFrom(notBefore, notAfter)
    ? { type: 'soon', days: Math.floor((end - at) / day) }
    : { type: 'valid' };
}

/** `expired 2 days ago`, or null for a certificate that needs no word. */
export function describeValidity(validity: Validity): string | null {
  switch (validity.type) {
    case 'valid':
      return null;
    case 'not-yet':
      return `is not valid for another ${validity.days === 0 ? 'few hours' : count(validity.days)}`;
    case 'soon':
      return `expires ${validity.days === 0 ? 'within a day' : `in ${count(validity.days)}`}`;
    case 'expired':
      return `expired ${validity.days === 0 ? 'less than a day ago' : `${count(validity.days)} ago`}`;
  }
}

const count = (days: number): string => (days === 1 ? '1 day' : `${days} days`);
