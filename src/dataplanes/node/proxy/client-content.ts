import type { Field } from '../http/field.ts';
import type { ServerStream } from '../http/stream.ts';

/** The content that comes from one client: how far it has come, and whether the client is to wait with more. */
export class ClientContent {
  /** That came so far. */
  bytes = 0;
  /** All of it has come. */
  ended: boolean;
  trailers: readonly Field[] | null = null;
  readonly #stream: ServerStream;
  #paused = false;

  constructor(stream: ServerStream) {
    this.#stream = stream;
    this.ended = stream.ended;
  }

  end(trailers: readonly Field[] | null): void {
    this.ended = true;
    this.trailers = trailers;
  }

  /** What was an ended request is an open direction of a tunnel now. */
  reopen(): void {
    this.ended = false;
  }

  pause(): void {
    if (this.#paused || this.ended) return;
    this.#paused = true;
    this.#stream.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#stream.resume();
  }
}
