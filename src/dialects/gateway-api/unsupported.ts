import type { Finding } from '../../model/finding.ts';
import { describeObject } from '../../model/origin.ts';
import type { ParentReference } from '../../resources/generated/types.ts';
import type { KubernetesObject } from '../../resources/object.ts';
import { originOf, type ResourceSet } from '../../resources/set.ts';
import { kinds } from './names.ts';
import { unsupportedKinds } from './protocols.ts';

interface Attaching extends KubernetesObject {
  readonly spec: {
    /** Routes. */
    readonly parentRefs?: readonly ParentReference[];
    /** ListenerSets. */
    readonly parentRef?: ParentReference;
  };
}

/** Objects of kinds that are not translated yet, as far as they want to attach to a Gateway of ours. */
export function findUnsupported(resources: ResourceSet, isOurs: (gateway: string) => boolean): readonly Finding[] {
  return unsupportedKinds.flatMap((kind) =>
    resources.list<Attaching>(kind).flatMap((resource): readonly Finding[] => {
      const { parentRefs = [], parentRef } = resource.object.spec;
      const wanted = [...parentRefs, ...(parentRef === undefined ? [] : [parentRef])].some(
        (ref) =>
          ref.group === kinds.gateway.group &&
          ref.kind === kinds.gateway.kind &&
          isOurs(`${ref.namespace ?? resource.reference.namespace}/${ref.name}`),
      );
      if (!wanted) return [];
      return [
        {
          severity: 'warning',
          reason: 'UnsupportedKind',
          message: `${kind.kind}s are not supported by this version`,
          effect: `${describeObject(resource.reference)} is not served`,
          remedy: 'remove it, or have another gateway serve it',
          origin: originOf(resource, ''),
        },
      ];
    }),
  );
}
