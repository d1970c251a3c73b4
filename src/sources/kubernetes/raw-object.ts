import type { KubernetesObject, ObjectMeta } from '../../resources/object.ts';

/** An object as the API server sends it. Items of lists have no apiVersion and kind. */
export interface RawObject {
  readonly metadata: ObjectMeta;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** `namespace/name`; the namespace is empty for cluster-scoped kinds. */
export const keyOf = ({ metadata }: { readonly metadata: ObjectMeta }): string =>
  nameKey(metadata.namespace ?? '', metadata.name);
export const nameKey = (namespace: string, name: string): string => `${namespace}/${name}`;

const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * What translation reads of an object. Its status and resource version are left out, so that a write of the status, ours
 * most of all, changes nothing; so are fields that are large and that nobody reads.
 */
export function desiredOf(raw: RawObject, apiVersion: string, kind: string, readsStatus = false): KubernetesObject {
  const { status, metadata, ...fields } = raw;
  const read = readsStatus && status !== undefined ? { status } : {};
  return { ...fields, ...read, apiVersion, kind, metadata: metadataOf(metadata) };
}

function metadataOf(metadata: ObjectMeta): ObjectMeta {
  const { name, namespace, uid, generation, creationTimestamp, deletionTimestamp } = metadata;
  const { labels, annotations, ownerReferences } = metadata;
  const kept = Object.entries(annotations ?? {}).filter(([key]) => key !== lastApplied);
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(generation === undefined ? {} : { generation }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(labels === undefined ? {} : { labels }),
    ...(ownerReferences === undefined ? {} : { ownerReferences }),
    ...(kept.length === 0 ? {} : { annotations: Object.fromEntries(kept) }),
  };
}

/** An EndpointSlice without the pods and nodes that its endpoints are on: they change more often than addresses do. */
export function slimEndpointSlice(object: KubernetesObject): KubernetesObject {
  const { endpoints, ports, ...rest } = object as KubernetesObject & {
    readonly endpoints?: readonly Readonly<Record<string, unknown>>[] | null;
    readonly ports?: readonly Readonly<Record<string, unknown>>[] | null;
  };
  const slim = (endpoints ?? []).map(({ addresses, conditions, hostname }) => ({
    addresses,
    ...(conditions === undefined ? {} : { conditions }),
    ...(hostname === undefined ? {} : { hostname }),
  }));
  const metadata = { ...rest.metadata };
  // The controller of EndpointSlices notes when pods last changed in an annotation.
  delete (metadata as { annotations?: unknown }).annotations;
  const named = (ports ?? []).map((port) => ({ name: '', protocol: 'TCP', ...port }));
  return { ...rest, metadata, endpoints: slim, ports: named } as KubernetesObject;
}
