import { describeObject, type Origin } from '../../../model/origin.ts';
import type { Route, Service, VirtualHost } from '../../../resources/generated/contour-types.ts';
import type { Notes } from '../notes.ts';
import { readRetry } from '../route/retry.ts';
import type { Settings } from '../settings.ts';

/**
 * Parts of a route that nothing here does. What would let requests through that are to be kept out makes the proxy
 * invalid (false); what only makes them fare a little worse is told and passed over.
 */
export function noteUnsupported(notes: Notes, route: Route, field: string): boolean {
  const refused = [
    ...stated({ rateLimitPolicy: route.rateLimitPolicy, cookieRewritePolicies: route.cookieRewritePolicies }),
    ...stated({ internalRedirectPolicy: route.internalRedirectPolicy }),
    ...(route.jwtVerificationPolicy?.require === undefined ? [] : ['jwtVerificationPolicy']),
  ];
  for (const part of refused) refuse(notes, `${field}.${part}`, part);
  const services = route.services ?? [];
  for (const [index, service] of services.entries())
    noteUnsupportedService(notes, service, `${field}.services[${index}]`);
  const cookies = services.findIndex(({ cookieRewritePolicies = [] }) => cookieRewritePolicies.length > 0);
  if (cookies >= 0) refuse(notes, `${field}.services[${cookies}].cookieRewritePolicies`, 'cookieRewritePolicies');
  const ignored = route.retryPolicy === undefined ? [] : readRetry(route.retryPolicy).ignored;
  if (ignored.length > 0) {
    ignore(notes, `${field}.retryPolicy.retryOn`, `retryOn ${ignored.join(', ')} is no reason for a retry here`);
  }
  return refused.length === 0 && cookies < 0;
}

/** Parts of a virtual host that nothing here does; false where the proxy cannot be served without them. */
export function noteUnsupportedHost(
  notes: Notes,
  host: VirtualHost,
  { globalAuthorization }: Pick<Settings, 'globalAuthorization'>,
): boolean {
  const asksNobody = host.authorization?.authPolicy?.disabled === true;
  const refused = [
    ...stated({ jwtProviders: host.jwtProviders, rateLimitPolicy: host.rateLimitPolicy }),
    ...(asksNobody || host.authorization === undefined ? [] : ['authorization']),
  ];
  for (const part of refused) refuse(notes, `spec.virtualhost.${part}`, part);
  const isAsked = globalAuthorization !== null && host.authorization === undefined;
  if (isAsked) refuseGlobalAuthorization(notes, globalAuthorization.origin);
  return refused.length === 0 && !isAsked;
}

function noteUnsupportedService(notes: Notes, { slowStartPolicy }: Service, field: string): void {
  if (slowStartPolicy !== undefined) ignore(notes, `${field}.slowStartPolicy`, 'slowStartPolicy is not supported');
}

/** Names of the parts that are there and say something. */
function stated(parts: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(parts)
    .filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))
    .map(([name]) => name);
}

function refuseGlobalAuthorization(notes: Notes, origin: Origin): void {
  notes.error({
    type: 'SpecError',
    reason: 'UnsupportedField',
    message: `${origin.field} of ${describeObject(origin)} asks for authorization, which is not supported by this version`,
    effect: 'the proxy is not served, rather than without it',
    remedy: 'set authorization.authPolicy.disabled on the virtual host if everybody may pass, or remove globalExtAuth',
    field: 'spec.virtualhost',
  });
}

function refuse(notes: Notes, field: string, part: string): void {
  notes.error({
    type: 'SpecError',
    reason: 'UnsupportedField',
    message: `${part} is not supported by this version`,
    effect: 'the proxy is not served, rather than without it',
    remedy: `remove ${part}, or have another gateway serve the proxy`,
    field,
  });
}

function ignore(notes: Notes, field: string, message: string): void {
  notes.warn({ type: 'SpecError', reason: 'IgnoredField', message, remedy: 'remove it', field });
}
