import type { Finding } from '../../../model/finding.ts';
import type { Model, Table } from '../../../model/model.ts';
import type { Origin } from '../../../model/origin.ts';
import type { Match, Route } from '../../../model/route.ts';

/**
 * Finds the matches that no request reaches, because on every host that they are served at another one that is the same
 * comes first.
 */
export function findShadowed({ virtualHosts, routes }: Pick<Model, 'virtualHosts' | 'routes'>): readonly Finding[] {
  const keys = new Map<Match, string>();
  const reached = new Set<string>();
  const shadowed = new Map<string, { readonly route: Route; readonly by: Route }>();
  for (const host of Object.values(virtualHosts)) {
    const firsts = new Map<string, Route>();
    for (const route of resolved(host.routes, routes)) {
      const key = keys.get(route.match) ?? matchKey(route.match);
      keys.set(route.match, key);
      const first = firsts.get(key);
      if (first !== undefined) {
        if (!shadowed.has(placeOf(route.origin))) shadowed.set(placeOf(route.origin), { route, by: first });
        continue;
      }
      firsts.set(key, route);
      reached.add(placeOf(route.origin));
    }
  }
  return [...shadowed].filter(([place]) => !reached.has(place)).map(([, { route, by }]) => describe(route, by));
}

function describe({ origin }: Route, { name }: Route): Finding {
  return {
    severity: 'warning',
    reason: 'Shadowed',
    message: `no request reaches this match: rule ${name.rule} of ${name.kind} ${name.namespace}/${name.name} has the same one and comes first`,
    remedy: 'change or remove one of the two',
    origin,
  };
}

function resolved(ids: readonly string[], routes: Table<Route>): readonly Route[] {
  return ids.flatMap((id) => routes[id] ?? []);
}

/** One match of one rule, in whatever variants. */
function placeOf({ kind, namespace, name, field }: Origin): string {
  return `${kind} ${namespace}/${name} ${field}`;
}

/** Equal exactly for matches that fit the same requests, as far as that can be told by looking. */
function matchKey({ path, method, headers, queryParameters }: Match): string {
  // A trailing slash of a prefix is ignored when it is matched.
  const value = path.type === 'prefix' && path.value.length > 1 ? path.value.replace(/\/$/, '') : path.value;
  const sorted = (values: Match['headers']) => values.map((each) => JSON.stringify(each)).sort();
  return JSON.stringify([path.type, value, method, sorted(headers), sorted(queryParameters)]);
}
