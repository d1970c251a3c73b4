import type { Cors, Match, Redirect, Route } from '../../../model/route.ts';
import { noModification } from '../../../model/route.ts';
import type { ReadRoute, StatedRedirect } from '../proxy/route-list.ts';

/** The listener that routes are put on. */
export interface RoutePlace {
  readonly secure: boolean;
  /** The port that is open where one is declared. */
  readonly openPort: (declared: number) => number;
}

const wellKnownPorts = { http: 80, https: 443 } as const;

/** A route as a listener serves it. Routes that are the same on both share an id. */
export function placeRoute(route: ReadRoute, fqdn: string, cors: Cors | null, place: RoutePlace): Route {
  const { id, variant, name, timeouts, origin } = route;
  const clients = route.clients === undefined ? {} : { clients: route.clients };
  const base = { name, match: withinOneLabel(route.match, fqdn), timeouts, ...clients, origin };
  if (route.requiresTls && !place.secure) {
    const action = redirectTo({ ...unstated, status: 301, scheme: 'https' }, place);
    return { id: `${id}${variant}@upgrade`, ...base, action };
  }
  const shared = cors === null ? {} : { cors };
  switch (route.action.type) {
    case 'stated-redirect': {
      const suffix = place.secure ? '@https' : '@http';
      return { id: `${id}${variant}${suffix}`, ...base, action: redirectTo(route.action, place), ...shared };
    }
    case 'respond':
      return { id: id + variant, ...base, action: route.action };
    case 'forward': {
      const { rewrite } = route.action;
      const action =
        route.rewrite === null ? route.action : { ...route.action, rewrite: { ...rewrite, path: route.rewrite } };
      return { id: id + variant, ...base, action, ...shared };
    }
  }
}

const unstated: Omit<StatedRedirect, 'status'> = {
  type: 'stated-redirect',
  scheme: null,
  hostname: null,
  port: null,
  path: null,
};

/** The port is the stated one, else that of a stated scheme, else the listener's; left out where the scheme implies it. */
function redirectTo(
  { status, scheme, hostname, port, path }: StatedRedirect,
  { secure, openPort }: RoutePlace,
): Redirect {
  const effective = scheme ?? (secure ? 'https' : 'http');
  const open = openPort(port ?? wellKnownPorts[effective]);
  return {
    type: 'redirect',
    status,
    scheme,
    hostname,
    port: open === wellKnownPorts[effective] ? null : open,
    path,
    responseHeaders: noModification,
  };
}

/** A wildcard of an fqdn stands for one label, that of a virtual host for one or more. */
function withinOneLabel(match: Match, fqdn: string): Match {
  if (!fqdn.startsWith('*.')) return match;
  const rest = fqdn.slice(1).replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const value = `[a-z0-9]([-a-z0-9]*[a-z0-9])?${rest}(:[0-9]+)?`;
  return { ...match, headers: [...match.headers, { name: 'host', type: 'regex', value, ignoreCase: true }] };
}
