/** RFC 1035 section 2.3.4, without the root's dot. */
const maxHostLength = 253;
const maxRemembered = 1_024;

/** The host of an authority: without port and trailing dot, in lower case. An IPv6 address keeps its brackets. */
export function hostOf(authority: string): string {
  const bracket = authority.lastIndexOf(']');
  const colon = authority.indexOf(':', bracket + 1);
  let end = colon < 0 ? authority.length : colon;
  if (end > 1 && authority.charCodeAt(end - 1) === 0x2e) end -= 1;
  return (end === authority.length ? authority : authority.slice(0, end)).toLowerCase();
}

/** `10.0.0.7:443`, `[::1]:443`. */
export function joinHostPort(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * Values by hostname: exact, `*.` and a suffix (which covers one label or more, never none), or empty for every host.
 * The first of several values with the same hostname counts.
 */
export class HostTable<T> {
  readonly #exact = new Map<string, T>();
  /** By suffix with its leading dot. */
  readonly #wildcards = new Map<string, T>();
  #any: T | null = null;
  readonly #remembered = new Map<string, readonly T[]>();

  add(hostname: string, value: T): void {
    this.#remembered.clear();
    if (hostname === '') this.#any ??= value;
    else if (hostname.startsWith('*.')) addFirst(this.#wildcards, hostname.slice(1), value);
    else addFirst(this.#exact, hostname, value);
  }

  /** All that cover the host of `authority`, the most specific first. Remembered by authority, a bounded number of them. */
  match(authority: string): readonly T[] {
    const known = this.#remembered.get(authority);
    if (known !== undefined) return known;
    const found = this.#find(hostOf(authority));
    if (authority.length <= maxHostLength + 8) {
      if (this.#remembered.size >= maxRemembered) this.#remembered.clear();
      // A copy: the authority is likely a slice that would keep a whole request's head alive.
      this.#remembered.set(Buffer.from(authority, 'latin1').toString('latin1'), found);
    }
    return found;
  }

  #find(host: string): readonly T[] {
    const found: T[] = [];
    // The bound also keeps a long host of many labels from costing a search for each.
    if (host.length <= maxHostLength) {
      const exact = this.#exact.get(host);
      if (exact !== undefined) found.push(exact);
      for (let at = host.indexOf('.', 1); at > 0 && this.#wildcards.size > 0; at = host.indexOf('.', at + 1)) {
        const wildcard = this.#wildcards.get(host.slice(at));
        if (wildcard !== undefined) found.push(wildcard);
      }
    }
    if (this.#any !== null) found.push(this.#any);
    return found;
  }
}

function addFirst<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}
