/*
 * Which path a request means (RFC 3986 section 6.2.2), for matching only: the backend gets the bytes that the client
 * sent. What two parsers could read in two ways is refused, so that no spelling of a path reaches another route than
 * the backend's reading of it would.
 */

const slash = 0x2f;
const dot = 0x2e;
const percent = 0x25;
const backslash = 0x5c;

/** Index of the `?` of a request target in origin form, or its length. */
export function endOfPath(target: string): number {
  const question = target.indexOf('?');
  return question < 0 ? target.length : question;
}

/**
 * The path as routes are compared with it: percent-encoded unreserved characters decoded, other percent-encodings in
 * upper case, slashes that repeat merged. `%2F` stays, it is no separator (RFC 3986 section 2.2).
 *
 * Null where the path is ambiguous: a dot segment in any spelling (`..`, `%2e.`, `..;x`, beside a backslash, `%2f` or
 * `%5c`), NUL, or a percent sign that encodes nothing.
 */
export function pathForMatching(path: string): string | null {
  for (let index = 0; index < path.length; index += 1) {
    const code = path.charCodeAt(index);
    if (code === percent || code === backslash) return normalise(path);
    if (code === slash) {
      const next = path.charCodeAt(index + 1);
      if (next === slash || next === dot) return normalise(path);
    }
  }
  return path;
}

const badEncoding = /%(?![0-9a-f]{2})|%00/i;
const encoded = /%[0-9a-f]{2}/gi;
const unreserved = /[A-Za-z0-9\-._~]/;
const separators = /[/\\]|%2F|%5C/;
/** What follows a `;` are parameters, which some servers drop before they resolve dot segments. */
const dotSegment = /^\.\.?(?:;|%3B|$)/;

function normalise(path: string): string | null {
  if (badEncoding.test(path)) return null;
  const decoded = path.includes('%') ? path.replace(encoded, decodeUnreserved) : path;
  for (const segment of decoded.split(separators)) if (dotSegment.test(segment)) return null;
  return decoded.replace(/\/{2,}/g, '/');
}

function decodeUnreserved(encoding: string): string {
  const character = String.fromCharCode(Number.parseInt(encoding.slice(1), 16));
  return unreserved.test(character) ? character : encoding.toUpperCase();
}

/** A route's exact path or prefix in the form that `pathForMatching` gives; unchanged where it could match nothing. */
export function routePath(value: string): string {
  return pathForMatching(value) ?? value;
}

/** A route's prefix without its trailing slash: `/a/` and `/a` are the same prefix, and `/` is the empty one. */
export function routePrefix(value: string): string {
  const path = routePath(value);
  return path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Whether `prefix`, as `routePrefix` gives it, covers whole elements of `path`. */
export function coversPath(prefix: string, path: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path.charCodeAt(prefix.length) === slash);
}
