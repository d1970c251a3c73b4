import type { Field, FieldCache } from '../http/field.ts';
import type { Limits } from '../limits.ts';
import { ChunkedDecoder } from './chunked.ts';
import type { Violation } from './violation.ts';

/** Where content ends (RFC 9112 section 6.3): after so many bytes, or as its chunks say, or with the connection. */
export type Framing = number;
export const CHUNKED = -1;
export const UNTIL_CLOSE = -2;

/** Takes the content of one message off a connection's bytes. One reader serves a connection's messages in turn. */
export class ContentReader {
  readonly #cache: FieldCache;
  readonly #limits: Limits;
  readonly #sink: (content: Buffer) => void;
  #left = 0;
  #untilClose = false;
  #chunks: ChunkedDecoder | null = null;

  /** @param sink is given the content, never an empty piece */
  constructor(cache: FieldCache, limits: Limits, sink: (content: Buffer) => void) {
    this.#cache = cache;
    this.#limits = limits;
    this.#sink = sink;
  }

  begin(length: Framing): void {
    this.#chunks = length === CHUNKED ? new ChunkedDecoder(this.#cache, this.#limits) : null;
    this.#untilClose = length === UNTIL_CLOSE;
    this.#left = length > 0 ? length : 0;
  }

  get done(): boolean {
    if (this.#chunks !== null) return this.#chunks.done;
    return this.#left === 0 && !this.#untilClose;
  }

  /** True where the end of the connection is the end of the content. */
  get untilClose(): boolean {
    return this.#untilClose;
  }

  get violation(): Violation | null {
    return this.#chunks === null ? null : this.#chunks.violation;
  }

  /** Valid once `done`. */
  get trailers(): readonly Field[] | null {
    return this.#chunks === null ? null : this.#chunks.trailers;
  }

  /** The offset after what belongs to this message. */
  read(buffer: Buffer, offset: number): number {
    if (this.#chunks !== null) return this.#chunks.read(buffer, offset, this.#sink);
    const there = buffer.length - offset;
    const size = this.#untilClose ? there : Math.min(this.#left, there);
    if (size === 0) return offset;
    if (!this.#untilClose) this.#left -= size;
    this.#sink(size === buffer.length ? buffer : buffer.subarray(offset, offset + size));
    return offset + size;
  }
}
