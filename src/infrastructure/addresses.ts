import { canonicalIpAddress } from '../model/ip-address.ts';
import type { Gateway } from '../resources/generated/types.ts';
import type { Resource } from '../resources/object.ts';
import { type AddressPool, lowestFree, poolHolds } from './address-pool.ts';

/**
 * The addresses of Gateways by `namespace/name`. Empty for a Gateway for which none was left. Where a Gateway has others
 * than it asks for, the ones that it asks for cannot be had; the dialect tells so in its status.
 */
export type AddressAssignment = Readonly<Record<string, readonly string[]>>;

/**
 * Gives every Gateway its addresses: those that `spec.addresses` asks for as far as the pool holds them and nobody else
 * has them, otherwise one of the pool. Who has an address keeps it while it exists and asks for no other. Apart from
 * that, those that ask for certain addresses are served before those that take any, each in the order of their names.
 *
 * `others` are data planes that are of no single Gateway, by their names: they take any address.
 *
 * Pure: equal inputs give equal addresses, and an equal assignment is the previous one itself.
 */
export function assignAddresses(
  gateways: readonly Resource<Gateway>[],
  pool: AddressPool,
  previous: AddressAssignment,
  others: readonly string[] = [],
): AddressAssignment {
  const claims = [
    ...gateways.map((gateway) => claimOf(gateway, pool)),
    ...others.map((key): Claim => ({ key, asked: [] })),
  ].sort((a, b) => (a.key < b.key ? -1 : 1));
  const assigned = new Map<string, readonly string[]>();
  const taken = new Set<string>();
  const assign = (key: string, addresses: readonly string[]): void => {
    assigned.set(key, addresses);
    for (const address of addresses) taken.add(address);
  };
  const isFree = (address: string): boolean => pool.type === 'shared' || !taken.has(address);

  for (const { key, asked } of claims) {
    const held = (previous[key] ?? []).filter((address) => poolHolds(pool, address) && isFree(address));
    const kept = asked.length === 0 ? held.slice(0, 1) : held.filter((address) => asked.includes(address));
    if (kept.length > 0) assign(key, kept);
  }
  for (const { key, asked } of claims) {
    const kept = assigned.get(key) ?? [];
    const granted = asked.filter((address) => kept.includes(address) || isFree(address));
    if (granted.length > 0) assign(key, granted);
  }
  for (const { key } of claims) {
    if (!assigned.has(key)) assign(key, anyOf(pool, previous[key] ?? [], taken));
  }
  const next = Object.fromEntries(claims.map(({ key }) => [key, assigned.get(key) ?? []] as const));
  return equalAssignments(next, previous) ? previous : next;
}

interface Claim {
  readonly key: string;
  /** Addresses of the pool that the Gateway asks for. Types other than IPAddress are for the dialect to refuse. */
  readonly asked: readonly string[];
}

function claimOf({ reference, object }: Resource<Gateway>, pool: AddressPool): Claim {
  const asked = (object.spec.addresses ?? [])
    .filter(({ type, value }) => type === 'IPAddress' && value !== undefined)
    .map(({ value }) => canonicalIpAddress(value as string))
    .filter((address) => address !== null && poolHolds(pool, address));
  return { key: `${reference.namespace}/${reference.name}`, asked: [...new Set(asked as readonly string[])] };
}

/** Somebody who asks for what cannot be had keeps the address that it was given instead. */
function anyOf(pool: AddressPool, held: readonly string[], taken: ReadonlySet<string>): readonly string[] {
  if (pool.type === 'shared') return [pool.address];
  const kept = held.find((address) => poolHolds(pool, address) && !taken.has(address));
  const address = kept ?? lowestFree(pool, taken);
  return address === null ? [] : [address];
}

function equalAssignments(a: AddressAssignment, b: AddressAssignment): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => b[key]?.join() === a[key]?.join());
}
