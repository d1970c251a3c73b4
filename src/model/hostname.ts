/*
 * Hostnames as listeners, virtual hosts and routes state them: exact (`shop.example.com`), a wildcard for one label or more
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
 * From the most to the least specific: exact names, then wildcards from the longest to the shortest, then every host.
 * Names that are equally specific are in the order of their code units.
 */
export function bySpecificity(a: string, b: string): number {
  return compareSpecificity(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Less than zero where `a` is more specific, zero where both are alike. */
export function compareSpecificity(a: string, b: string): number {
  return rank(a) - rank(b) || b.length - a.length;
}

function rank(hostname: string): number {
  if (hostname === '') return 2;
  return isWildcard(hostname) ? 1 : 0;
}
