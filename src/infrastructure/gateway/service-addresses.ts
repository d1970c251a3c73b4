import { canonicalIpAddress } from '../../model/ip-address.ts';
import type { KubernetesObject } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';
import type { AddressAssignment } from '../addresses.ts';
import { liveObjectOf } from './live.ts';
import type { DataPlaneUnit } from './unit.ts';

/** The part of a live Service that tells where it is reached. */
export interface LiveService {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
  };
  readonly status?: {
    readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string; readonly hostname?: string }[] };
  };
}

/** As many as `status.addresses` of a Gateway may hold: the API server refuses a status with more, whole. */
const mostAddresses = 16;

/**
 * The addresses by which a Gateway is reached, canonical and without repetition: those of the load balancer, or of the
 * cluster where there is none to wait for, and the external ones, sixteen at most. Empty while the load balancer has none
 * to give. Some load balancers are known by a name, which stands there in lower case.
 */
export function serviceAddresses({ spec = {}, status = {} }: LiveService): readonly string[] {
  const given =
    spec.type === 'LoadBalancer'
      ? (status.loadBalancer?.ingress ?? []).map(
          ({ ip = '', hostname = '' }) => canonicalIpAddress(ip) ?? nameOf(hostname),
        )
      : (spec.clusterIPs ?? []).map(canonicalIpAddress);
  if (given.length === 0) return [];
  const all = [...given, ...(spec.externalIPs ?? []).map(canonicalIpAddress)];
  return [...new Set(all.filter((address) => address !== null))].slice(0, mostAddresses);
}

/** RFC 1123. */
const hostnamePattern = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;

function nameOf(hostname: string): string | null {
  const name = hostname.toLowerCase();
  return hostnamePattern.test(name) ? name : null;
}

/** The addresses of the cluster (ClusterIPs) that a Service has, whatever its type; canonical. */
export function clusterAddresses({ spec = {} }: LiveService): readonly string[] {
  return (spec.clusterIPs ?? []).map(canonicalIpAddress).filter((address) => address !== null);
}

const services = { group: '', kind: 'Service' };

/** The addresses of the Services of data planes, by their names. Equal addresses are those of `previous` themselves. */
export function addressesOfServices(
  units: readonly DataPlaneUnit[],
  resources: ResourceSet,
  previous: AddressAssignment,
): AddressAssignment {
  return Object.fromEntries(
    units.map((unit) => {
      const service = serviceOf(unit, resources);
      const addresses = service === null ? [] : serviceAddresses(service);
      const before = previous[unit.name];
      return [unit.name, before?.join() === addresses.join() ? before : addresses] as const;
    }),
  );
}

/** The addresses of the cluster that the Services of data planes have, by their names. */
export function clusterAddressesOfServices(
  units: readonly DataPlaneUnit[],
  resources: ResourceSet,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    units.map((unit) => {
      const service = serviceOf(unit, resources);
      return [unit.name, service === null ? [] : clusterAddresses(service)] as const;
    }),
  );
}

/** The live Service of a unit, or null. */
export function serviceOf(unit: DataPlaneUnit, resources: ResourceSet): (KubernetesObject & LiveService) | null {
  return liveObjectOf(unit, services, resources);
}
