import type { KubernetesObject } from '../../resources/object.ts';

/** Whether the controlling owner of an object is the other one, and not only something of its name. */
export function isOwnedBy({ metadata }: KubernetesObject, { metadata: { uid } }: KubernetesObject): boolean {
  const { ownerReferences = [] } = metadata;
  return uid !== undefined && ownerReferences.some((each) => each.controller === true && each.uid === uid);
}
