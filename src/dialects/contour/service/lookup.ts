import { canonicalIpAddress } from '../../../model/ip-address.ts';
import type { Service as KubernetesService } from '../../../resources/core.ts';
import type { Service } from '../../../resources/generated/contour-types.ts';
import type { Resource } from '../../../resources/object.ts';
import { resolve } from '../../../resources/resolve.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import type { ServicePortTarget } from '../../../resources/service-port.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';

export type ServiceResult =
  | { readonly type: 'port'; readonly target: ServicePortTarget }
  /** In the peer's words. */
  | { readonly type: 'invalid'; readonly message: string; readonly remedy: string };

/** A port of a Service, and the one that its health checks go to. */
export type ServicePortsResult =
  | { readonly type: 'ports'; readonly target: ServicePortTarget; readonly healthTarget: ServicePortTarget }
  | Extract<ServiceResult, { type: 'invalid' }>;

/** Finds the ports that a service of a route names. A `healthPort` counts only where there are health checks. */
export function findServicePorts(
  resources: ResourceSet,
  asker: Resource,
  { name, port, healthPort = 0 }: Pick<Service, 'name' | 'port' | 'healthPort'>,
  hasHealthCheck: boolean,
  enableExternalNameService: boolean,
): ServicePortsResult {
  const found = findService(resources, asker, name, port, enableExternalNameService);
  if (found.type === 'invalid') return found;
  const { target } = found;
  if (!hasHealthCheck || healthPort === 0 || healthPort === port)
    return { type: 'ports', target, healthTarget: target };
  const health = findService(resources, asker, name, healthPort, enableExternalNameService);
  return health.type === 'invalid' ? health : { type: 'ports', target, healthTarget: health.target };
}

/** Names that lead to the proxy itself. */
const ownNames: ReadonlySet<string> = new Set(['localhost', 'localhost.localdomain', 'local.projectcontour.io']);

/** Finds a port of a Service of the asker's own namespace, the only one that its services can be in. */
export function findService(
  resources: ResourceSet,
  asker: Resource,
  name: string,
  number: number,
  enableExternalNameService: boolean,
): ServiceResult {
  const { namespace, kind } = asker.reference;
  const from = { group: kinds.httpProxy.group, kind, namespace };
  const to = { ...kinds.service, namespace, name };
  const resolution = resolve<KubernetesService>(resources, [], { dialect: dialectName, from, to });
  const key = goQuote(`${namespace}/${name}`);
  if (resolution.type !== 'found') {
    return {
      type: 'invalid',
      message: `service ${key} not found`,
      remedy: `create the Service in namespace ${namespace}, or correct the name`,
    };
  }
  const service = resolution.resource;
  const ports = service.object.spec.ports ?? [];
  const portIndex = ports.findIndex((port) => port.port === number || port.name === String(number));
  const port = ports[portIndex];
  if (port === undefined) {
    const numbers = ports.map((each) => each.port).join(', ');
    return {
      type: 'invalid',
      message: `port "${number}" on service ${key} not matched`,
      remedy: numbers === '' ? 'list the port in the Service' : `use one of the ports of the Service: ${numbers}`,
    };
  }
  if (port.protocol !== 'TCP') {
    return {
      type: 'invalid',
      message: `unsupported service protocol ${goQuote(port.protocol)}`,
      remedy: 'refer to a TCP port',
    };
  }
  return (
    externalNameFault(service, enableExternalNameService) ?? { type: 'port', target: { service, port, portIndex } }
  );
}

/**
 * Whoever may create a Service must not thereby reach what only the gateway can: ExternalName Services are enabled by an
 * administrator, and never lead to the gateway itself (GHSA-5ph6-qq5x-7jwc).
 */
function externalNameFault({ object, reference }: Resource<KubernetesService>, enabled: boolean): ServiceResult | null {
  const name = externalNameOf(object);
  if (name === '') return null;
  const subject = `${reference.namespace}/${reference.name} is an ExternalName service`;
  const invalid = (rest: string, remedy: string): ServiceResult => ({
    type: 'invalid',
    message: `${subject}${rest}`,
    remedy,
  });
  if (!enabled) {
    return invalid(
      ', these are not currently enabled. See the config.enableExternalNameService config file setting',
      'set enableExternalNameService in the configuration, if everyone who can create Services may reach every host',
    );
  }
  const plain = name.replace(/\.$/, '').toLowerCase();
  if (ownNames.has(plain)) {
    return invalid(' that points to localhost, this is not allowed', 'name the host that is meant');
  }
  const address = canonicalIpAddress(plain);
  if (address !== null && isOwnAddress(address)) {
    return invalid(
      ' that points to a loopback, link-local or unspecified IP address, this is not allowed',
      'name the host that is meant',
    );
  }
  return null;
}

export function externalNameOf({ spec }: KubernetesService): string {
  return spec.type === 'ExternalName' ? (spec.externalName ?? '') : '';
}

function isOwnAddress(address: string): boolean {
  return /^(?:127\.|169\.254\.|0\.0\.0\.0$|::1?$|fe[89ab]|::ffff:)/.test(address);
}
