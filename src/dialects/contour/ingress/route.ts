import { describeObject, type Origin } from '../../../model/origin.ts';
import { type Forward, type Match, noRewrite, type PathMatch, type Respond } from '../../../model/route.ts';
import { patternFault } from '../../../policies/pattern.ts';
import type { Ingress, IngressBackend, IngressPath, Service } from '../../../resources/core.ts';
import type { Resource } from '../../../resources/object.ts';
import { resolve } from '../../../resources/resolve.ts';
import { goQuote } from '../../../resources/schema/go-text.ts';
import { originOf } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';
import type { Notes } from '../notes.ts';
import type { ProxyContext } from '../proxy/context.ts';
import { placeService } from '../proxy/destination.ts';
import type { ReadRoute } from '../proxy/route-list.ts';
import { type KnownValues, readHeaders } from '../route/headers.ts';
import { everyPath } from '../route/match.ts';
import { readRetry } from '../route/retry.ts';
import { readTimeouts } from '../route/timeouts.ts';
import { findService, type ServiceResult } from '../service/lookup.ts';
import type { Settings } from '../settings.ts';
import type { IngressAnnotations } from './annotations.ts';
import { ingressId } from './tls.ts';

/** A path of a rule, or the default backend, as it stands at a field of an Ingress. */
export interface StatedPath {
  readonly path: string;
  readonly pathType: IngressPath['pathType'];
  readonly backend: IngressBackend;
  readonly field: string;
  /** Index of the rule; -1 for the default backend. */
  readonly rule: number;
  /** Unique within the Ingress. */
  readonly id: string;
}

/** What follows where a path has no backend: as with the peer its requests fall to other paths, otherwise to nobody. */
const refusalOf = ({ compatible }: Settings): string =>
  compatible ? 'its requests go to the other paths of the host' : 'its requests are answered with 503';

/** Reads a path of an Ingress. Null where nobody can be served by it; the notes tell why. */
export function readIngressRoute(
  context: ProxyContext,
  notes: Notes,
  ingress: Resource<Ingress>,
  annotations: IngressAnnotations,
  stated: StatedPath,
): ReadRoute | null {
  const { settings } = context;
  const match = readMatch(notes, stated);
  if (match === null) return null;
  const { globalAuthorization } = settings;
  if (globalAuthorization !== null) refuseUnasked(notes, globalAuthorization.origin);
  const forward = globalAuthorization === null ? readForward(context, notes, ingress, annotations, stated) : null;
  if (forward === null && globalAuthorization === null && settings.compatible) return null;
  const { namespace, name } = ingress.reference;
  const closed: Respond = { type: 'respond', status: 503, reason: 'ServiceUnresolvedReference' };
  const times = readTimeouts({ response: annotations.responseTimeout ?? '' }, annotations.retry, settings);
  if (times.type === 'invalid') throw new Error(times.message);
  return {
    id: `${ingressId(ingress)}/${stated.id}`,
    name: { kind: 'Ingress', namespace, name, rule: stated.rule, ruleName: '' },
    match,
    rewrite: null,
    variant: '',
    action: forward ?? closed,
    timeouts: times.timeouts,
    requiresTls: annotations.requiresTls,
    ...(annotations.onlyTls ? { onlyTls: true as const } : {}),
    origin: originOf(ingress, stated.field),
  };
}

function refuseUnasked(notes: Notes, origin: Origin): void {
  notes.error({
    type: 'SpecError',
    reason: 'UnsupportedField',
    message: `${origin.field} of ${describeObject(origin)} asks for authorization, which is not supported by this version`,
    effect: 'its requests are answered with 503, rather than forwarded without it',
    remedy: 'remove globalExtAuth if everybody may pass, or have another gateway serve the Ingress',
    field: 'spec',
  });
}

const looksLikePattern = /[\^+*[\]%]/;

function readMatch(notes: Notes, { path, pathType, field }: StatedPath): Match | null {
  const of = (pathMatch: PathMatch): Match => ({ path: pathMatch, method: null, headers: [], queryParameters: [] });
  if (pathType === 'Exact') return of({ type: 'exact', value: path });
  if (pathType === 'Prefix') {
    const value = path.replace(/\/+$/, '');
    return of(value === '' ? everyPath : { type: 'prefix', value });
  }
  if (!looksLikePattern.test(path)) return of(path === '/' ? everyPath : { type: 'text-prefix', value: path });
  const fault = patternFault(path);
  if (fault === null) return of({ type: 'regex', value: path });
  notes.error({
    type: 'RouteError',
    reason: 'PathMatchConditionsNotValid',
    message: `path regex is not valid: ${fault}`,
    effect: 'its requests go to the other paths of the host',
    remedy: 'correct the pattern, or state pathType: Prefix or Exact',
    field: `${field}.path`,
  });
  return null;
}

