import type { Origin } from './origin.ts';

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
 * `regex` is RE2 syntax and must fit the whole path.
 */
export interface PathMatch {
  readonly type: 'exact' | 'prefix' | 'regex';
  readonly value: string;
}

/** `name` is lower-case for headers. `regex` is RE2 syntax and must fit the whole value. */
export interface ValueMatch {
  readonly name: string;
  readonly type: 'exact' | 'regex';
  readonly value: string;
}

/** Milliseconds; null means no limit. */
export interface Timeouts {
  /** From the whole request received to the whole response sent (GEP-1742 `request`). */
  readonly request: number | null;
  /** One attempt, from the first byte sent to the backend to the last byte received (GEP-1742 `backendRequest`). */
  readonly backendRequest: number | null;
}

export type Action = Forward | Redirect | Respond;

export interface Forward {
  readonly type: 'forward';
  /** Never empty; a total weight of zero answers 500. */
  readonly destinations: readonly Destination[];
  readonly requestHeaders: HeaderModification;
  readonly responseHeaders: HeaderModification;
  readonly rewrite: Rewrite;
}

/** A weighted share of the requests. Without a backend its share is answered with `status`. */
export type Destination =
  | {
      readonly type: 'backend';
      readonly backend: string;
      readonly weight: number;
      readonly requestHeaders: HeaderModification;
      readonly responseHeaders: HeaderModification;
    }
  | { readonly type: 'respond'; readonly status: number; readonly reason: string; readonly weight: number };

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
  readonly value: string;
}

export interface Rewrite {
  /** Replaces the Host header, or null. */
  readonly hostname: string | null;
  readonly path: PathRewrite | null;
}

/** `prefix` replaces the part that the route's prefix match covered. */
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
}

export const noModification: HeaderModification = { set: [], add: [], remove: [] };
