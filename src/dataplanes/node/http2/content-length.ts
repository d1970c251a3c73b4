/** As in HTTP/1.1: a leading zero is octal to some, and what is not a safe integer is no number here. */
const decimal = /^(?:0|[1-9][0-9]{0,15})$/;

/** Bytes, or -1 where the value is not a plain decimal number (RFC 9110 section 8.6). */
export function parseContentLength(value: string): number {
  if (!decimal.test(value)) return -1;
  const length = Number(value);
  return Number.isSafeInteger(length) ? length : -1;
}
