import type { Finding } from '../../../model/finding.ts';
import { canonicalIpAddress } from '../../../model/ip-address.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Gateway } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import type { Verdict } from '../condition.ts';

/** What becomes of `spec.addresses`, given the addresses that infrastructure assigned. */
export interface ReadAddresses {
  readonly addresses: readonly string[];
  /** From where each of them is reached (GEP-5093). */
  readonly routabilities: readonly string[];
  /** An address of a kind that cannot be had: the Gateway is not accepted. */
  readonly unsupported: readonly Finding[];
  /** Addresses that it should have and has not, so that it is not what was asked for. */
  readonly problems: readonly Finding[];
  /** Addresses that it has not beside others that it has. */
  readonly warnings: readonly Finding[];
  /** The condition `AddressesAssigned`, where there is one. */
  readonly assignment: Verdict | null;
}

/** Where data planes open the addresses of the Gateways themselves. */
export function readAddresses(gateway: Resource<Gateway>, assigned: readonly string[]): ReadAddresses {
  const stated = gateway.object.spec.addresses ?? [];
  const unsupported: Finding[] = [];
  const problems: Finding[] = [];
  for (const [index, { type, value, routability }] of stated.entries()) {
    const field = `spec.addresses[${index}]`;
    if (type !== 'IPAddress') {
      unsupported.push(unsupportedType(gateway, type, field));
    } else if (routability !== undefined && routability !== '') {
      unsupported.push({
        severity: 'error',
        reason: 'UnsupportedAddress',
        message: `routability "${routability}" is not supported`,
        effect: 'the Gateway is not served',
        remedy: 'remove routability',
        origin: originOf(gateway, `${field}.routability`),
      });
    } else if (value !== undefined && value !== '' && assigned.length > 0 && !includesAddress(assigned, value)) {
      problems.push({
        severity: 'warning',
        reason: 'AddressNotUsable',
        message: `address ${value} is not one that this Gateway can have`,
        effect: `it is served on ${assigned.join(', ')}`,
        remedy: 'ask for an address that the gateway was given, or remove it',
        origin: originOf(gateway, `${field}.value`),
      });
    }
  }
  if (assigned.length === 0 && unsupported.length === 0) {
    problems.push({
      severity: 'error',
      reason: 'AddressNotAssigned',
      message: `no address is left for ${describeObject(gateway.reference)}`,
      effect: 'the Gateway is not served',
      remedy: 'give the gateway more addresses',
      origin: originOf(gateway, stated.length > 0 ? 'spec.addresses' : ''),
    });
  }
  const addresses = unsupported.length > 0 ? [] : assigned;
  return { addresses, routabilities: [], unsupported, problems, warnings: [], assignment: null };
}

export function unsupportedType(gateway: Resource<Gateway>, type: string, field: string): Finding {
  return {
    severity: 'error',
    reason: 'UnsupportedAddress',
    message: `addresses of type ${type} are not supported`,
    effect: 'the Gateway is not served',
    remedy: 'use type IPAddress, or remove the address',
    origin: originOf(gateway, `${field}.type`),
  };
}

/** `assigned` is canonical; a Gateway may spell the same address in another way. */
function includesAddress(assigned: readonly string[], value: string): boolean {
  return assigned.includes(canonicalIpAddress(value) ?? value);
}
