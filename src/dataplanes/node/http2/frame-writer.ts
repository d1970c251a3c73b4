import type { Transport } from '../io/transport.ts';
import {
  ACK,
  CONTINUATION,
  DATA,
  END_HEADERS,
  END_STREAM,
  frameHeaderSize,
  GOAWAY,
  HEADERS,
  maxFrameSize,
  PING,
  RST_STREAM,
  SETTINGS,
  WINDOW_UPDATE,
} from './frames.ts';
import { borrowSlab, returnSlab, type Slab } from './slab.ts';

const dirty: FrameWriter[] = [];
let scheduled = false;

function flushAll(): void {
  scheduled = false;
  for (const writer of dirty.splice(0)) writer.flush();
}

/**
 * Where a stream's last frame is, so that it can still be given END_STREAM as long as it has not left: a response whose
 * end is known a moment after its content needs no frame for it.
 */
export interface FrameMark {
  /** Of `FrameWriter.batch`. */
  batch: number;
  flagsAt: number;
}

/** Writes the frames of one connection, joined per turn of the event loop. */
export class FrameWriter {
  readonly #transport: Transport;
  #slab: Slab | null = null;
  /** What the slab holds from here on has not been handed on. */
  #start = 0;
  #isDirty = false;
  #batch = 1;
  /** The transport has enough; content should wait for `drained`. */
  blocked = false;

  readonly #owner: { onBlocked(): void };

  constructor(transport: Transport, owner: { onBlocked(): void }) {
    this.#transport = transport;
    this.#owner = owner;
  }

  /** Bytes that have not been handed to the kernel. */
  get unsent(): number {
    return this.#transport.buffered + (this.#slab === null ? 0 : this.#slab.position - this.#start);
  }

  drained(): void {
    this.blocked = false;
  }

  /** Raw bytes outside any frame: the connection preface. */
  text(text: string): void {
    const slab = this.#reserve(text.length);
    slab.position += slab.bytes.write(text, slab.position, 'latin1');
  }

  /** HEADERS, and CONTINUATION where the block needs it. `block` has one character a byte. */
  headers(streamId: number, block: string, endStream: boolean, mark: FrameMark | null): void {
    const end = endStream ? END_STREAM : 0;
    if (block.length <= maxFrameSize) {
      const slab = this.#begin(block.length, HEADERS, end | END_HEADERS, streamId, mark);
      slab.position += slab.bytes.write(block, slab.position, 'latin1');
      return;
    }
    for (let at = 0; at < block.length; at += maxFrameSize) {
      const part = block.slice(at, at + maxFrameSize);
      const last = at + maxFrameSize >= block.length ? END_HEADERS : 0;
      const slab =
        at === 0
          ? this.#begin(part.length, HEADERS, end | last, streamId, mark)
          : this.#begin(part.length, CONTINUATION, last, streamId, null);
      slab.position += slab.bytes.write(part, slab.position, 'latin1');
    }
    // END_STREAM belongs to the first frame, which may have left already.
    if (mark !== null) mark.batch = 0;
  }

  /** One DATA frame of bytes `start` to `end`, at most `maxFrameSize`. */
  data(streamId: number, bytes: Buffer, start: number, end: number, mark: FrameMark): void {
    const slab = this.#begin(end - start, DATA, 0, streamId, mark);
    bytes.copy(slab.bytes, slab.position, start, end);
    slab.position += end - start;
  }

  /** DATA without content. */
  endStream(streamId: number): void {
    this.#begin(0, DATA, END_STREAM, streamId, null);
  }

  /** Sets END_STREAM on a frame that is still here; false where it has left. */
  amendEndStream(mark: FrameMark): boolean {
    const slab = this.#slab;
    if (slab === null || mark.batch !== this.#batch) return false;
    slab.bytes[mark.flagsAt] = (slab.bytes[mark.flagsAt] as number) | END_STREAM;
    return true;
  }

  settings(values: readonly (readonly [id: number, value: number])[]): void {
    const slab = this.#begin(values.length * 6, SETTINGS, 0, 0, null);
    for (const [id, value] of values) {
      slab.position = slab.bytes.writeUInt16BE(id, slab.position);
      slab.position = slab.bytes.writeUInt32BE(value, slab.position);
    }
  }

  settingsAck(): void {
    this.#begin(0, SETTINGS, ACK, 0, null);
  }

  /** @param payload eight bytes from `start` */
  ping(ack: boolean, payload: Buffer, start: number): void {
    const slab = this.#begin(8, PING, ack ? ACK : 0, 0, null);
    slab.position += payload.copy(slab.bytes, slab.position, start, start + 8);
  }

  resetStream(streamId: number, code: number): void {
    this.#number(RST_STREAM, streamId, code);
  }

  windowUpdate(streamId: number, increment: number): void {
    this.#number(WINDOW_UPDATE, streamId, increment);
  }

  goAway(lastStreamId: number, code: number): void {
    const slab = this.#begin(8, GOAWAY, 0, 0, null);
    slab.position = slab.bytes.writeUInt32BE(lastStreamId, slab.position);
    slab.position = slab.bytes.writeUInt32BE(code, slab.position);
  }

  /** Hands over what this turn has written. */
  flush(): void {
    this.#isDirty = false;
    const slab = this.#slab;
    if (slab === null) return;
    this.#handOver(slab);
    this.#slab = null;
    returnSlab(slab);
  }

  /** Drops what was written and not handed over. */
  discard(): void {
    this.#slab = null;
  }

  #number(type: number, streamId: number, value: number): void {
    const slab = this.#begin(4, type, 0, streamId, null);
    slab.position = slab.bytes.writeUInt32BE(value, slab.position);
  }

  #begin(length: number, type: number, flags: number, streamId: number, mark: FrameMark | null): Slab {
    const slab = this.#reserve(frameHeaderSize + length);
    const bytes = slab.bytes;
    const at = slab.position;
    bytes[at] = length >>> 16;
    bytes[at + 1] = length >>> 8;
    bytes[at + 2] = length;
    bytes[at + 3] = type;
    bytes[at + 4] = flags;
    bytes[at + 5] = streamId >>> 24;
    bytes[at + 6] = streamId >>> 16;
    bytes[at + 7] = streamId >>> 8;
    bytes[at + 8] = streamId;
    slab.position = at + frameHeaderSize;
    if (mark !== null) {
      mark.batch = this.#batch;
      mark.flagsAt = at + 4;
    }
    return slab;
  }

  /** A slab with room for `size` bytes. */
  #reserve(size: number): Slab {
    let slab = this.#slab;
    if (slab !== null && slab.bytes.length - slab.position >= size) return slab;
    if (slab !== null) this.#handOver(slab);
    slab = borrowSlab();
    // A borrowed rest may be too small; then it is given up.
    if (slab.bytes.length - slab.position < size)
      slab = { bytes: Buffer.allocUnsafeSlow(Math.max(size, 65_536)), position: 0 };
    this.#slab = slab;
    this.#start = slab.position;
    this.#schedule();
    return slab;
  }

  #handOver(slab: Slab): void {
    this.#batch += 1;
    if (slab.position === this.#start) return;
    const part = slab.bytes.subarray(this.#start, slab.position);
    this.#start = slab.position;
    this.#transport.write(part);
    if (this.#transport.flush() || this.blocked) return;
    this.blocked = true;
    this.#owner.onBlocked();
  }

  #schedule(): void {
    if (this.#isDirty) return;
    this.#isDirty = true;
    dirty.push(this);
    if (scheduled) return;
    scheduled = true;
    setImmediate(flushAll);
  }
}
