import { isDeepStrictEqual } from 'node:util';
import type { Model } from '../../model/model.ts';
import type { Service } from '../../resources/core.ts';
import type { XBackend } from '../../resources/generated/types.ts';
import type { GroupKind, KubernetesObject, Resource } from '../../resources/object.ts';
import type { ResourceSet } from '../../resources/set.ts';

/** Pods that an XBackend selects by their labels, and the port of theirs that it names. */
export interface Selection {
  readonly owner: Resource<XBackend>;
  readonly labels: Readonly<Record<string, string>>;
  readonly port: number;
}

/** The label of a Service that was made for a selection: the uid of the XBackend. */
export const selectionLabel = 'farside.dev/backend-uid';

const xBackends: GroupKind = { group: 'gateway.networking.x-k8s.io', kind: 'XBackend' };
const services: GroupKind = { group: '', kind: 'Service' };

/** The selections of the XBackends that something of the model leads to, by the uids of the XBackends. */
export function selectionsOf(
  resources: ResourceSet,
  { backends }: Pick<Model, 'backends'>,
): ReadonlyMap<string, Selection> {
  const selections = new Map<string, Selection>();
  for (const { origin } of Object.values(backends)) {
    if (origin.kind !== xBackends.kind) continue;
    const owner = resources.get<XBackend>(xBackends, origin.namespace, origin.name);
    const { uid, deletionTimestamp } = owner?.object.metadata ?? {};
    const { endpointSelector, port } = owner?.object.spec ?? {};
    if (owner === undefined || uid === undefined || deletionTimestamp !== undefined) continue;
    if (endpointSelector === undefined || port?.number === undefined) continue;
    selections.set(uid, { owner, labels: endpointSelector.matchLabels, port: port.number });
  }
  return selections;
}

/** The Services that were made for selections, by the uids of the XBackends. */
export function selectionServices(resources: ResourceSet): ReadonlyMap<string, readonly Service[]> {
  const found = new Map<string, Service[]>();
  for (const { object } of resources.list<Service>(services)) {
    const uid = object.metadata.labels?.[selectionLabel];
    if (uid === undefined || !isMadeFor(object, uid)) continue;
    const others = found.get(uid);
    if (others === undefined) found.set(uid, [object]);
    else others.push(object);
  }
  return found;
}

/** Whether a Service was made for the XBackend of a uid: the label alone could be anybody's. */
export function isMadeFor({ metadata }: KubernetesObject, uid: string): boolean {
  const owned = (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid && owner.kind === xBackends.kind);
  return owned && metadata.labels?.[selectionLabel] === uid;
}

/**
 * What makes the API server list the pods of a selection in EndpointSlices: a Service that nobody calls, without an
 * address. Its name is the API server's choice, so that nobody comes to rely on it in DNS (GEP-4894).
 */
export function selectionService({ owner, labels, port }: Selection): object {
  const { apiVersion, kind, namespace, name } = owner.reference;
  const uid = owner.object.metadata.uid ?? '';
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      generateName: `farside-${name.replaceAll('.', '-').slice(0, 45)}-`,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'farside', [selectionLabel]: uid },
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
    spec: { clusterIP: 'None', selector: labels, ports: [{ port, targetPort: port, protocol: 'TCP' }] },
  };
}

/** Whether a Service leads to what is selected. */
export function leadsTo({ spec }: Service, { labels, port }: Selection): boolean {
  const ports = spec.ports ?? [];
  return isDeepStrictEqual({ ...spec.selector }, { ...labels }) && ports.some(({ targetPort }) => targetPort === port);
}
