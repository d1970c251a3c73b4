import { describeObject } from '../../../model/origin.ts';
import type { Service, ServicePort } from '../../../resources/core.ts';
import type { BackendObjectReference } from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import { type Grant, resolve } from '../../../resources/resolve.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';
import type { Fault } from '../route/fault.ts';
import {
  type AppProtocol,
  knownAppProtocols,
  readAppProtocol,
  readGrpcAppProtocol,
  readStreamAppProtocol,
} from './app-protocol.ts';
import type { BackendTarget } from './target.ts';
import { readXBackendRef } from './xbackend-ref.ts';

/** What a backendRef leads to: a port of a Service or of an XBackend, or the reason why it leads nowhere (its share answers 500). */
export type ReadBackendRef =
  | { readonly type: 'port'; readonly target: BackendTarget }
  | { readonly type: 'invalid'; readonly fault: Fault };

/** Resolves a backendRef that stands at `field` of a route. */
export function readBackendRef(
  resources: ResourceSet,
  grants: readonly Grant[],
  route: Resource,
  routeKind: GroupKind,
  ref: BackendObjectReference,
  field: string,
): ReadBackendRef {
  const invalid = (reason: string, message: string, remedy: string, part: string): ReadBackendRef => ({
    type: 'invalid',
    fault: { reason, message, remedy, field: `${field}.${part}` },
  });
  if (ref.group === kinds.xBackend.group && ref.kind === kinds.xBackend.kind) {
    return readXBackendRef(resources, route, routeKind, ref, invalid);
  }
  if (ref.group !== kinds.service.group || ref.kind !== kinds.service.kind) {
    const kind = ref.group === '' ? ref.kind : `${ref.kind} of group ${ref.group}`;
    return invalid('InvalidKind', `${kind} cannot be a backend`, 'refer to a Service or an XBackend', 'kind');
  }
  const from = { ...routeKind, namespace: route.reference.namespace };
  const to = { ...kinds.service, namespace: ref.namespace ?? from.namespace, name: ref.name };
  const name = `${to.namespace}/${to.name}`;
  const resolution = resolve<Service>(resources, grants, { dialect: dialectName, from, to });
  if (resolution.type === 'not-permitted') {
    return invalid(
      'RefNotPermitted',
      `no ReferenceGrant in namespace ${to.namespace} lets ${from.kind}s of namespace ${from.namespace} refer to Service ${name}`,
      `create a ReferenceGrant in namespace ${to.namespace} from ${from.kind} in ${from.namespace} to Service ${to.name}`,
      'namespace',
    );
  }
  if (resolution.type === 'not-found') {
    return invalid('BackendNotFound', `Service ${name} does not exist`, 'create it, or correct the name', 'name');
  }
  return readPort(resolution.resource, ref.port, routeKind, invalid);
}

/** Makes the reason why a reference leads nowhere; `part` is the field of the reference that is at fault. */
export type Invalid = (reason: string, message: string, remedy: string, part: string) => ReadBackendRef;

function readPort(
  service: Resource<Service>,
  number: number | undefined,
  routeKind: GroupKind,
  invalid: Invalid,
): ReadBackendRef {
  const isGrpc = routeKind.kind === kinds.grpcRoute.kind;
  const isUdp = routeKind.kind === kinds.udpRoute.kind;
  const isStream = isUdp || routeKind.kind === kinds.tlsRoute.kind || routeKind.kind === kinds.tcpRoute.kind;
  const transport = isUdp ? 'UDP' : 'TCP';
  const name = describeObject(service.reference);
  const ports = service.object.spec.ports ?? [];
  if (number === undefined) {
    return invalid('BackendNotFound', `the reference to ${name} names no port`, 'add a port', 'name');
  }
  const listed = ports.filter(({ port }) => port === number);
  // One number may be there for TCP and for UDP.
  const port = listed.find(({ protocol }) => protocol === transport);
  if (port === undefined) {
    const [other] = listed;
    if (other !== undefined) {
      return invalid(
        'UnsupportedProtocol',
        `port ${number} of ${name} is ${other.protocol}, and ${isStream ? `a ${routeKind.kind}` : 'HTTP'} runs over ${transport}`,
        `refer to a ${transport} port`,
        'port',
      );
    }
    if (service.object.spec.type === 'ExternalName' && ports.length === 0) {
      const implied: ServicePort = { port: number, protocol: transport, targetPort: number };
      return {
        type: 'port',
        target: {
          type: 'service',
          service,
          port: implied,
          portIndex: null,
          appProtocol: isStream ? readStreamAppProtocol('') : isGrpc ? cleartextHttp2 : plain,
        },
      };
    }
    const numbers = ports.map((each) => each.port).join(', ');
    return invalid(
      'BackendNotFound',
      `${name} has no port ${number}${numbers === '' ? '' : `; its ports are ${numbers}`}`,
      'correct the port',
      'port',
    );
  }
  const read = isStream ? readStreamAppProtocol : isGrpc ? readGrpcAppProtocol : readAppProtocol;
  const appProtocol = read(port.appProtocol);
  if (appProtocol === null) {
    return invalid(
      'UnsupportedProtocol',
      `port ${number} of ${name} says appProtocol "${port.appProtocol}", which ${isGrpc ? 'a GRPCRoute' : 'an HTTPRoute'} cannot speak`,
      isGrpc
        ? 'set appProtocol to kubernetes.io/h2c, or remove it'
        : `set appProtocol to one of ${knownAppProtocols.join(', ')}, or remove it`,
      'port',
    );
  }
  return { type: 'port', target: { type: 'service', service, port, portIndex: ports.indexOf(port), appProtocol } };
}

const plain: AppProtocol = { protocol: 'auto', tls: false };
const cleartextHttp2: AppProtocol = { protocol: 'h2', tls: false };
