import type { Secret } from '../../../resources/core.ts';
import type { SecretObjectReference } from '../../../resources/generated/types.ts';
import { groupOf, type Resource } from '../../../resources/object.ts';
import { type Grant, resolve } from '../../../resources/resolve.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';

/** What a reference from a Gateway or ListenerSet to a Secret leads to. */
export type ReadSecretRef =
  | { readonly type: 'found'; readonly secret: Resource<Secret> }
  | ({ readonly type: 'not-permitted' | 'not-found' | 'not-a-secret' } & SecretRefFault);

/** Why it leads nowhere. */
export interface SecretRefFault {
  readonly message: string;
  readonly remedy: string;
  /** The field of the reference that is at fault. */
  readonly part: 'group' | 'kind' | 'namespace' | 'name';
}

interface SecretRefContext {
  readonly resources: ResourceSet;
  readonly grants: readonly Grant[];
}

/** Resolves a `certificateRef`, for listeners and for backends alike. */
export function readSecretRef(
  { resources, grants }: SecretRefContext,
  owner: Resource,
  ref: SecretObjectReference,
): ReadSecretRef {
  if (ref.group !== kinds.secret.group || ref.kind !== kinds.secret.kind) {
    const kind = ref.group === '' ? ref.kind : `${ref.kind} of group ${ref.group}`;
    const part = ref.group === kinds.secret.group ? 'kind' : 'group';
    return { type: 'not-a-secret', message: `${kind} cannot hold a certificate`, remedy: 'refer to a Secret', part };
  }
  const { apiVersion, kind, namespace } = owner.reference;
  const from = { group: groupOf(apiVersion), kind, namespace };
  const to = { ...kinds.secret, namespace: ref.namespace ?? from.namespace, name: ref.name };
  const name = `${to.namespace}/${to.name}`;
  const resolution = resolve<Secret>(resources, grants, { dialect: dialectName, from, to });
  switch (resolution.type) {
    case 'found':
      return { type: 'found', secret: resolution.resource };
    case 'not-permitted':
      return {
        type: 'not-permitted',
        message: `no ReferenceGrant in namespace ${to.namespace} lets ${from.kind}s of namespace ${from.namespace} refer to Secret ${name}`,
        remedy: `create a ReferenceGrant in namespace ${to.namespace} from ${from.kind} in ${from.namespace} to Secret ${to.name}`,
        part: 'namespace',
      };
    case 'not-found':
      return {
        type: 'not-found',
        message: `Secret ${name} does not exist`,
        remedy: 'create it, or correct the name',
        part: 'name',
      };
  }
}
