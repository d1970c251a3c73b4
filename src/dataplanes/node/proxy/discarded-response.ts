import type { Field } from '../http/field.ts';
import type { ResponseHead } from '../http/message.ts';
import type { StreamFailure } from '../http/stream.ts';
import type { Attempt, AttemptOwner } from './attempt.ts';

/** Reads what is left of a response that nobody wants, up to a bound, so that its connection can carry on. */
export class DiscardedResponse implements AttemptOwner {
  readonly #attempt: Attempt;
  #left: number;

  /** @param limit bytes of content */
  constructor(attempt: Attempt, limit: number) {
    this.#attempt = attempt;
    this.#left = limit;
  }

  onContent(chunk: Buffer): boolean {
    this.#left -= chunk.length;
    if (this.#left < 0) this.#attempt.abort();
    return true;
  }

  onResponseEnd(_trailers: readonly Field[] | null): void {
    this.#attempt.close();
  }

  /** Too slow: the connection is given up. */
  onBackendTimeout(): void {
    this.#attempt.abort();
  }

  onConnection(_attempt: Attempt): void {}
  onInformational(_status: number, _fields: readonly Field[]): void {}
  onResponse(_head: ResponseHead, _ended: boolean): void {}
  onBroken(_failure: StreamFailure): void {}
  onRequestWritable(): void {}
}
