import type { Finding } from '../../../model/finding.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Gateway } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';

/** What becomes of `spec.addresses`, given the addresses that infrastructure assigned. */
export interface ReadAddresses {
  readonly addresses: readonly string[];
  /** An address of a kind that cannot be had: the Gateway is not accepted. */
  readonly unsupported: readonly Finding[];
  /** Addresses that it should have and has not. */
  readonly problems: readonly Finding[];
}

/** @param ofService Whether the addresses are those of the Gateway's own Service: it is served without one too. */
export function readAddresses(
  gateway: Resource<Gateway>,
  assigned: readonly string[],
  ofService: boolean,
): ReadAddresses {
  const stated = gateway.object.spec.addresses ?? [];
  const unsupported: Finding[] = [];
  const problems: Finding[] = [];
  for (const [index, { type, value, routability }] of stated.entries()) {
    const field = `spec.addresses[${index}]`;
    if (type !== 'IPAddress') {
      unsupported.push({
        severity: 'error',
        reason: 'UnsupportedAddress',
        message: `addresses of type ${type} are not supported`,
        effect: 'the Gateway is not served',
        remedy: 'use type IPAddress, or remove the address',
        origin: originOf(gateway, `${field}.type`),
      });
    } else if (routability !== undefined && routability !== '') {
      unsupported.push({
        severity: 'error',
        reason: 'UnsupportedAddress',
        message: `routability "${routability}" is not supported`,
        effect: 'the Gateway is not served',
        remedy: 'remove routability',
        origin: originOf(gateway, `${field}.routability`),
      });
    } else if (value !== undefined && value !== '' && !includesAddress(assigned, value)) {
      if (assigned.length === 0 && !ofService) continue;
      problems.push({
        severity: assigned.length > 0 ? 'warning' : 'error',
        reason: 'AddressNotUsable',
        message: ofService
          ? `the Service of ${describeObject(gateway.reference)} has not been given address ${value}`
          : `address ${value} is not one that this Gateway can have`,
        effect: assigned.length > 0 ? `it is served on ${assigned.join(', ')}` : 'clients cannot find the Gateway',
        remedy: ofService
          ? 'ask for an address that the load balancer of this cluster can give, or remove it'
          : 'ask for an address that the gateway was given, or remove it',
        origin: originOf(gateway, `${field}.value`),
      });
    }
  }
  if (assigned.length === 0 && unsupported.length === 0 && problems.length === 0) {
    problems.push({
      severity: 'error',
      reason: 'AddressNotAssigned',
      ...(ofService
        ? {
            message: `the Service of ${describeObject(gateway.reference)} has no address yet`,
            effect: 'clients cannot find the Gateway',
            remedy: 'look at what gives addresses to Services of type LoadBalancer in this cluster',
          }
        : {
            message: `no address is left for ${describeObject(gateway.reference)}`,
            effect: 'the Gateway is not served',
            remedy: 'give the gateway more addresses',
          }),
      origin: originOf(gateway, stated.length > 0 ? 'spec.addresses' : ''),
    });
  }
  return { addresses: unsupported.length > 0 ? [] : assigned, unsupported, problems };
}

/** `assigned` is canonical; a Gateway may spell the same address in another way. */
function includesAddress(assigned: readonly string[], value: string): boolean {
  return assigned.includes(canonicalIpAddress(value) ?? value);
}
