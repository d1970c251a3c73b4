import { compareText } from './names.ts';

/*
 * Hostnames as listeners and routes state them: exact (`shop.example.com`), a wildcard for one label or more
 * (`*.example.com`), or empty for every host.
 */

/** Whether a host name is a wildcard. */
export function isWildcard(hostname: string): boolean {
  return hostname.startsWith('*.');
}

/** Whether every host that fits `inner` fits `outer` too. */
export function covers(outer: string, inner: string): boolean {
  if (outer === '' || outer === inner) return true;
  // The dot stays: `*.example.com` does not cover `example.com`.
  return inner !== '' && isWildcard(outer) && inner.endsWith(outer.slice(1));
}

/**
 * The hosts that fit both, as one hostname, or null where there are none. Of two hostnames that have hosts in common,
 * one always covers the other.
 */
export function intersect(a: string, b: string): string | null {
  if (covers(a, b)) return b;
  return covers(b, a) ? a : null;
}

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

/**
 * From the most to the least specific: exact names, then wildcards from the longest to the shortest, then every host.
 * Names that are equally specific are in alphabetical order.
 */
export function bySpecificity(a: string, b: string): number {
  return compareSpecificity(a, b) || compareText(a, b);
}

/** Less than zero where `a` is more specific, zero where both are alike. */
export function compareSpecificity(a: string, b: string): number {
  return rank(a) - rank(b) || b.length - a.length;
}

function rank(hostname: string): number {
  if (hostname === '') return 2;
  return isWildcard(hostname) ? 1 : 0;
}
