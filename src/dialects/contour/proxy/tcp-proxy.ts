import type { LoadBalancing } from '../../../model/balancing.ts';
import type { StreamDestination, StreamRoute } from '../../../model/stream.ts';
import type { TCPProxy } from '../../../resources/generated/contour-types.ts';
import { originOf } from '../../../resources/set.ts';
import { keyOf } from '../names.ts';
import type { Notes, NoteType } from '../notes.ts';
import { readBalancing } from '../route/balancing.ts';
import { readTcpHealth } from '../route/health.ts';
import { findServicePorts } from '../service/lookup.ts';
import type { ProxyContext, ProxyResource } from './context.ts';
import { placeService } from './destination.ts';

const field = 'spec.tcpproxy';

/**
 * Reads the `tcpproxy` of a root, or that of the proxy that it includes. Null where the root cannot be served; the notes tell
 * why, on the proxy that is at fault.
 *
 * @param passthrough TLS goes on to the backend as it is
 */
export function readTcpProxy(
  context: ProxyContext,
  proxy: ProxyResource,
  passthrough: boolean,
  visited: readonly ProxyResource[] = [],
): StreamRoute | null {
  const notes = context.notesOf(proxy);
  const fail = (type: NoteType, reason: string, message: string, remedy: string, part: string): null => {
    const effect = 'the proxy is not served';
    notes.error({ type, reason, message, effect, remedy, field: `${field}${part}` });
    return null;
  };
  const stated = proxy.object.spec.tcpproxy ?? {};
  const include = stated.include ?? stated.includes;
  const { services = [] } = stated;
  if (services.length > 0 && include !== undefined) {
    const message = 'cannot specify services and include in the same httpproxy';
    return fail('TCPProxyError', 'NoServicesAndInclude', message, 'keep one of the two', '');
  }
  if (services.length > 0) return readServices(context, notes, proxy, stated, passthrough);
  if (include === undefined) {
    const message = 'either services or inclusion must be specified';
    return fail('TCPProxyError', 'NothingDefined', message, 'name a service', '');
  }
  const at = stated.include === undefined ? '.includes' : '.include';
  const namespace = include.namespace || proxy.reference.namespace;
  const found = context.find(namespace, include.name);
  if (found === undefined) {
    const message = `include ${namespace}/${include.name} not found`;
    const remedy = 'create the HTTPProxy, or correct the reference';
    return fail('TCPProxyIncludeError', 'IncludeNotFound', message, remedy, at);
  }
  if (found.object.spec.virtualhost !== undefined) {
    const message = `root httpproxy cannot include another root httpproxy (${keyOf(found)})`;
    return fail('TCPProxyIncludeError', 'RootIncludesRoot', message, 'include a proxy without a virtualhost', at);
  }
  context.include(found);
  const way = [...visited, proxy];
  if (way.includes(found)) {
    const message = `include creates a cycle: ${[...way, found].map(keyOf).join(' -> ')}`;
    return fail('TCPProxyIncludeError', 'IncludeCreatesCycle', message, 'remove one of the includes', at);
  }
  // A proxy that says nothing of streams has none to give, and no fault of its own.
  if (found.object.spec.tcpproxy === undefined) {
    const message = `include ${keyOf(found)} has no tcpproxy`;
    return fail('TCPProxyIncludeError', 'NothingDefined', message, 'give it a tcpproxy', at);
  }
  return readTcpProxy(context, found, passthrough, way);
}

function readServices(
  context: ProxyContext,
  notes: Notes,
  proxy: ProxyResource,
  stated: TCPProxy,
  passthrough: boolean,
): StreamRoute | null {
  const { resources, settings } = context;
  const { healthCheckPolicy } = stated;
  const healthCheck =
    healthCheckPolicy === undefined ? null : readTcpHealth(proxy, healthCheckPolicy, `${field}.healthCheckPolicy`);
  const destinations: StreamDestination[] = [];
  for (const [index, service] of (stated.services ?? []).entries()) {
    const at = `${field}.services[${index}]`;
    const hasCheck = healthCheck !== null;
    const found = findServicePorts(resources, proxy, service, hasCheck, settings.enableExternalNameService);
    if (found.type === 'invalid') {
      notes.error({
        type: 'TCPProxyError',
        reason: 'ServiceUnresolvedReference',
        message: `Spec.TCPProxy unresolved service reference: ${found.message}`,
        effect: 'the proxy is not served',
        remedy: found.remedy,
        field: at,
      });
      return null;
    }
    const { target, healthTarget } = found;
    const isPassed = passthrough && !settings.compatible;
    const backend = placeService(context, notes, {
      ...{ owner: proxy, stated: service, field: at, target, healthCheck, healthTarget },
      host: null,
      carries: isPassed ? 'tls' : 'bytes',
    });
    if (backend === null) return null;
    destinations.push({ type: 'backend', backend, weight: service.weight ?? 0 });
  }
  const { namespace, name } = proxy.reference;
  const balancing = readStreamBalancing(notes, stated);
  return {
    id: `HTTPProxy/${namespace}/${name}/tcpproxy${passthrough ? '@passthrough' : ''}`,
    name: { kind: 'HTTPProxy', namespace, name, rule: 0, ruleName: 'tcpproxy' },
    destinations: destinations.every(({ weight }) => weight === 0)
      ? destinations.map((each) => ({ ...each, weight: 1 }))
      : destinations,
    ...(balancing === null ? {} : { balancing }),
    origin: originOf(proxy, field),
  };
}

/** A stream has no header, parameter or cookie to go by. */
function readStreamBalancing(notes: Notes, { loadBalancerPolicy }: TCPProxy): LoadBalancing | null {
  const strategy = loadBalancerPolicy?.strategy ?? '';
  if (strategy !== 'Cookie' && strategy !== 'RequestHash') return readBalancing(loadBalancerPolicy).balancing;
  notes.warn({
    type: 'TCPProxyError',
    reason: 'IgnoredField',
    message: `ignoring field "Spec.TCPProxy.LoadBalancerPolicy"; ${strategy} load balancer policy is not supported for TCPProxies`,
    remedy: 'use another strategy',
    field: `${field}.loadBalancerPolicy`,
  });
  return null;
}
