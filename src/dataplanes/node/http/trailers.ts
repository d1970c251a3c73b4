import { type Field, REGULAR } from './field.ts';

/**
 * Fields that are worthless or dangerous after the content (RFC 9110 section 6.5.1): framing, routing, authentication,
 * conditions, and what must be known before the content is read.
 */
const forbidden: ReadonlySet<string> = new Set([
  'accept-ranges',
  'age',
  'authorization',
  'cache-control',
  'content-encoding',
  'content-location',
  'content-range',
  'content-type',
  'date',
  'expires',
  'forwarded',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'location',
  'max-forwards',
  'origin',
  'pragma',
  'range',
  'retry-after',
  'set-cookie',
  'vary',
  'via',
  'warning',
  'www-authenticate',
  'x-real-ip',
]);

/** Whether a field may be sent on as a trailer field. The others are dropped, as RFC 9110 section 6.5.1 allows. */
export function isTrailer(field: Field): boolean {
  return field.kind === REGULAR && !forbidden.has(field.name);
}
