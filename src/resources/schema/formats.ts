import { isIP } from 'node:net';

/** The string formats that are checked (k8s.io/kube-openapi/pkg/validation/strfmt). Others mean nothing. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  ipv4: (text) => isAddress(text) && text.includes('.'),
  ipv6: (text) => isAddress(text) && text.includes(':'),
  'date-time': isDateTime,
};

/** Go's `net.ParseIP`: no zones. */
function isAddress(text: string): boolean {
  return isIP(text) !== 0 && !text.includes('%');
}

const dateTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-4]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 section 5.6. */
export function isDateTime(text: string): boolean {
  return dateTime.test(text);
}
