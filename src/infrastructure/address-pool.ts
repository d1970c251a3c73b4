import { canonicalIpAddress } from '../model/ip-address.ts';

/** The addresses that Gateways get: one that all share, or a range from which each gets its own. */
export type AddressPool =
  | { readonly type: 'shared'; readonly address: string }
  | {
      readonly type: 'range';
      readonly family: 4 | 6;
      /** The first and last address that may be assigned. */
      readonly first: bigint;
      readonly last: bigint;
    };

/**
 * Reads an address or a CIDR (RFC 4632, RFC 4291 section 2.3). Null for anything else. Of a range with room for it, the
 * network and broadcast addresses of IPv4 and the subnet-router anycast address of IPv6 are left out.
 */
export function parseAddressPool(text: string): AddressPool | null {
  const [written = '', prefix, ...rest] = text.split('/');
  const address = canonicalIpAddress(written);
  if (address === null || rest.length > 0) return null;
  if (prefix === undefined) return { type: 'shared', address };
  const family = address.includes(':') ? 6 : 4;
  const bits = family === 4 ? 32 : 128;
  if (!/^(?:0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > bits) return null;
  const hostBits = BigInt(bits - Number(prefix));
  const network = (addressToNumber(address) >> hostBits) << hostBits;
  const end = network + (1n << hostBits) - 1n;
  const roomy = hostBits >= 2n;
  return {
    type: 'range',
    family,
    first: roomy ? network + 1n : network,
    last: roomy && family === 4 ? end - 1n : end,
  };
}

/** Whether a canonical address may be assigned from the pool. */
export function poolHolds(pool: AddressPool, address: string): boolean {
  if (pool.type === 'shared') return pool.address === address;
  if ((address.includes(':') ? 6 : 4) !== pool.family) return false;
  const number = addressToNumber(address);
  return number >= pool.first && number <= pool.last;
}

/** The lowest address of a range that is not taken, or null. Looks at one address more than are taken. */
export function lowestFree(pool: AddressPool & { readonly type: 'range' }, taken: ReadonlySet<string>): string | null {
  for (let number = pool.first; number <= pool.last; number += 1n) {
    const address = numberToAddress(number, pool.family);
    if (!taken.has(address)) return address;
  }
  return null;
}

/** The number of a canonical address. */
function addressToNumber(address: string): bigint {
  if (!address.includes(':')) return address.split('.').reduce((sum, part) => (sum << 8n) + BigInt(part), 0n);
  const [head = '', tail] = address.split('::');
  const groups = (part: string): readonly string[] => (part === '' ? [] : part.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<string>(zeros).fill('0'), ...after].reduce(
    (sum, group) => (sum << 16n) + BigInt(`0x${group}`),
    0n,
  );
}

function numberToAddress(number: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => (number >> shift) & 255n).join('.');
  const groups = Array.from({ length: 8 }, (_, index) => ((number >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return canonicalIpAddress(groups.join(':')) as string;
}
