import { canonicalIpAddress } from '../../model/ip-address.ts';

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
