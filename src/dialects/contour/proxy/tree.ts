import type { Respond } from '../../../model/route.ts';
import type { Include, MatchCondition } from '../../../resources/generated/contour-types.ts';
import { originOf } from '../../../resources/set.ts';
import { keyOf } from '../names.ts';
import type { Notes, NoteType } from '../notes.ts';
import { headerFault, includeFault, pathFault, queryFault } from '../route/condition-faults.ts';
import { everyPath, matchKey, mergeConditions } from '../route/match.ts';
import { expandPrefixes } from '../route/rewrite.ts';
import type { ProxyContext, ProxyResource } from './context.ts';
import { noTimeouts, type ReadRoute } from './route-list.ts';
import { type RouteScope, readRoute } from './routes.ts';

/** Null where the proxy is invalid as a whole; its notes tell why. Of equal matches the later route counts. */
export type ProxyRoutes = readonly ReadRoute[] | null;

/**
 * The routes of a proxy and of those that it includes, in the order of the peer: what is included first, then its own.
 *
 * @param visited the proxies on the way from the root
 */
export function readRoutes(
  context: ProxyContext,
  proxy: ProxyResource,
  scope: RouteScope,
  visited: readonly ProxyResource[] = [],
): ProxyRoutes {
  const notes = context.notesOf(proxy);
  if (visited.includes(proxy)) {
    const path = [...visited, proxy].map(keyOf).join(' -> ');
    notes.error({
      type: 'IncludeError',
      reason: 'IncludeCreatesCycle',
      message: `include creates an include cycle: ${path}`,
      effect: 'the include has no routes',
      remedy: 'remove one of the includes',
      field: 'spec.includes',
    });
    return null;
  }
  const included = readIncludes(context, notes, proxy, scope, [...visited, proxy]);
  const own: ReadRoute[] = [];
  for (const index of (proxy.object.spec.routes ?? []).keys()) {
    const route = readRoute(context, notes, proxy, index, scope);
    if (route === null) return null;
    own.push(route);
  }
  return expandPrefixes([...included, ...own]);
}

function readIncludes(
  context: ProxyContext,
  notes: Notes,
  proxy: ProxyResource,
  scope: RouteScope,
  visited: readonly ProxyResource[],
): readonly ReadRoute[] {
  const seen = new Set<string>();
  return (proxy.object.spec.includes ?? []).flatMap((include, index): readonly ReadRoute[] => {
    const field = `spec.includes[${index}]`;
    const conditions = include.conditions ?? [];
    const fault = conditionFault(conditions);
    if (fault !== null) {
      const remedy = 'correct the conditions';
      notes.error({ ...fault, effect: 'nothing is included', remedy, field: `${field}.conditions` });
      return [];
    }
    const match = mergeConditions(conditions);
    const key = matchKey(match);
    // Includes of everything stand beside each other, as with the peer.
    const isEverything = match.path === everyPath && match.headers.length + match.queryParameters.length === 0;
    if (!isEverything && seen.has(key)) {
      notes.error({
        type: 'IncludeError',
        reason: 'DuplicateMatchConditions',
        message: 'duplicate conditions defined on an include',
        effect: 'the earlier include counts',
        remedy: 'change or remove one of the two',
        field: `${field}.conditions`,
      });
      return [];
    }
    seen.add(key);
    const within: RouteScope = {
      ...scope,
      id: `${scope.id}/${index}`,
      conditions: [...scope.conditions, ...conditions],
    };
    const found = findIncluded(context, notes, proxy, include, field);
    if (found === null) return standIn(within, proxy, field, conditions, 502, 'IncludeNotFound');
    context.include(found);
    const routes = readRoutes(context, found, { ...within, id: `${within.id}/${keyOf(found)}` }, visited);
    if (routes !== null) return routes;
    // What is asked of a proxy that is invalid must not fall to a route that asks for less.
    return context.settings.compatible ? [] : standIn(within, proxy, field, conditions, 503, 'IncludeNotValid');
  });
}

function conditionFault(
  conditions: readonly MatchCondition[],
): { readonly type: NoteType; readonly reason: string; readonly message: string } | null {
  const path = includeFault(conditions) ?? pathFault(conditions);
  if (path !== null) {
    return { type: 'IncludeError', reason: 'PathMatchConditionsNotValid', message: `include: ${path}` };
  }
  const header = headerFault(conditions);
  if (header !== null) return { type: 'RouteError', reason: 'HeaderMatchConditionsNotValid', message: header };
  const query = queryFault(conditions);
  return query === null
    ? null
    : { type: 'RouteError', reason: 'QueryParameterMatchConditionsNotValid', message: query };
}

function findIncluded(
  context: ProxyContext,
  notes: Notes,
  proxy: ProxyResource,
  include: Include,
  field: string,
): ProxyResource | null {
  const namespace = include.namespace || proxy.reference.namespace;
  const found = context.find(namespace, include.name);
  const effect = 'its requests are answered with 502';
  if (found === undefined) {
    notes.error({
      type: 'IncludeError',
      reason: 'IncludeNotFound',
      message: `include ${namespace}/${include.name} not found`,
      effect,
      remedy: 'create the HTTPProxy, or correct the reference',
      field: `${field}.name`,
    });
    return null;
  }
  if (found.object.spec.virtualhost === undefined) return found;
  notes.error({
    type: 'IncludeError',
    reason: 'RootIncludesRoot',
    message: `root httpproxy cannot include another root httpproxy (${keyOf(found)})`,
    effect,
    remedy: 'include a proxy without a virtualhost',
    field: `${field}.name`,
  });
  return null;
}

/** A route in the place of those that cannot be had. What would catch everything is left to the other routes. */
function standIn(
  { id, conditions }: RouteScope,
  proxy: ProxyResource,
  field: string,
  own: readonly MatchCondition[],
  status: number,
  reason: string,
): readonly ReadRoute[] {
  if (own.length === 0) return [];
  const action: Respond = { type: 'respond', status, reason };
  const { namespace, name } = proxy.reference;
  return [
    {
      id,
      name: { kind: 'HTTPProxy', namespace, name, rule: -1, ruleName: '' },
      match: mergeConditions(conditions),
      rewrite: null,
      variant: '',
      action,
      timeouts: noTimeouts,
      requiresTls: false,
      origin: originOf(proxy, field),
    },
  ];
}
