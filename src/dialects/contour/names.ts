import type { GroupKind, Resource } from '../../resources/object.ts';

/** The dialect's name, as grants and findings carry it. */
export const dialectName = 'contour';

export const contourGroup = 'projectcontour.io';

const contourKind = (kind: string): GroupKind => ({ group: contourGroup, kind });

export const kinds = {
  httpProxy: contourKind('HTTPProxy'),
  tlsCertificateDelegation: contourKind('TLSCertificateDelegation'),
  configuration: contourKind('ContourConfiguration'),
  extensionService: contourKind('ExtensionService'),
  ingress: { group: 'networking.k8s.io', kind: 'Ingress' },
  service: { group: '', kind: 'Service' },
  secret: { group: '', kind: 'Secret' },
  endpointSlice: { group: 'discovery.k8s.io', kind: 'EndpointSlice' },
} as const satisfies Readonly<Record<string, GroupKind>>;

/** `namespace/name`, the key of an object among those of its kind. */
export function keyOf({ reference }: Pick<Resource, 'reference'>): string {
  return `${reference.namespace}/${reference.name}`;
}

/** What `namespace/name`, or a name in a namespace of its own, means to an object of a namespace. */
export interface NamespacedName {
  readonly namespace: string;
  readonly name: string;
}

export function parseNamespacedName(text: string, namespace: string): NamespacedName {
  const slash = text.indexOf('/');
  return slash < 0 ? { namespace, name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}
