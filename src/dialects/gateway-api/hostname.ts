import { compareSpecificity, intersect } from '../../model/hostname.ts';

/**
 * The hosts of a route on a listener, each with the route's own hostname that it came from. Empty where nothing is in
 * common (`NoMatchingListenerHostname`).
 */
export function intersectAll(listener: string, route: readonly string[]): readonly RouteHost[] {
  const own = route.length === 0 ? [''] : route;
  const hosts = new Map<string, string>();
  for (const stated of own) {
    const hostname = intersect(listener, stated);
    if (hostname === null) continue;
    const other = hosts.get(hostname);
    if (other === undefined || compareSpecificity(stated, other) < 0) hosts.set(hostname, stated);
  }
  return [...hosts].map(([hostname, stated]) => ({ hostname, stated }));
}

export interface RouteHost {
  readonly hostname: string;
  /** What the route says; it decides which of two routes for one host comes first. */
  readonly stated: string;
}
