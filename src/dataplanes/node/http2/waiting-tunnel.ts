import type { Field } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import type { ClientStream, ClientStreamHandler } from '../http/stream.ts';

/**
 * A tunnel that was asked for before the backend's SETTINGS said whether it takes any (RFC 8441 section 3). Nothing of
 * it is sent until they do; it has no stream id yet, since ids must go out in order.
 */
export class WaitingTunnel implements ClientStream {
  readonly head: RequestHead;
  readonly handler: ClientStreamHandler;
  readonly #onGivenUp: (tunnel: WaitingTunnel) => void;
  #stream: ClientStream | null = null;
  readonly #chunks: Buffer[] = [];
  #paused = false;
  #ended = false;
  #trailers: readonly Field[] | null = null;

  constructor(head: RequestHead, handler: ClientStreamHandler, onGivenUp: (tunnel: WaitingTunnel) => void) {
    this.head = head;
    this.handler = handler;
    this.#onGivenUp = onGivenUp;
  }

  write(chunk: Buffer): boolean {
    if (this.#stream !== null) return this.#stream.write(chunk);
    this.#chunks.push(chunk);
    return false;
  }

  end(trailers: readonly Field[] | null): void {
    if (this.#stream !== null) this.#stream.end(trailers);
    this.#ended = true;
    this.#trailers = trailers;
  }

  abort(): void {
    if (this.#stream === null) this.#onGivenUp(this);
    else this.#stream.abort();
  }

  pause(): void {
    this.#paused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#stream?.resume();
  }

  /** The stream has begun: what was asked of it meanwhile is done. */
  begin(stream: ClientStream): void {
    this.#stream = stream;
    if (this.#paused) stream.pause();
    const chunks = this.#chunks.splice(0);
    const room = chunks.reduce((_, chunk) => stream.write(chunk), true);
    if (this.#ended) stream.end(this.#trailers);
    else if (chunks.length > 0 && room) this.handler.onWritable();
  }
}
