import { canonicalIpAddress } from '../../model/ip-address.ts';
import type { Gateway } from '../../resources/generated/types.ts';
import type { KubernetesObject, Resource } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';
import type { AddressAssignment } from '../addresses.ts';
import { isOfUnit, unitOfGateway } from './unit.ts';

/** The part of a live Service that tells where it is reached. */
export interface LiveService {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/**
 * The addresses by which a Gateway is reached, canonical and without repetition: those of the load balancer, or of the
 * cluster where there is none to wait for, and the external ones. Empty while the load balancer has none to give.
 */
export function serviceAddresses({ spec = {}, status = {} }: LiveService): readonly string[] {
  const given =
    spec.type === 'LoadBalancer'
      ? (status.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? '')
      : (spec.clusterIPs ?? []);
  if (given.length === 0) return [];
  const canonical = [...given, ...(spec.externalIPs ?? [])].map(canonicalIpAddress);
  return [...new Set(canonical.filter((address) => address !== null))];
}

const services = { group: '', kind: 'Service' };

/** The addresses of the Services that Gateways own. Equal addresses are those of `previous` themselves. */
export function addressesOfServices(
  gateways: readonly Resource<Gateway>[],
  resources: ResourceSet,
  previous: AddressAssignment,
): AddressAssignment {
  return Object.fromEntries(
    gateways.map((gateway) => {
      const { namespace, name } = gateway.reference;
      const key = `${namespace}/${name}`;
      const unit = unitOfGateway(gateway);
      const service = resources.get<KubernetesObject & LiveService>(services, unit.namespace, unit.objectName)?.object;
      const addresses = service !== undefined && isOfUnit(service, unit) ? serviceAddresses(service) : [];
      const before = previous[key];
      return [key, before?.join() === addresses.join() ? before : addresses] as const;
    }),
  );
}
