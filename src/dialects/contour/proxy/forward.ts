import type { Cause } from '../../../model/cause.ts';
import type { HealthCheck } from '../../../model/health.ts';
import {
  type Destination,
  type Forward,
  type Mirror,
  noRewrite,
  type Respond,
  type Rewrite,
} from '../../../model/route.ts';
import type { Route, Service } from '../../../resources/generated/contour-types.ts';
import { originOf } from '../../../resources/set.ts';
import type { Note, Notes } from '../notes.ts';
import { readBalancing } from '../route/balancing.ts';
import { type KnownValues, type ReadHeaders, readHeaders } from '../route/headers.ts';
import { readRetry } from '../route/retry.ts';
import { findServicePorts } from '../service/lookup.ts';
import type { ProxyContext, ProxyResource } from './context.ts';
import { placeService } from './destination.ts';

/** What a route says of all its services. */
export interface RouteParts {
  readonly request: ReadHeaders;
  readonly response: ReadHeaders;
  readonly healthCheck: HealthCheck | null;
  /** Of connections to the backend on which nothing happens. */
  readonly idleTimeout: number | null | undefined;
}

/** The services of a route. Those that lead nowhere are left out and told; without any the route answers 503. */
export function readForward(
  context: ProxyContext,
  notes: Notes,
  proxy: ProxyResource,
  stated: Route,
  field: string,
  { request, response, healthCheck, idleTimeout }: RouteParts,
): Forward | Respond | null {
  const { resources, settings } = context;
  const { balancing, ignored } = readBalancing(stated.loadBalancerPolicy);
  for (const message of ignored) {
    const at = `${field}.loadBalancerPolicy`;
    notes.warn({ type: 'SpecError', reason: 'IgnoredField', message, remedy: 'correct the policy', field: at });
  }
  const destinations: Destination[] = [];
  const mirrors: Mirror[] = [];
  let missing: Cause | null = null;
  for (const [position, service] of (stated.services ?? []).entries()) {
    const at = `${field}.services[${position}]`;
    const fail = (note: Omit<Note, 'effect' | 'field'>, part: string): null => {
      notes.error({ ...note, effect: 'the proxy is not served', field: `${at}${part}` });
      return null;
    };
    if (service.port < 1 || service.port > 65_535) {
      const message = `service "${service.name}": port must be in the range 1-65535`;
      return fail({ type: 'ServiceError', reason: 'ServicePortInvalid', message, remedy: 'correct the port' }, '.port');
    }
    const hasCheck = healthCheck !== null;
    const found = findServicePorts(resources, proxy, service, hasCheck, settings.enableExternalNameService);
    if (found.type === 'invalid') {
      notes.error({
        type: 'ServiceError',
        reason: 'ServiceUnresolvedReference',
        message: `Spec.Routes unresolved service reference: ${found.message}`,
        effect: 'requests go to the other services of the route, and are answered with 503 where there are none',
        remedy: found.remedy,
        field: at,
      });
      missing ??= { message: found.message, origin: originOf(proxy, at) };
      continue;
    }
    const known: KnownValues = {
      CONTOUR_NAMESPACE: proxy.reference.namespace,
      CONTOUR_SERVICE_NAME: service.name,
      CONTOUR_SERVICE_PORT: String(service.port),
    };
    const own = readHeaders(service.requestHeadersPolicy, 'text', known, settings.requestHeaders);
    if (own.type === 'invalid') {
      const message = `${own.message} on request headers`;
      const note = { type: 'ServiceError', reason: 'RequestHeadersPolicyInvalid', message } as const;
      return fail({ ...note, remedy: 'correct the policy' }, '.requestHeadersPolicy');
    }
    const ownResponse = readHeaders(service.responseHeadersPolicy, false, known, settings.responseHeaders);
    if (ownResponse.type === 'invalid') {
      const message = `${ownResponse.message} on response headers`;
      const note = { type: 'ServiceError', reason: 'ResponseHeadersPolicyInvalid', message } as const;
      return fail({ ...note, remedy: 'correct the policy' }, '.responseHeadersPolicy');
    }
    noteIgnoredHeaders(notes, own.headers, `${at}.requestHeadersPolicy`);
    noteIgnoredHeaders(notes, ownResponse.headers, `${at}.responseHeadersPolicy`);
    const host =
      own.headers.host !== null
        ? { value: own.headers.host, field: `${at}.requestHeadersPolicy` }
        : request.host !== null
          ? { value: request.host, field: `${field}.requestHeadersPolicy` }
          : null;
    const { target, healthTarget } = found;
    const backend = placeService(context, notes, {
      ...{ owner: proxy, stated: service, field: at, target, host },
      ...{ healthCheck, healthTarget, idleTimeout },
      carries: 'http',
    });
    if (backend === null) return null;
    if (service.mirror !== true) {
      destinations.push({
        type: 'backend',
        backend,
        weight: service.weight ?? 0,
        requestHeaders: own.headers.modification,
        responseHeaders: ownResponse.headers.modification,
        ...(own.headers.host === null ? {} : { rewrite: { hostname: own.headers.host, path: null } }),
      });
      continue;
    }
    if (mirrors.length > 0) {
      const message = 'only one service per route may be nominated as mirror';
      return fail({ type: 'ServiceError', reason: 'OnlyOneMirror', message, remedy: 'keep one mirror' }, '.mirror');
    }
    mirrors.push({ backend, numerator: mirrorShare(service), denominator: 100 });
  }
  if (destinations.length === 0) {
    const reason = 'ServiceUnresolvedReference';
    return { type: 'respond', status: 503, reason, ...(missing === null ? {} : { cause: missing }) };
  }
  return {
    type: 'forward',
    destinations: evenWithoutWeights(destinations),
    requestHeaders: request.modification,
    responseHeaders: response.modification,
    rewrite: readHostRewrite(request),
    ...(stated.retryPolicy === undefined ? {} : { retry: readRetry(stated.retryPolicy).retry }),
    ...(balancing === null ? {} : { balancing }),
    ...(mirrors.length === 0 ? {} : { mirrors }),
    ...(stated.enableWebsockets === true ? {} : { webSockets: false }),
  };
}

function readHostRewrite({ host, hostFrom }: ReadHeaders): Rewrite {
  if (hostFrom !== null) return { ...noRewrite, hostnameFrom: hostFrom };
  return host === null ? noRewrite : { ...noRewrite, hostname: host };
}

/** A weight of zero is one that is not stated: all requests are copied. */
function mirrorShare({ weight = 0 }: Service): number {
  return weight === 0 ? 100 : weight;
}

/** Where no service states a weight, all have the same. */
function evenWithoutWeights(destinations: readonly Destination[]): readonly Destination[] {
  if (destinations.some(({ weight }) => weight > 0)) return destinations;
  return destinations.map((destination) => ({ ...destination, weight: 1 }));
}

export function noteIgnoredHeaders(notes: Notes, { ignored }: ReadHeaders, field: string): void {
  for (const message of ignored) {
    notes.warn({ type: 'RouteError', reason: 'IgnoredField', message, remedy: 'remove it from the policy', field });
  }
}
