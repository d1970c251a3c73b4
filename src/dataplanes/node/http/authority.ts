/**
 * `host [":" port]` (RFC 3986 section 3.2), narrower than its grammar: letters, digits, `-`, `.`, `_`, `~`, or an IPv6
 * literal in brackets; a port is not empty. Percent-encoding and sub-delimiters, which no DNS name has, are refused: a
 * comma makes two Host values look like one, an `@` hides the host behind user information.
 */
const authority = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
const maxLength = 261;

/** The authority in lower case, or null where it is not one. */
export function parseAuthority(text: string): string | null {
  if (text.length > maxLength) return null;
  const lower = text.toLowerCase();
  return authority.test(lower) ? lower : null;
}
