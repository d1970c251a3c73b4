import type { RequestHead } from '../http/message.ts';
import type { StreamFailure } from '../http/stream.ts';

/** Most requests have no content: they share this. */
const none: Buffer[] = [];

/**
 * A request's content, as far as it has come, kept so that it can be sent on another connection. While there is no
 * connection all of it is kept (the client is paused); after that only up to a bound.
 */
export class KeptContent {
  readonly #limit: number;
  #chunks: Buffer[] | null = none;
  #size = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** All chunks from the first on, or null where they were too much to keep. */
  get chunks(): readonly Buffer[] | null {
    return this.#chunks;
  }

  /** Keeps a chunk that waits for a connection. */
  hold(chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#chunks === none) this.#chunks = [chunk];
    else this.#chunks?.push(chunk);
  }

  /** Keeps a chunk that has been sent, as long as all of them are within the bound. */
  keepSent(chunk: Buffer): void {
    this.hold(chunk);
    this.sent();
  }

  /** What was held has been sent. */
  sent(): void {
    if (this.#size > this.#limit) this.drop();
  }

  /** Nothing will be sent again. */
  drop(): void {
    this.#chunks = null;
  }
}

/**
 * Whether a request may be sent again although the backend may have read it: its method is idempotent (RFC 9110 section
 * 9.2.2), or the client says that a repetition does no harm.
 */
export function isRepeatable({ method, fields }: RequestHead): boolean {
  switch (method) {
    case 'GET':
    case 'HEAD':
    case 'OPTIONS':
    case 'TRACE':
    case 'PUT':
    case 'DELETE':
      return true;
    default:
      return fields.some(({ name }) => name === 'idempotency-key' || name === 'x-idempotency-key');
  }
}

/**
 * Whether a request that its backend did not answer goes out once more.
 *
 * @param overHttp1 the connection's version. HTTP/2 says for certain what it did not process. HTTP/1.1 cannot: a backend
 *   may die between acting and answering.
 */
export function isUnprocessed(failure: StreamFailure, head: RequestHead, overHttp1: boolean): boolean {
  return failure.unprocessed && (!overHttp1 || isRepeatable(head));
}
