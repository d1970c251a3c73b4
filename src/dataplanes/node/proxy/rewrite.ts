import type { PathMatch, PathRewrite, Redirect } from '../../../model/route.ts';
import { hostOf } from './routing/host.ts';
import { coversPath, endOfPath, routePath, routePrefix } from './routing/path.ts';

/**
 * The target with another path; the query stays. A `prefix` rewrite puts its value in the place of what the route's
 * prefix covered and joins the two with exactly one slash (Gateway API, HTTPPathModifier).
 *
 * @param target origin form, as the client sent it
 * @param path as `pathForMatching` gives it; used where the client's spelling of the prefix is another
 */
export function rewriteTarget(target: string, path: string, match: PathMatch, rewrite: PathRewrite): string {
  const end = endOfPath(target);
  const query = target.slice(end);
  if (rewrite.type === 'full') return `${rewrite.value.startsWith('/') ? rewrite.value : `/${rewrite.value}`}${query}`;
  if (match.type === 'text-prefix')
    return `${replaceText(target.slice(0, end), path, match.value, rewrite.value)}${query}`;
  const prefix = match.type === 'prefix' ? routePrefix(match.value) : '';
  const raw = target.slice(0, end);
  const rest = (coversPath(prefix, raw) ? raw : path).slice(prefix.length);
  const replacement = rewrite.value.endsWith('/') ? rewrite.value.slice(0, -1) : rewrite.value;
  const joined = `${replacement}${rest}`;
  return `${joined.startsWith('/') ? joined : `/${joined}`}${query}`;
}

/** Character by character, as the route was matched. */
function replaceText(raw: string, path: string, prefix: string, value: string): string {
  const matched = routePath(prefix);
  const replaced = `${value}${(raw.startsWith(matched) ? raw : path).slice(matched.length)}`;
  return replaced.startsWith('/') ? replaced : `/${replaced}`;
}

/** What a redirect keeps of a request. */
export interface RedirectedRequest {
  readonly target: string;
  /** As `pathForMatching` gives it. */
  readonly path: string;
  readonly authority: string;
  readonly secure: boolean;
}

/** The Location of a redirect: absolute, with the request's query (Gateway API, HTTPRequestRedirectFilter). */
export function locationOf(redirect: Redirect, match: PathMatch, request: RedirectedRequest): string {
  const scheme = redirect.scheme ?? (request.secure ? 'https' : 'http');
  const host = redirect.hostname ?? hostOf(request.authority);
  const defaultPort = scheme === 'https' ? 443 : 80;
  const port = redirect.port === null || redirect.port === defaultPort ? '' : `:${redirect.port}`;
  const target =
    redirect.path === null ? request.target : rewriteTarget(request.target, request.path, match, redirect.path);
  // An HTTP/1.0 client need not name a host; what is relative to nothing known stays relative (RFC 9110 section 10.2.2).
  return host === '' ? target : `${scheme}://${host}${port}${target}`;
}
