import { bounds } from './bounds.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Stream } from './stream.ts';

/**
 * How much content the peer may send (RFC 9113 section 5.2). Credit is given for what was taken, so that a backend that
 * is slower than the client slows the client, and announced in steps of half a window.
 */
export class ReceiveWindow {
  readonly #writer: FrameWriter;
  #left: number = bounds.connectionWindow;
  #unannounced = 0;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** Takes a DATA frame's length off the connection's window; false where the window is smaller. */
  spend(length: number): boolean {
    this.#left -= length;
    return this.#left >= 0;
  }

  /** The same for a stream. */
  spendOfStream(stream: Stream, length: number): boolean {
    stream.receiveWindow -= length;
    return stream.receiveWindow >= 0;
  }

  /** Gives credit to the connection, and to a stream that may still send. */
  credit(stream: Stream | null, size: number): void {
    this.#unannounced += size;
    if (this.#unannounced >= bounds.connectionWindow / 2) {
      this.#left += this.#unannounced;
      this.#writer.windowUpdate(0, this.#unannounced);
      this.#unannounced = 0;
    }
    if (stream === null) return;
    stream.unannounced += size;
    if (stream.unannounced < bounds.streamWindow / 2) return;
    stream.receiveWindow += stream.unannounced;
    this.#writer.windowUpdate(stream.id, stream.unannounced);
    stream.unannounced = 0;
  }
}
