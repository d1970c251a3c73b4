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
 * What translation reads of an object. Its resource version is left out, and its status but for what is given, so that a
 * write of the status, ours most of all, changes nothing; so are fields that are large and that nobody reads.
 */
export function desiredOf(
  raw: RawObject,
  apiVersion: string,
  kind: string,
  status?: Readonly<Record<string, unknown>>,
): KubernetesObject {
  const { status: _, metadata, ...fields } = raw;
  return { ...fields, ...(status === undefined ? {} : { status }), apiVersion, kind, metadata: metadataOf(metadata) };
}

/** Of a status: which controllers but ours have entries in `ancestors`, and for what. Undefined where none has. */
export function othersOf(
  status: Readonly<Record<string, unknown>> | undefined,
  controllerName: string,
): Readonly<Record<string, unknown>> | undefined {
  const { ancestors } = status ?? {};
  const entries = (Array.isArray(ancestors) ? ancestors : []) as readonly (Readonly<Record<string, unknown>> | null)[];
  const others = entries
    .filter((entry) => entry?.controllerName !== controllerName)
    .map((entry) => ({ ancestorRef: entry?.ancestorRef, controllerName: entry?.controllerName }));
  return others.length === 0 ? undefined : { ancestors: others };
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
