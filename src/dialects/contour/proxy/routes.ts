import type { HealthCheck } from '../../../model/health.ts';
import type { PathMatch, PathRewrite } from '../../../model/route.ts';
import type { MatchCondition, Route } from '../../../resources/generated/contour-types.ts';
import { originOf } from '../../../resources/set.ts';
import type { Note, Notes } from '../notes.ts';
import { headerFault, pathFault, queryFault } from '../route/condition-faults.ts';
import { type KnownValues, readHeaders } from '../route/headers.ts';
import { readHttpHealth } from '../route/health.ts';
import { type IpFilterResult, readIpFilter } from '../route/ip-filter.ts';
import { mergeConditions } from '../route/match.ts';
import { replacementFault, replacementOf } from '../route/rewrite.ts';
import { readTimeouts } from '../route/timeouts.ts';
import type { ProxyContext, ProxyResource } from './context.ts';
import { noteIgnoredHeaders, readForward } from './forward.ts';
import type { ReadRoute, StatedRedirect } from './route-list.ts';
import { noteUnsupported } from './unsupported.ts';

/** Where the routes of a proxy are put: the root that they are of, and the conditions of the includes on the way. */
export interface RouteScope {
  /** Prefix of the routes' ids: the root, and the includes on the way. */
  readonly id: string;
  readonly conditions: readonly MatchCondition[];
  /** The host is served with TLS, and requests without it are sent there unless a route permits them. */
  readonly enforceTls: boolean;
}

/** Reads one route of a proxy. Null where it makes the whole proxy invalid; the notes tell why. */
export function readRoute(
  context: ProxyContext,
  notes: Notes,
  proxy: ProxyResource,
  index: number,
  scope: RouteScope,
): ReadRoute | null {
  const stated = proxy.object.spec.routes?.[index] as Route;
  const field = `spec.routes[${index}]`;
  const { settings } = context;
  const fail = (note: Omit<Note, 'effect'>): null => {
    notes.error({ ...note, effect: 'the proxy is not served' });
    return null;
  };
  if (actionCount(stated) !== 1) {
    return fail({
      type: 'RouteError',
      reason: 'RouteActionCountNotValid',
      message: 'must set exactly one of route.services or route.requestRedirectPolicy or route.directResponsePolicy',
      remedy: 'keep one of the three',
      field,
    });
  }
  const own = stated.conditions ?? [];
  const conditions = [...scope.conditions, ...own];
  const fault = conditionNote(own, conditions, `${field}.conditions`);
  if (fault !== null) return fail(fault);
  if (!noteUnsupported(notes, stated, field)) return null;
  const clients = readIpFilter(stated.ipAllowPolicy, stated.ipDenyPolicy);
  if (clients.type !== 'filter') return failIpFilter(notes, clients, field);
  const known: KnownValues = { CONTOUR_NAMESPACE: proxy.reference.namespace };
  const request = readHeaders(stated.requestHeadersPolicy, true, known);
  if (request.type === 'invalid') {
    return fail({
      type: 'RouteError',
      reason: 'RequestHeadersPolicyInvalid',
      message: `${request.message} on request headers`,
      remedy: 'correct the policy',
      field: `${field}.requestHeadersPolicy`,
    });
  }
  const response = readHeaders(stated.responseHeadersPolicy, false, known);
  if (response.type === 'invalid') {
    return fail({
      type: 'RouteError',
      reason: 'ResponseHeaderPolicyInvalid',
      message: `${response.message} on response headers`,
      remedy: 'correct the policy',
      field: `${field}.responseHeadersPolicy`,
    });
  }
  noteIgnoredHeaders(notes, request.headers, `${field}.requestHeadersPolicy`);
  noteIgnoredHeaders(notes, response.headers, `${field}.responseHeadersPolicy`);
  const times = readTimeouts(stated.timeoutPolicy, stated.retryPolicy, settings);
  if (times.type === 'invalid') {
    return fail({
      type: 'RouteError',
      reason: 'TimeoutPolicyNotValid',
      message: `route.timeoutPolicy failed to parse: ${times.message}`,
      remedy: 'write a duration such as 30s, or infinity',
      field: `${field}.timeoutPolicy.${times.field}`,
    });
  }
  const match = mergeConditions(conditions);
  // The prefixes of includes become part of a pattern, and may break it.
  const broken = match.path.type === 'regex' ? pathFault([{ regex: match.path.value }]) : null;
  if (broken !== null) {
    return fail({
      type: 'RouteError',
      reason: 'PathMatchConditionsNotValid',
      message: `route: ${broken}`,
      remedy: 'correct the prefixes of the includes, which are part of the pattern',
      field: `${field}.conditions`,
    });
  }
  const { namespace, name } = proxy.reference;
  const base = {
    id: `${scope.id}/${index}`,
    name: { kind: 'HTTPProxy', namespace, name, rule: index, ruleName: '' },
    match,
    rewrite: null,
    variant: '',
    timeouts: times.timeouts,
    ...(clients.filter === null ? {} : { clients: clients.filter }),
    requiresTls: scope.enforceTls && !(stated.permitInsecure === true && !settings.disablePermitInsecure),
    origin: originOf(proxy, field),
  };
  if (stated.requestRedirectPolicy !== undefined) {
    const action = readRedirect(stated.requestRedirectPolicy, match.path.type);
    if (action !== null) return { ...base, action };
    return fail({
      type: 'RouteError',
      reason: 'RequestRedirectPolicy',
      message: 'route.requestRedirectPolicy is invalid: cannot specify both redirect path and redirect prefix',
      remedy: 'keep one of path and prefix',
      field: `${field}.requestRedirectPolicy`,
    });
  }
  if (stated.directResponsePolicy !== undefined) {
    const { statusCode, body = '' } = stated.directResponsePolicy;
    return { ...base, action: { type: 'respond', status: statusCode, reason: 'DirectResponse', content: body } };
  }
  const rewrite = readRewrite(
    stated,
    base.match.path.type === 'exact' || base.match.path.type === 'regex',
    match.path.value,
  );
  if (rewrite?.type === 'invalid') return fail({ ...rewrite.note, field: `${field}.pathRewritePolicy` });
  const health = readHealth(proxy, stated, field);
  if (health.type === 'invalid') {
    return fail({
      type: 'RouteError',
      reason: 'HealthCheckPolicyInvalid',
      message: health.message,
      remedy: 'correct the range',
      field: `${field}.healthCheckPolicy`,
    });
  }
  const action = readForward(context, notes, proxy, stated, field, {
    request: request.headers,
    response: response.headers,
    healthCheck: health.check,
    idleTimeout: times.idleConnection,
  });
  if (action === null) return null;
  return { ...base, rewrite: rewrite?.rewrite ?? null, action };
}

