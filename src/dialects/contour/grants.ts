import type { TLSCertificateDelegation } from '../../resources/generated/contour-types.ts';
import type { Grant } from '../../resources/resolve.ts';
import type { ResourceSet } from '../../resources/set.ts';
import { dialectName, kinds } from './names.ts';

/** The kinds whose objects a delegation lets refer to a Secret. */
const delegates = [kinds.httpProxy, kinds.ingress, kinds.extensionService];

/**
 * Every TLSCertificateDelegation permits the objects of its target namespaces to refer to a Secret of its own namespace.
 * `*` permits all namespaces, and only where it stands alone.
 */
export function readGrants(resources: ResourceSet): readonly Grant[] {
  const delegations = resources.list<TLSCertificateDelegation>(kinds.tlsCertificateDelegation);
  if (delegations.length === 0) return [];
  const everywhere = [
    ...new Set(delegates.flatMap((kind) => resources.list(kind).map(({ reference }) => reference.namespace))),
  ];
  return delegations.flatMap(({ reference, object }) =>
    object.spec.delegations.flatMap(({ secretName, targetNamespaces }) => {
      const all = targetNamespaces.length === 1 && targetNamespaces[0] === '*';
      const to = { ...kinds.secret, namespace: reference.namespace, name: secretName };
      return (all ? everywhere : targetNamespaces).flatMap((namespace) =>
        delegates.map((kind): Grant => ({ dialect: dialectName, from: { ...kind, namespace }, to })),
      );
    }),
  );
}
