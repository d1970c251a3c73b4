import { describeObject } from '../../../model/origin.ts';
import type { BackendObjectReference, BackendSpec, XBackend } from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import { resolve } from '../../../resources/resolve.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';
import type { AppProtocol } from './app-protocol.ts';
import type { Invalid, ReadBackendRef } from './backend-ref.ts';

type Protocol = AppProtocol['protocol'];

/** What an HTTPRoute speaks to an XBackend of each protocol; MCP is HTTP with a content of its own. */
const ofHttpRoutes: Readonly<Record<NonNullable<BackendSpec['protocol']>, Protocol | null>> = {
  HTTP: 'auto',
  HTTP11: 'http1',
  HTTP2: 'h2',
  H2C: 'h2c',
  GRPC: 'h2',
  MCP: 'auto',
  WSS: 'http1',
  TCP: null,
};

/** The same for a GRPCRoute, which needs HTTP/2. */
const ofGrpcRoutes: Readonly<Record<NonNullable<BackendSpec['protocol']>, Protocol | null>> = {
  HTTP: 'h2',
  HTTP11: null,
  HTTP2: 'h2',
  H2C: 'h2c',
  GRPC: 'h2',
  MCP: null,
  WSS: null,
  TCP: null,
};

/**
 * Resolves a backendRef to an XBackend, which is always in the route's own namespace: no ReferenceGrant leads to another
 * (GEP-4894, "Route Attachment and Consumer Overrides").
 */
export function readXBackendRef(
  resources: ResourceSet,
  route: Resource,
  routeKind: GroupKind,
  ref: BackendObjectReference,
  invalid: Invalid,
): ReadBackendRef {
  const { namespace } = route.reference;
  if (ref.namespace !== undefined && ref.namespace !== namespace) {
    return invalid(
      'RefNotPermitted',
      `XBackend ${ref.namespace}/${ref.name} is in another namespace than the route, which no ReferenceGrant permits`,
      `create an XBackend in namespace ${namespace}`,
      'namespace',
    );
  }
  if (!resources.isServed(kinds.xBackend)) {
    const message = 'this cluster does not serve XBackends (gateway.networking.x-k8s.io)';
    return invalid('InvalidKind', message, 'install the definitions of the experimental channel', 'kind');
  }
  const from = { ...routeKind, namespace };
  const to = { ...kinds.xBackend, namespace, name: ref.name };
  const resolution = resolve<XBackend>(resources, [], { dialect: dialectName, from, to });
  if (resolution.type !== 'found') {
    const message = `XBackend ${namespace}/${ref.name} does not exist`;
    return invalid('BackendNotFound', message, 'create it, or correct the name', 'name');
  }
  return readTarget(resolution.resource, routeKind, invalid);
}

function readTarget(backend: Resource<XBackend>, routeKind: GroupKind, invalid: Invalid): ReadBackendRef {
  const { port, protocol, tls } = backend.object.spec;
  const name = describeObject(backend.reference);
  if (port.number === undefined) {
    return invalid('BackendNotFound', `${name} has no port number`, 'set spec.port.number', 'name');
  }
  const spoken = speak(routeKind, protocol);
  if (spoken === null) {
    const what = protocol === undefined ? 'is reached over TCP' : `speaks ${protocol}`;
    const message = `${name} ${what}, which ${articles[routeKind.kind] ?? 'a'} ${routeKind.kind} cannot`;
    return invalid(
      'UnsupportedProtocol',
      message,
      'correct spec.protocol of the XBackend, or refer to another',
      'name',
    );
  }
  const appProtocol: AppProtocol = { protocol: spoken, tls: tls.mode !== 'None' };
  return { type: 'port', target: { type: 'xbackend', backend, port: port.number, appProtocol } };
}

const articles: Readonly<Record<string, string>> = { HTTPRoute: 'an', UDPRoute: 'a' };

/** Null where the route cannot speak to the backend. Streams are carried whatever they are. */
function speak({ kind }: GroupKind, protocol: BackendSpec['protocol']): Protocol | null {
  switch (kind) {
    case kinds.udpRoute.kind:
      return null;
    case kinds.tlsRoute.kind:
    case kinds.tcpRoute.kind:
      return 'tcp';
    case kinds.grpcRoute.kind:
      return protocol === undefined ? 'h2' : ofGrpcRoutes[protocol];
    default:
      return protocol === undefined ? 'auto' : ofHttpRoutes[protocol];
  }
}
