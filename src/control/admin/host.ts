import { BlockList, isIP } from 'node:net';
import { canonicalIpAddress } from '../../model/ip-address.ts';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whether a request with this Host header is meant for the admin server: `localhost`, a loopback address, or the host
 * that it was told to listen on. Anything else may be a web page whose name was made to lead here (DNS rebinding), and must
 * not read what only this machine may. A server on every address is reached by any of them (a kubelet's probe names the
 * pod's), and an address as such is no name that somebody could have bent.
 */
export function isOwnHost(header: string | undefined, configured: string): boolean {
  if (header === undefined) return false;
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]/@\s]+))(?::\d{1,5})?$/.exec(header);
  const host = (match?.[1] ?? match?.[2])?.toLowerCase();
  if (host === undefined) return false;
  if (host === 'localhost' || host === configured.toLowerCase()) return true;
  const address = canonicalIpAddress(host);
  if (address === null) return false;
  const own = canonicalIpAddress(configured);
  return address === own || own === '0.0.0.0' || own === '::' || isLoopbackAddress(address);
}

/** Whether only this machine can reach the host. */
export function isLoopback(host: string): boolean {
  const address = canonicalIpAddress(host);
  return host === 'localhost' || (address !== null && isLoopbackAddress(address));
}

const isLoopbackAddress = (address: string): boolean => loopback.check(address, isIP(address) === 4 ? 'ipv4' : 'ipv6');
