import { farsideConfigKind } from '../../policies/parameters.ts';
import type { GroupKind, Resource } from '../../resources/object.ts';

/** The dialect's name, as grants and findings carry it. */
export const dialectName = 'gateway-api';

/** Written to `GatewayClass.spec.controllerName` by whoever wants Farside to serve a class. */
export const controllerName = 'farside.dev/gateway-controller';

/** The GatewayClass that an installation brings, and that a folder need not state. */
export const defaultClassName = 'farside';

export const gatewayGroup = 'gateway.networking.k8s.io';

/** The group of the Gateway API's kinds whose shape is still to be decided. */
export const experimentalGroup = 'gateway.networking.x-k8s.io';

const gatewayKind = (kind: string): GroupKind => ({ group: gatewayGroup, kind });

export const kinds = {
  gatewayClass: gatewayKind('GatewayClass'),
  gateway: gatewayKind('Gateway'),
  listenerSet: gatewayKind('ListenerSet'),
  httpRoute: gatewayKind('HTTPRoute'),
  grpcRoute: gatewayKind('GRPCRoute'),
  tlsRoute: gatewayKind('TLSRoute'),
  tcpRoute: gatewayKind('TCPRoute'),
  udpRoute: gatewayKind('UDPRoute'),
  referenceGrant: gatewayKind('ReferenceGrant'),
  backendTlsPolicy: gatewayKind('BackendTLSPolicy'),
  xBackend: { group: experimentalGroup, kind: 'XBackend' },
  farsideConfig: farsideConfigKind,
  namespace: { group: '', kind: 'Namespace' },
  service: { group: '', kind: 'Service' },
  secret: { group: '', kind: 'Secret' },
  configMap: { group: '', kind: 'ConfigMap' },
  definition: { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' },
  clusterTrustBundle: { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle' },
  endpointSlice: { group: 'discovery.k8s.io', kind: 'EndpointSlice' },
} as const satisfies Readonly<Record<string, GroupKind>>;

/** `namespace/name`, the key of an object among those of its kind. */
export function keyOf(resource: Resource): string {
  return `${resource.reference.namespace}/${resource.reference.name}`;
}

/** Order by code units, the same on every machine. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
