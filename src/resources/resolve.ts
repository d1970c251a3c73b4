import type { GroupKind, KubernetesObject, Resource } from './object.ts';
import type { ResourceSet } from './set.ts';

/**
 * Permission for objects of one kind and namespace to refer to objects of another namespace, in one dialect: a
 * ReferenceGrant never serves an HTTPProxy, nor a TLSCertificateDelegation an HTTPRoute.
 */
export interface Grant {
  readonly dialect: string;
  readonly from: GroupKind & { readonly namespace: string };
  /** `name` null permits every object of the kind in the namespace. */
  readonly to: GroupKind & { readonly namespace: string; readonly name: string | null };
}

/** A reference as one object states it. A namespace is empty for kinds of the whole cluster. */
export interface Reference {
  readonly dialect: string;
  readonly from: GroupKind & { readonly namespace: string };
  readonly to: GroupKind & { readonly namespace: string; readonly name: string };
}

export type Resolution<T extends KubernetesObject> =
  | { readonly type: 'found'; readonly resource: Resource<T> }
  | { readonly type: 'not-permitted' }
  | { readonly type: 'not-found' };

/**
 * The one door from a reference to an object. Permission is checked before existence, so that a refusal never tells
 * whether the object exists.
 */
export function resolve<T extends KubernetesObject>(
  resources: ResourceSet,
  grants: readonly Grant[],
  reference: Reference,
): Resolution<T> {
  const { to } = reference;
  if (crossesNamespaces(reference) && !grants.some((grant) => permits(grant, reference))) {
    return { type: 'not-permitted' };
  }
  const resource = resources.get<T>(to, to.namespace, to.name);
  return resource === undefined ? { type: 'not-found' } : { type: 'found', resource };
}

/**
 * Only namespaces can keep others out: what has none (a ClusterTrustBundle) is for all, and who has none (a GatewayClass)
 * is written by those who may refer to anything.
 */
function crossesNamespaces({ from, to }: Reference): boolean {
  return from.namespace !== to.namespace && from.namespace !== '' && to.namespace !== '';
}

function permits(grant: Grant, { dialect, from, to }: Reference): boolean {
  return (
    grant.dialect === dialect &&
    grant.from.group === from.group &&
    grant.from.kind === from.kind &&
    grant.from.namespace === from.namespace &&
    grant.to.group === to.group &&
    grant.to.kind === to.kind &&
    grant.to.namespace === to.namespace &&
    (grant.to.name === null || grant.to.name === to.name)
  );
}
