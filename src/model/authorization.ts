import type { Origin } from './origin.ts';

/** Who decides whether a request goes on. Where nobody can be asked, nobody is let in. */
export type Authorization = AskAuthorization | CheckAuthorization | RefuseAuthorization;

/**
 * Asks a backend over HTTP (GEP-1494): it gets the method, the host and the path of the request, its Authorization field
 * and no content. Status 200 lets the request go on; any other response is the client's.
 */
export interface AskAuthorization {
  readonly type: 'ask';
  /** Id in `Model.backends`. */
  readonly backend: string;
  /** Stands before the path of the request; empty for none. */
  readonly pathPrefix: string;
  /** Lower-case names of further fields of the request that the backend gets. */
  readonly requestHeaders: readonly string[];
  /**
   * Lower-case names of the fields of its answer that the request goes on with, in the place of the client's own. Null for
   * all but those that are about the answer itself.
   */
  readonly responseHeaders: readonly string[] | null;
  readonly origin: Origin;
}

/**
 * Asks a backend by Envoy's `envoy.service.auth.v3.Authorization/Check` over gRPC (GEP-1494): it gets the head of the
 * request and the address of its client. Status 0 lets the request go on with the fields that it sets and without those
 * that it removes; any other is answered as it says, or with 403.
 */
export interface CheckAuthorization {
  readonly type: 'check';
  /** Id in `Model.backends`. */
  readonly backend: string;
  /** Lower-case names of the fields of the request that the backend gets; null for all. */
  readonly requestHeaders: readonly string[] | null;
  readonly origin: Origin;
}

/** Answers every request itself: who is to be asked is not known, or cannot be asked as it is stated. */
export interface RefuseAuthorization {
  readonly type: 'refuse';
  readonly status: number;
  /** Why, for the log (`BackendNotFound`). */
  readonly reason: string;
  readonly origin: Origin;
}
