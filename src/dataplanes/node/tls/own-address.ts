import { BlockList, isIPv6 } from 'node:net';

/** Loopback (RFC 1122, RFC 4291), "this host" (RFC 1122), and link-local (RFC 3927, RFC 4291), where clouds keep credentials. */
const own = new BlockList();
own.addSubnet('127.0.0.0', 8);
own.addSubnet('0.0.0.0', 8);
own.addSubnet('169.254.0.0', 16);
own.addAddress('::', 'ipv6');
own.addAddress('::1', 'ipv6');
own.addSubnet('fe80::', 10, 'ipv6');

/**
 * Whether an address leads to the machine itself, or to what serves this machine alone. An API server accepts no such
 * endpoint; a host name that resolves to one (an XBackend's, an ExternalName's) would make the gateway reach, for whoever
 * asks it, what only the gateway can reach (GEP-4894, "FQDN Security Analysis"; CVE-2021-25740).
 */
export function isOwnAddress(address: string): boolean {
  const zone = address.indexOf('%');
  const plain = zone < 0 ? address : address.slice(0, zone);
  return own.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