function readForward(
  context: ProxyContext,
  notes: Notes,
  ingress: Resource<Ingress>,
  annotations: IngressAnnotations,
  { path, backend: { service, resource }, field }: StatedPath,
): Forward | null {
  const { settings } = context;
  const refusal = refusalOf(settings);
  const at = `${field}.backend`;
  if (service === undefined) {
    notes.error({
      type: 'ServiceError',
      reason: 'UnsupportedBackend',
      message: `backend ${resource?.kind ?? ''} ${goQuote(resource?.name ?? '')} is no Service`,
      effect: refusal,
      remedy: 'name a Service',
      field: at,
    });
    return null;
  }
  const { port: { name: portName = '', number = 0 } = {} } = service;
  const found = findPort(context, ingress, service.name, portName, number);
  if (found.type === 'invalid') {
    notes.error({
      type: 'ServiceError',
      reason: 'ServiceUnresolvedReference',
      message: `unresolved service reference: ${found.message}`,
      effect: refusal,
      remedy: found.remedy,
      field: `${at}.service`,
    });
    return null;
  }
  const { target } = found;
  const stated = { name: service.name, port: target.port.port };
  const placed = { owner: ingress, stated, field: at, target, healthTarget: target, host: null, healthCheck: null };
  const backend = placeService(context, notes, { ...placed, carries: 'http', refusal });
  if (backend === null) return null;
  const known: KnownValues = {
    CONTOUR_NAMESPACE: ingress.reference.namespace,
    CONTOUR_SERVICE_NAME: service.name,
    CONTOUR_SERVICE_PORT: String(number),
  };
  const defaults = settings.headersForIngress ? settings : { requestHeaders: null, responseHeaders: null };
  const request = readHeaders(undefined, true, known, defaults.requestHeaders);
  const response = readHeaders(undefined, false, known, defaults.responseHeaders);
  if (request.type === 'invalid' || response.type === 'invalid') {
    const message = request.type === 'invalid' ? request.message : response.type === 'invalid' ? response.message : '';
    const remedy = 'correct policy in the configuration';
    notes.error({ type: 'RouteError', reason: 'HeadersPolicyNotValid', message, effect: refusal, remedy, field });
    return null;
  }
  const { retry } = annotations;
  return {
    type: 'forward',
    destinations: [
      {
        type: 'backend',
        backend,
        weight: 1,
        requestHeaders: request.headers.modification,
        responseHeaders: response.headers.modification,
        ...(request.headers.host === null ? {} : { rewrite: { hostname: request.headers.host, path: null } }),
      },
    ],
    requestHeaders: { set: [], add: [], remove: [] },
    responseHeaders: { set: [], add: [], remove: [] },
    rewrite: noRewrite,
    ...(retry === undefined ? {} : { retry: readRetry(retry).retry }),
    ...(annotations.webSocketPaths.has(path) ? {} : { webSockets: false }),
  };
}

/** A port by its number, or by the name that the Service gives it. */
function findPort(
  { resources, settings }: ProxyContext,
  ingress: Resource<Ingress>,
  name: string,
  portName: string,
  number: number,
): ServiceResult {
  const found = portName === '' ? number : numberOf(resources, ingress, name, portName);
  if (found !== null) return findService(resources, ingress, name, found, settings.enableExternalNameService);
  return {
    type: 'invalid',
    message: `port ${goQuote(portName)} on service ${goQuote(`${ingress.reference.namespace}/${name}`)} not matched`,
    remedy: 'use the name of a port of the Service',
  };
}

/** Null where the Service has no such port; where it is not there at all, zero, which leads to no port either. */
function numberOf(
  resources: ProxyContext['resources'],
  ingress: Resource<Ingress>,
  name: string,
  portName: string,
): number | null {
  const { namespace } = ingress.reference;
  const from = { ...kinds.ingress, namespace };
  const to = { ...kinds.service, namespace, name };
  const resolution = resolve<Service>(resources, [], { dialect: dialectName, from, to });
  if (resolution.type !== 'found') return 0;
  return resolution.resource.object.spec.ports?.find((port) => port.name === portName)?.port ?? null;
}
