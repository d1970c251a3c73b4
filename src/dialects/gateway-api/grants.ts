import type { ReferenceGrant } from '../../resources/generated/types.ts';
import type { Grant } from '../../resources/resolve.ts';
import type { ResourceSet } from '../../resources/set.ts';
import { dialectName, kinds } from './names.ts';

/** Every ReferenceGrant permits each of its `from` to refer to each of its `to`, in the grant's own namespace. */
export function readGrants(resources: ResourceSet): readonly Grant[] {
  return resources.list<ReferenceGrant>(kinds.referenceGrant).flatMap(({ reference, object }) =>
    object.spec.from.flatMap((from) =>
      object.spec.to.map((to) => ({
        dialect: dialectName,
        from: { group: from.group, kind: from.kind, namespace: from.namespace },
        to: { group: to.group, kind: to.kind, namespace: reference.namespace, name: to.name ?? null },
      })),
    ),
  );
}
