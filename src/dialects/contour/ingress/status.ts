import type { StatusDocument } from '../../dialect.ts';
import type { StatusAddress } from '../settings.ts';
import type { OwnIngress } from './hosts.ts';

/** An Ingress has no conditions: its status tells the addresses alone. */
export function ingressStatus({ resource }: OwnIngress, addresses: readonly StatusAddress[]): StatusDocument {
  const { apiVersion, kind, namespace, name } = resource.reference;
  return {
    apiVersion,
    kind,
    metadata: { namespace, name },
    status: { loadBalancer: addresses.length === 0 ? {} : { ingress: addresses } },
  };
}
