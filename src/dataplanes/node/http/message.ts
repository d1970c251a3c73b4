import type { Field } from './field.ts';

/**
 * A request's head in neither HTTP version's form. A server connection makes it only after all checks that its version
 * asks for, so what reads it need not check again.
 *
 * `fields` holds end-to-end fields only: Host, Connection and what it names, Transfer-Encoding, Content-Length, Expect,
 * Upgrade, TE and the other hop-by-hop fields are taken out and told by the other members. Several Cookie fields of
 * HTTP/2 are one (RFC 9113 section 8.2.3).
 */
export interface RequestHead {
  readonly method: string;
  /** Origin form, `/path?query`, or `*` for OPTIONS. Absolute forms are already split. */
  readonly target: string;
  /** Host and optional port as the client sent them; lower-case. */
  readonly authority: string;
  readonly fields: readonly Field[];
  /** Bytes, or -1 where the length is not declared. */
  readonly contentLength: number;
  readonly expectContinue: boolean;
  /** The protocol of an Upgrade field (`websocket`), or an empty string. */
  readonly upgrade: string;
  /** The client sent `TE: trailers`. */
  readonly acceptsTrailers: boolean;
}

/** A response's head. `fields` is held to the same as in `RequestHead`. */
export interface ResponseHead {
  readonly status: number;
  readonly fields: readonly Field[];
  /** Bytes, or -1 where the length is not declared. For HEAD and 304 the length that a GET would have. */
  readonly contentLength: number;
  /** The protocol that a 101 switches to, or an empty string. */
  readonly upgrade: string;
}
