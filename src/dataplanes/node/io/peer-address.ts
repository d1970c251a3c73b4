const mapped = '::ffff:';

/**
 * The address of a peer as its own network knows it: a socket on `::` takes IPv4 connections too, and names their clients by
 * IPv4-mapped addresses (RFC 4291 section 2.5.5.2), which no log, header or allow list should have to know of.
 */
export function peerAddress(address: string | undefined): string {
  if (address === undefined) return '';
  return address.startsWith(mapped) && address.includes('.') ? address.slice(mapped.length) : address;
}
