import { isIP } from 'node:net';

/** The string formats that are checked (k8s.io/kube-openapi/pkg/validation/strfmt). Others mean nothing. */
export const formats: Readonly<Record<string, (text: string) => boolean>> = {
  ipv4: (text) => isAddress(text) && text.includes('.'),
  ipv6: (text) => isAddress(text) && text.includes(':'),
  'date-time': isDateTime,
};

/** Kubernetes' lenient reading of addresses: no zones, but zeros before the numbers of an IPv4 address. */
function isAddress(text: string): boolean {
  return addressVersion(withoutLeadingZeros(text)) !== 0;
}

/** 4, 6, or 0 for what is no IP address. A zone makes it none. */
export function addressVersion(text: string): number {
  return text.includes('%') ? 0 : isIP(text);
}

/** `10.0.0.1` for `010.0.0.1`. */
export function withoutLeadingZeros(text: string): string {
  return text.includes(':') ? text : text.replaceAll(/\b0+(?=\d)/g, '');
}

/** An IPv6 address in the form of RFC 5952. */
export function canonicalIpv6(text: string): string {
  return new URL(`http://[${text}]`).hostname.slice(1, -1);
}

const dateTime =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])[Tt ]([01]\d|2[0-4]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/** RFC 3339 section 5.6. */
export function isDateTime(text: string): boolean {
  return dateTime.test(text);
}
