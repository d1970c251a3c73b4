import type { Authorization } from './authorization.ts';
import type { LoadBalancing } from './balancing.ts';
import type { Cause } from './cause.ts';
import type { ClientFilter } from './client-filter.ts';
import type { Origin } from './origin.ts';
import type { ValuePart } from './request-value.ts';
import type { SessionPersistence } from './session.ts';

/** The rule that a route came from, for logs, metrics and `explain`. */
export interface RouteName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Index of the rule in its object. */
  readonly rule: number;
  /** The rule's own name, or an empty string. */
  readonly ruleName: string;
}

/** One match of one rule and what happens to the requests that fit it. */
export interface Route {
  readonly id: string;
  readonly name: RouteName;
  readonly match: Match;
  readonly action: Action;
  readonly timeouts: Timeouts;
  /** Absent where the gateway leaves cross-origin requests to the backend. */
  readonly cors?: Cors;
  /** Absent where every client is served. */
  readonly clients?: ClientFilter;
  /** Who is asked of every request of this route, in this order; preflight requests are answered without asking. */
  readonly authorization?: readonly Authorization[];
  readonly origin: Origin;
}

/** All parts must fit. Lists that are empty fit everything. */
export interface Match {
  readonly path: PathMatch;
  /** Case-sensitive, or null for any. */
  readonly method: string | null;
  readonly headers: readonly ValueMatch[];
  readonly queryParameters: readonly ValueMatch[];
}

/**
 * `prefix` matches whole path elements: `/a` fits `/a` and `/a/b` but not `/ab`; a trailing slash is ignored.
 * `text-prefix` compares characters alone: `/a` fits `/ab`, and `/a/` does not fit `/a`.
 * `regex` is RE2 syntax and must fit the whole path.
 */
export interface PathMatch {
  readonly type: 'exact' | 'prefix' | 'text-prefix' | 'regex';
  readonly value: string;
}

/**
 * `name` is lower-case for headers. `regex` is RE2 syntax and must fit the whole value; `present` is fitted by any value, and
 * has an empty one itself. What is absent fits nothing but an inverted `present`.
 */
export interface ValueMatch {
  readonly name: string;
  readonly type: 'exact' | 'regex' | 'prefix' | 'suffix' | 'contains' | 'present';
  readonly value: string;
  /** Letters of ASCII are compared without their case. */
  readonly ignoreCase?: true;
  /** Fits what would not fit otherwise. */
  readonly invert?: true;
  /** What is absent counts as an empty value. */
  readonly missingIsEmpty?: true;
}

/** Milliseconds; null means no limit. */
export interface Timeouts {
  /** From the whole request received to the whole response sent (GEP-1742 `request`). */
  readonly request: number | null;
  /** One attempt, from the first byte sent to the backend to the last byte received (GEP-1742 `backendRequest`). */
  readonly backendRequest: number | null;
  /** Without a byte in either direction. Absent leaves it to the data plane. */
  readonly idle?: number | null;
}

/**
 * Cross-origin resource sharing (WHATWG Fetch section 3.3, GEP-1767). The gateway answers preflight requests itself and
 * writes the Access-Control fields of every other response in the place of the backend's.
 */
export interface Cors {
  /**
   * `*` alone for every origin, else `scheme://host` with an optional port, in lower case. The host may be `*` or begin
   * with `*.`, which stands for one label or more. Without a port the scheme's own is meant.
   */
  readonly allowOrigins: readonly string[];
  /** Origins that are allowed beside those: RE2 syntax, fitting the whole of one. */
  readonly allowOriginPatterns?: readonly string[];
  readonly allowCredentials: boolean;
  /** Case-sensitive; `*` alone for every method. */
  readonly allowMethods: readonly string[];
  /** As stated; `*` alone for every field. */
  readonly allowHeaders: readonly string[];
  readonly exposeHeaders: readonly string[];
  /** Seconds for which a browser may remember the answer to a preflight request; null leaves it to the browser. */
  readonly maxAge: number | null;
  /** Whether requests from public networks are let through to a private one (Private Network Access). */
  readonly allowPrivateNetwork?: true;
}

export type Action = Forward | Redirect | Respond;

