/**
 * Which endpoint of a backend gets a request. It stands beside the destination, not in the backend, because what it goes by
 * is the request's; backends keep what must be remembered (turns, requests under way, health).
 *
 * Whatever it says, endpoints that take no connection and endpoints that health checks call unhealthy are left out, and
 * another attempt of the same request goes to another endpoint as long as there is one.
 */
export type LoadBalancing =
  | { readonly type: 'round-robin' }
  | { readonly type: 'random' }
  /** The one of two, drawn by lot, that has fewer requests under way. */
  | { readonly type: 'least-request' }
  | ConsistentHash;

/**
 * The same values of `keys` lead to the same endpoint, at every worker and in every replica of the gateway. When an endpoint
 * comes or goes, only requests move that go to it or came from it. Where a request has none of the values, its endpoint is
 * chosen by round robin.
 */
export interface ConsistentHash {
  readonly type: 'consistent-hash';
  /** Taken together, in this order; never empty. What a request does not have is passed over. */
  readonly keys: readonly HashKey[];
}

export type HashKey = HashSource & {
  /** Where a request has this one (and, of a cookie that the gateway issues, always), those after it are not looked at. */
  readonly terminal?: true;
};

/** Of these, streams have the source address alone. */
export type HashSource =
  /** All values of the field, as the client sent it. `name` is lower-case. */
  | { readonly type: 'header'; readonly name: string }
  /** The first value. Case-sensitive. */
  | { readonly type: 'query-parameter'; readonly name: string }
  /** The IP address at the other end of the client's connection, without its port. */
  | { readonly type: 'source-address' }
  /** As the client sent it, without the query. */
  | { readonly type: 'path' }
  /** The host that the client asked for, without a port. */
  | { readonly type: 'host' }
  | CookieKey;

/** A cookie of the request (RFC 6265). */
export interface CookieKey {
  readonly type: 'cookie';
  /** A token; case-sensitive. */
  readonly name: string;
  /**
   * How the gateway issues the cookie to a client that has none, with a random value that says nothing about the endpoint:
   * session affinity. Absent where only the client's own cookie counts.
   */
  readonly issue?: CookieAttributes;
}

/** RFC 6265 section 4.1.2. */
export interface CookieAttributes {
  /** Null lets clients take the path of the request. */
  readonly path: string | null;
  /** Seconds; null for a cookie that ends with the client's session. */
  readonly maxAge: number | null;
  readonly httpOnly: boolean;
  /** Sent over TLS alone. `auto` where the request came over TLS. */
  readonly secure: boolean | 'auto';
  readonly sameSite: 'Strict' | 'Lax' | 'None' | null;
}
