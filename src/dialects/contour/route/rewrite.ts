import type { Match, PathRewrite } from '../../../model/route.ts';
import type { ReplacePrefix } from '../../../resources/generated/contour-types.ts';
import { matchKey } from './match.ts';

/** Why prefixes cannot be replaced as stated: reason and message of the peer. */
export interface ReplacementFault {
  readonly reason: 'DuplicateReplacement' | 'AmbiguousReplacement';
  readonly message: string;
}

export function replacementFault(replacements: readonly ReplacePrefix[]): ReplacementFault | null {
  const seen = new Set<string>();
  for (const { prefix = '' } of replacements) {
    if (seen.has(prefix)) {
      return prefix === ''
        ? { reason: 'AmbiguousReplacement', message: 'ambiguous prefix replacement' }
        : { reason: 'DuplicateReplacement', message: `duplicate replacement prefix '${prefix}'` };
    }
    seen.add(prefix);
  }
  return null;
}

/** What the prefix of a route is replaced by: the replacement for this very prefix, else the one for any. */
export function replacementOf(replacements: readonly ReplacePrefix[], routePrefix: string): string | null {
  const exact = replacements.find(({ prefix = '' }) => prefix !== '' && prefix === routePrefix);
  return (exact ?? replacements.find(({ prefix = '' }) => prefix === ''))?.replacement ?? null;
}

/** A route as far as its path is concerned. */
export interface PathRoute {
  readonly match: Match;
  readonly rewrite: PathRewrite | null;
  /** Tells apart the two that one becomes. */
  readonly variant: string;
}

/**
 * Makes two routes of one that replaces a prefix, with and without the slash at its end, so that `/foo` and `/foo/a` become
 * `/bar` and `/bar/a` whichever way prefix and replacement are written. Where there are routes for both already, each does
 * what it says.
 */
export function expandPrefixes<R extends PathRoute>(routes: readonly R[]): readonly R[] {
  const groups = new Map<string, number>();
  for (const route of routes) groups.set(groupOf(route), (groups.get(groupOf(route)) ?? 0) + 1);
  return routes.flatMap((route): readonly R[] => {
    const { match, rewrite } = route;
    const { path } = match;
    if (path.type !== 'text-prefix' || rewrite?.type !== 'prefix' || groups.get(groupOf(route)) !== 1) return [route];
    const prefix = trimSlashes(path.value);
    const replacement = trimSlashes(rewrite.value);
    return [
      { ...route, match: at(match, prefix), rewrite: { type: 'prefix', value: replacement || '/' } },
      {
        ...route,
        match: at(match, `${prefix}/`),
        rewrite: { type: 'prefix', value: `${replacement}/` },
        variant: '/slash',
      },
    ];
  });
}

/** Routes that differ in no more than the slash at the end of their prefix. */
function groupOf({ match }: PathRoute): string {
  return matchKey(match.path.type === 'text-prefix' ? at(match, trimSlashes(match.path.value)) : match);
}

function at(match: Match, value: string): Match {
  return { ...match, path: { type: 'text-prefix', value } };
}

function trimSlashes(text: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === '/') end -= 1;
  return text.slice(0, end);
}
