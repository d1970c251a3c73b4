/** Status codes that the engine itself answers with. Each is followed by a closed connection. */
export type RefusalStatus = 400 | 408 | 414 | 417 | 421 | 431 | 501 | 505;

/** Which rule a message broke: a stable word for counters and logs. */
export type ViolationReason =
  | 'request-line'
  | 'method'
  | 'target'
  | 'version'
  | 'connect'
  | 'host'
  | 'scheme'
  | 'line-end'
  | 'field-line'
  | 'obs-fold'
  | 'content-length'
  | 'transfer-encoding'
  | 'connection'
  | 'expect'
  | 'chunk'
  | 'trailers'
  | 'request-line-size'
  | 'head-size'
  | 'header-count'
  | 'status-line'
  | 'informational'
  | 'switching-protocols'
  | 'head-timeout'
  | 'content-timeout';

/**
 * A broken rule of RFC 9110 or RFC 9112. `message` is one sentence for the log and the peer: it names the rule and never
 * repeats what was sent.
 */
export class Violation {
  /** What a server answers. A client does not use it. */
  readonly status: RefusalStatus;
  readonly reason: ViolationReason;
  readonly message: string;

  constructor(status: RefusalStatus, reason: ViolationReason, message: string) {
    this.status = status;
    this.reason = reason;
    this.message = message;
  }
}
