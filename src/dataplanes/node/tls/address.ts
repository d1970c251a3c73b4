import { isIPv4, isIPv6 } from 'node:net';

/** An IP address as lower-case hexadecimal of its 4 or 16 octets, or null where the text is none. */
export function addressOctets(text: string): string | null {
  if (isIPv4(text)) return octetsOfV4(text);
  // A zone is no part of an address in a certificate.
  if (!isIPv6(text) || text.includes('%')) return null;
  const [head = '', tail] = text.split('::');
  const left = groupsToHex(head);
  if (tail === undefined) return left;
  const right = groupsToHex(tail);
  return left + '0'.repeat(32 - left.length - right.length) + right;
}

/** The other way round. Octets of an impossible length are shown as they are. */
export function describeOctets(hex: string): string {
  if (hex.length === 8) return (hex.match(/../g) ?? []).map((octet) => Number.parseInt(octet, 16)).join('.');
  if (hex.length !== 32) return hex;
  const groups = (hex.match(/..../g) ?? []).map((group) => group.replace(/^0{1,3}/, '')).join(':');
  // The URL parser writes the canonical form of RFC 5952.
  return new URL(`http://[${groups}]`).hostname.slice(1, -1);
}

function octetsOfV4(text: string): string {
  return text
    .split('.')
    .map((octet) => Number(octet).toString(16).padStart(2, '0'))
    .join('');
}

function groupsToHex(groups: string): string {
  if (groups === '') return '';
  return groups
    .split(':')
    .map((group) => (group.includes('.') ? octetsOfV4(group) : group.padStart(4, '0').toLowerCase()))
    .join('');
}
