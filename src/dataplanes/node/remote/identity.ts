/** Names a Gateway: what a data-plane pod is of. */
export interface GatewayName {
  readonly namespace: string;
  readonly name: string;
}

const scheme = 'farside://gateway/';
const label = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** `infra/edge`. */
export const gatewayKey = ({ namespace, name }: GatewayName): string => `${namespace}/${name}`;

/** The URI by which the certificate of a data plane says which Gateway it is of (RFC 5280 section 4.2.1.6). */
export const gatewayUri = (gateway: GatewayName): string => `${scheme}${gatewayKey(gateway)}`;

/** The Gateway of such a URI. Null for anything else: who is nobody's gets nothing. */
export function parseGatewayUri(uri: string): GatewayName | null {
  if (!uri.startsWith(scheme)) return null;
  const [namespace = '', name = '', ...rest] = uri.slice(scheme.length).split('/');
  return rest.length === 0 && label.test(namespace) && label.test(name) ? { namespace, name } : null;
}

/** The DNS name that the certificate of the controller carries, whatever address it is reached by. */
export const controllerServerName = 'controller.farside.internal';