export interface Forward {
  readonly type: 'forward';
  /** Never empty; a total weight of zero answers 500. */
  readonly destinations: readonly Destination[];
  readonly requestHeaders: HeaderModification;
  readonly responseHeaders: HeaderModification;
  readonly rewrite: Rewrite;
  /** Absent where the route does not say: then only what is certainly harmless is tried again. */
  readonly retry?: Retry;
  /** Whoever gets a copy of each request that is forwarded, whichever destination it goes to. */
  readonly mirrors?: readonly Mirror[];
  /** How an endpoint of a destination's backend is chosen; round robin where absent. Mirrors always go by round robin. */
  readonly balancing?: LoadBalancing;
  /** Keeps sessions where they began: at a destination, whatever the weights, and at an endpoint of its backend. */
  readonly sessions?: SessionPersistence;
  /** Requests to become a WebSocket are answered with 403. Absent lets them through. */
  readonly webSockets?: false;
}

/** A weighted share of the requests: forwarded, redirected, or without a backend answered with `status`. */
export type Destination =
  | {
      readonly type: 'backend';
      readonly backend: string;
      readonly weight: number;
      readonly requestHeaders: HeaderModification;
      readonly responseHeaders: HeaderModification;
      /** What it rewrites goes before the action's own. */
      readonly rewrite?: Rewrite;
      /** Whoever gets a copy of this share of the requests, beside the action's own. */
      readonly mirrors?: readonly Mirror[];
      /** In the place of the action's own. */
      readonly balancing?: LoadBalancing;
    }
  | { readonly type: 'redirect'; readonly redirect: Redirect; readonly weight: number }
  | {
      readonly type: 'respond';
      readonly status: number;
      /** Why (`BackendNotFound`). */
      readonly reason: string;
      readonly cause?: Cause;
      readonly weight: number;
    };

/**
 * When a request is sent again (HTTPRouteRetry, GEP-1731): after a connection that could not be made, a request that the
 * backend did not process, a response with one of `codes`, and an attempt that took longer than `backendRequest` where a
 * repetition does no harm (RFC 9110 section 9.2.2).
 */
export interface Retry {
  /** How often, beyond the first time. Zero tries nothing again. */
  readonly attempts: number;
  /** Status codes. */
  readonly codes: readonly number[];
  /** Statuses of gRPC, of calls that fail before anything else is said of them (a response of trailers alone). */
  readonly grpcStatuses?: readonly number[];
  /** Milliseconds before the second attempt; longer before later ones. Null leaves it to the data plane. */
  readonly backoff: number | null;
}

/** A copy of requests for another backend. Nothing that becomes of it is told to the client. */
export interface Mirror {
  readonly backend: string;
  /** The share of the requests that are copied: all where the two are equal. */
  readonly numerator: number;
  readonly denominator: number;
}

/** Applied in the order remove-after-set-after-add has no conflict: a name stands in at most one list (Gateway API). */
export interface HeaderModification {
  readonly set: readonly HeaderValue[];
  readonly add: readonly HeaderValue[];
  /** Lower-case names. */
  readonly remove: readonly string[];
}

/** `name` is lower-case. */
export interface HeaderValue {
  readonly name: string;
  /** Empty where there are `parts`. */
  readonly value: string;
  /** In the place of `value`, where it depends on the request. A header of which nothing is left is not set. */
  readonly parts?: readonly ValuePart[];
}

export interface Rewrite {
  /** Replaces the Host header, or null. */
  readonly hostname: string | null;
  /** The lower-case name of a field of the request whose value, where it is a host, replaces the Host header. */
  readonly hostnameFrom?: string;
  readonly path: PathRewrite | null;
}

/**
 * `prefix` replaces the part that the route's prefix match covered, and joins the two with one slash; where that is a
 * `text-prefix`, the characters of the one are replaced by those of the other and nothing else changes.
 */
export interface PathRewrite {
  readonly type: 'full' | 'prefix';
  readonly value: string;
}

export interface Redirect {
  readonly type: 'redirect';
  readonly status: number;
  /** Null keeps the request's. */
  readonly scheme: 'http' | 'https' | null;
  readonly hostname: string | null;
  /** The port to name in Location. Null names none. */
  readonly port: number | null;
  readonly path: PathRewrite | null;
  readonly responseHeaders: HeaderModification;
}

export interface Respond {
  readonly type: 'respond';
  readonly status: number;
  /** Why, for the log (`InvalidBackendRef`). */
  readonly reason: string;
  readonly cause?: Cause;
  /** The text of a response that somebody wants as it is. Absent where it stands for a route that cannot be served. */
  readonly content?: string;
}

export const noModification: HeaderModification = { set: [], add: [], remove: [] };
export const noRewrite: Rewrite = { hostname: null, path: null };
