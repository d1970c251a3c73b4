import type { Origin } from '../../../model/origin.ts';
import type { Service } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { ServicePortTarget } from '../../../resources/service-port.ts';
import { originOf } from '../../../resources/set.ts';

/** How a port of a Service is spoken to; empty is HTTP/1.1 without TLS. */
export type Protocol = '' | 'h2c' | 'h2' | 'tls';

export type ProtocolResult =
  | {
      readonly type: 'protocol';
      readonly protocol: Protocol;
      /** What says so. */
      readonly origin: Origin;
      /** A name that nobody knows, and that is taken for plain HTTP. */
      readonly unknown: string | null;
    }
  | { readonly type: 'unsupported'; readonly name: string };

const appProtocols: Readonly<Record<string, Protocol>> = {
  https: 'tls',
  http: '',
  'kubernetes.io/h2c': 'h2c',
  'kubernetes.io/ws': '',
};

/** Names, in any letter case, of what is encrypted. To speak plain HTTP there would give away what is meant to be kept. */
const encrypted: ReadonlySet<string> = new Set(['https', 'wss', 'kubernetes.io/wss', 'tls', 'ssl', 'grpcs', 'ftps']);

/** In the order of the peer: of several that name a port the last counts. */
const annotated = ['h2', 'h2c', 'tls'] as const;
const annotationOf = (protocol: Protocol): string => `projectcontour.io/upstream-protocol.${protocol}`;

/**
 * The protocol of a service of a route: what the route says, else the port's `appProtocol`, else the annotations of the
 * Service. With an `appProtocol` the annotations are not read.
 *
 * @param field path of the service in the asker
 * @param compatible takes every unknown `appProtocol` for plain HTTP
 */
export function readProtocol(
  asker: Resource,
  stated: Pick<Service, 'protocol'>,
  field: string,
  target: ServicePortTarget,
  compatible: boolean,
): ProtocolResult {
  const { service, port, portIndex } = target;
  if (stated.protocol !== undefined) {
    // A cluster with older definitions lets others in.
    if (!annotated.includes(stated.protocol)) return { type: 'unsupported', name: stated.protocol };
    return { type: 'protocol', protocol: stated.protocol, origin: originOf(asker, `${field}.protocol`), unknown: null };
  }
  const at = `spec.ports[${portIndex}]`;
  const { appProtocol } = port;
  if (appProtocol !== undefined) {
    const origin = originOf(service, `${at}.appProtocol`);
    const known = Object.hasOwn(appProtocols, appProtocol) ? appProtocols[appProtocol] : undefined;
    if (known !== undefined) return { type: 'protocol', protocol: known, origin, unknown: null };
    if (!compatible && encrypted.has(appProtocol.toLowerCase())) return { type: 'unsupported', name: appProtocol };
    return { type: 'protocol', protocol: '', origin, unknown: appProtocol };
  }
  const protocol = annotatedProtocol(target);
  const origin = originOf(service, protocol === '' ? at : `metadata.annotations[${annotationOf(protocol)}]`);
  return { type: 'protocol', protocol, origin, unknown: null };
}

/** The name of a port counts before its number. */
function annotatedProtocol({ service, port }: ServicePortTarget): Protocol {
  const protocols = new Map<string, Protocol>();
  for (const protocol of annotated) {
    const value = service.object.metadata.annotations?.[annotationOf(protocol)] ?? '';
    for (const each of value.split(',')) protocols.set(each.trim(), protocol);
  }
  protocols.delete('');
  return protocols.get(port.name ?? '') ?? protocols.get(String(port.port)) ?? '';
}
