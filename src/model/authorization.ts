import type { Cause } from './cause.ts';
import type { Origin } from './origin.ts';

/** Bytes of content that a question may have at most. */
export const largestAskedContent = 1_048_576;

/** Who decides whether a request goes on. Where nobody can be asked, nobody is let in. */
export type Authorization = AskAuthorization | CheckAuthorization | RefuseAuthorization;

/**
 * Asks a backend over HTTP (GEP-1494): it gets the method, the host and the path of the request, its Authorization field
 * and, where `content` says so, its content. Status 200 lets the request go on; any other response is the client's.
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
  readonly content?: AskedContent;
  readonly origin: Origin;
}

/**
 * Asks a backend by Envoy's `envoy.service.auth.v3.Authorization/Check` over gRPC (GEP-1494): it gets the head of the
 * request, the address of its client and, where `content` says so, its content. Status 0 lets the request go on with the fields that it sets and without those
 * that it removes; any other is answered as it says, or with 403.
 */
export interface CheckAuthorization {
  readonly type: 'check';
  /** Id in `Model.backends`. */
  readonly backend: string;
  /** Lower-case names of the fields of the request that the backend gets; null for all. */
  readonly requestHeaders: readonly string[] | null;
  readonly content?: AskedContent;
  readonly origin: Origin;
}

/** That whoever is asked gets the content of the request, all of it. Where this is absent they get none. */
export interface AskedContent {
  /** Bytes, 1 to `largestAskedContent`. A request whose content is larger is answered 413, and nobody is asked about it. */
  readonly maxSize: number;
}

/** Answers every request itself: who is to be asked is not known, or cannot be asked as it is stated. */
export interface RefuseAuthorization {
  readonly type: 'refuse';
  readonly status: number;
  /** Why, for the log (`BackendNotFound`). */
  readonly reason: string;
  readonly cause?: Cause;
  readonly origin: Origin;
}
