import { bounds } from './bounds.ts';

/** A header block that comes in several frames (RFC 9113 section 6.10). */
export class HeaderAssembly {
  readonly streamId: number;
  readonly endStream: boolean;
  readonly #parts: Buffer[] = [];
  #size = 0;

  constructor(streamId: number, endStream: boolean) {
    this.streamId = streamId;
    this.endStream = endStream;
  }

  /** False where the block has too many frames or bytes. Nothing is decoded before it is whole. */
  add(bytes: Buffer, start: number, end: number): boolean {
    this.#size += end - start;
    if (this.#size > bounds.headerBlock || this.#parts.length > bounds.continuations) return false;
    // A copy: the chunk may be much larger than its part of the block.
    this.#parts.push(Buffer.from(bytes.subarray(start, end)));
    return true;
  }

  join(): Buffer {
    return Buffer.concat(this.#parts, this.#size);
  }
}
