import type { ClientFilter } from '../../../model/client-filter.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import type { IPFilterPolicy } from '../../../resources/generated/contour-types.ts';

export type IpFilterResult =
  /** Null filters nobody. */
  | { readonly type: 'filter'; readonly filter: ClientFilter | null }
  | { readonly type: 'both' }
  /** Ranges that are none, each in the words of Go's parser. */
  | { readonly type: 'invalid'; readonly faults: readonly { readonly cidr: string; readonly cause: string }[] };

/**
 * Reads `ipAllowPolicy` and `ipDenyPolicy`. An address alone is a range of one. Nothing in front of the gateway is trusted,
 * so that the address of the connection is the client's, whichever `source` is asked for.
 */
export function readIpFilter(
  allow: readonly IPFilterPolicy[] = [],
  deny: readonly IPFilterPolicy[] = [],
): IpFilterResult {
  if (allow.length > 0 && deny.length > 0) return { type: 'both' };
  const stated = allow.length > 0 ? allow : deny;
  const read = stated.map(({ cidr }) => ({ cidr, range: canonicalRange(cidr) }));
  const faults = read.flatMap(({ cidr, range }) =>
    range === null ? [{ cidr, cause: `invalid CIDR address: ${withPrefix(cidr)}` }] : [],
  );
  if (faults.length > 0) return { type: 'invalid', faults };
  const ranges = [...new Set(read.flatMap(({ range }) => range ?? []))];
  if (ranges.length === 0) return { type: 'filter', filter: null };
  return { type: 'filter', filter: { type: allow.length > 0 ? 'allow' : 'deny', ranges } };
}

function withPrefix(cidr: string): string {
  if (cidr.includes('/')) return cidr;
  return `${cidr}${cidr.includes(':') ? '/128' : '/32'}`;
}

function canonicalRange(cidr: string): string | null {
  const [text = '', prefix = '', ...rest] = withPrefix(cidr).split('/');
  const address = canonicalIpAddress(text);
  const longest = text.includes(':') ? 128 : 32;
  if (address === null || rest.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > longest) return null;
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
  if (mapped === null) return `${address}/${Number(prefix)}`;
  if (Number(prefix) < mappedPrefix) return null;
  const bytes = mapped
    .slice(1)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);
  return `${bytes.join('.')}/${Number(prefix) - mappedPrefix}`;
}

/** Bits in front of an IPv4 address that IPv6 carries (RFC 4291 section 2.5.5.2). Its client is seen by the IPv4 address. */
const mappedPrefix = 96;
