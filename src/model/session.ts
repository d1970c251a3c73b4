import type { CookieAttributes } from './balancing.ts';

/**
 * Keeps the requests of one session at one endpoint of one destination, for as long as that endpoint serves (GEP-1619): the
 * gateway gives the client a token with the first response, and the client sends it with its next requests. It goes before
 * weights and load balancing, which decide where sessions begin.
 */
export interface SessionPersistence {
  readonly carrier: SessionCarrier;
  /** Milliseconds after which a session ends whatever it does; null for no end. */
  readonly absoluteTimeout: number | null;
  readonly scope: SessionScope;
}

/** What a token travels in, to the client and back. */
export type SessionCarrier =
  | {
      readonly type: 'cookie';
      /** A token; case-sensitive. */
      readonly name: string;
      readonly attributes: CookieAttributes;
    }
  /** A field of responses, and of the requests after them. `name` is lower-case. */
  | { readonly type: 'header'; readonly name: string };

/** Whose sessions they are: no other rule understands their tokens. The same at every data plane, and from start to start. */
export interface SessionScope {
  /** `HTTPRoute/shop/web#0`: the rule. */
  readonly name: string;
  /**
   * The uid of its object, which clients cannot guess, so that tokens tell them nothing. Null where the object has none (in
   * a folder): then a secret of the running process takes its place, and sessions end with it.
   */
  readonly uid: string | null;
}