/** Always null. */
function failIpFilter(notes: Notes, result: Exclude<IpFilterResult, { type: 'filter' }>, field: string): null {
  const fail = (reason: string, message: string, remedy: string): void =>
    notes.error({ type: 'IPFilterError', reason, message, effect: 'the proxy is not served', remedy, field });
  if (result.type === 'both') {
    const message = 'cannot specify both `ipAllowPolicy` and `ipDenyPolicy`';
    fail('IncompatibleIPAddressFilters', message, 'keep one of the two');
  } else {
    for (const { cidr, cause } of result.faults) {
      fail('InvalidCIDR', `${cidr} failed to parse: ${cause}`, 'write an address, or a range such as 10.0.0.0/8');
    }
  }
  return null;
}

function actionCount({ services = [], requestRedirectPolicy, directResponsePolicy }: Route): number {
  return [services.length > 0, requestRedirectPolicy !== undefined, directResponsePolicy !== undefined].filter(Boolean)
    .length;
}

/** What is wrong with the conditions of a route; headers and parameters also with those of the includes on the way. */
function conditionNote(
  own: readonly MatchCondition[],
  all: readonly MatchCondition[],
  field: string,
): Omit<Note, 'effect'> | null {
  const remedy = 'correct the conditions';
  const path = pathFault(own);
  if (path !== null) {
    return { type: 'RouteError', reason: 'PathMatchConditionsNotValid', message: `route: ${path}`, remedy, field };
  }
  const headers = headerFault(all);
  if (headers !== null) {
    return { type: 'RouteError', reason: 'HeaderMatchConditionsNotValid', message: headers, remedy, field };
  }
  const query = queryFault(all);
  return query === null
    ? null
    : { type: 'RouteError', reason: 'QueryParameterMatchConditionsNotValid', message: query, remedy, field };
}

/** What was matched whole is replaced whole, as with the peer. */
function readRedirect(
  policy: NonNullable<Route['requestRedirectPolicy']>,
  matched: PathMatch['type'],
): StatedRedirect | null {
  const { hostname = '', path, port, prefix, scheme, statusCode } = policy;
  if (path !== undefined && prefix !== undefined) return null;
  const to: PathRewrite | null =
    path !== undefined
      ? { type: 'full', value: path }
      : prefix !== undefined
        ? { type: matched === 'exact' || matched === 'regex' ? 'full' : 'prefix', value: prefix }
        : null;
  return {
    type: 'stated-redirect',
    status: statusCode,
    scheme: scheme ?? null,
    hostname: hostname === '' ? null : hostname,
    port: port ?? null,
    path: to,
  };
}

type RewriteResult =
  | { readonly type: 'rewrite'; readonly rewrite: PathRewrite | null }
  | { readonly type: 'invalid'; readonly note: Omit<Note, 'effect' | 'field'> };

function readRewrite({ pathRewritePolicy }: Route, withoutPrefix: boolean, prefix: string): RewriteResult | null {
  const replacements = pathRewritePolicy?.replacePrefix ?? [];
  if (replacements.length === 0) return null;
  const invalid = (reason: string, message: string, remedy: string): RewriteResult => ({
    type: 'invalid',
    note: { type: 'PrefixReplaceError', reason, message, remedy },
  });
  if (withoutPrefix) {
    const message = 'cannot specify prefix replacements without a prefix condition';
    return invalid('MustHavePrefix', message, 'use a prefix condition, or remove pathRewritePolicy');
  }
  const fault = replacementFault(replacements);
  if (fault !== null) return invalid(fault.reason, fault.message, 'keep one replacement for each prefix');
  const replacement = replacementOf(replacements, prefix);
  return { type: 'rewrite', rewrite: replacement === null ? null : { type: 'prefix', value: replacement } };
}

function readHealth(
  proxy: ProxyResource,
  { healthCheckPolicy }: Route,
  field: string,
):
  | { readonly type: 'check'; readonly check: HealthCheck | null }
  | { readonly type: 'invalid'; readonly message: string } {
  if (healthCheckPolicy === undefined) return { type: 'check', check: null };
  return readHttpHealth(proxy, healthCheckPolicy, `${field}.healthCheckPolicy`);
}
