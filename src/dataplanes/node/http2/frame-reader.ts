import { DATA, END_STREAM, frameHeaderSize, maxFrameSize, PADDED } from './frames.ts';

/** What a `FrameReader` finds beside DATA. */
export interface FrameSink {
  /** False once the connection has failed: nothing more is told. */
  readonly reading: boolean;
  /** A whole frame; its payload is bytes `start` to `end`. */
  onFrame(type: number, flags: number, streamId: number, bytes: Buffer, start: number, end: number): void;
  /** Longer than SETTINGS_MAX_FRAME_SIZE, or too short for its padding length (section 4.2). */
  onFrameSizeError(): void;
  /** More padding than frame (RFC 9113 section 6.1). */
  onInvalidPadding(): void;
}

/** Takes DATA frames, piece by piece as they arrive. */
export interface DataSink {
  /** A frame begins; `length` is all of it that counts for flow control. */
  onDataFrame(streamId: number, length: number, endStream: boolean): void;
  /** A piece of its content. */
  onDataContent(content: Buffer): void;
  /** So many bytes of it are padding or its length; `content` is the length of the content beside it. */
  onDataPadding(length: number, content: number): void;
  onDataFrameEnd(endStream: boolean): void;
}

/**
 * Cuts a stream of bytes into frames (RFC 9113 section 4.1). What it keeps of an unfinished frame is at most one frame,
 * and it costs the same whether the frame comes in one piece or byte by byte. DATA is never put together.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #data: DataSink;
  /** A frame that has not arrived whole, or only its header's first bytes. */
  #partial: Buffer | null = null;
  #partialLength = 0;
  /** Frames other than DATA that have arrived whole. */
  frames = 0;
  /** Inside a DATA frame: content and padding still to come. */
  #inData = false;
  #contentLeft = 0;
  #paddingLeft = 0;
  #awaitsPadLength = false;
  #endStream = false;

  constructor(sink: FrameSink, data: DataSink) {
    this.#sink = sink;
    this.#data = data;
  }

  /** Whether a frame other than DATA has begun and not ended. */
  get midFrame(): boolean {
    return this.#partial !== null;
  }

  /** Takes bytes `position` and following of a chunk. */
  push(chunk: Buffer, position: number): void {
    const sink = this.#sink;
    let at = position;
    while (sink.reading) {
      if (this.#inData) {
        if (at >= chunk.length && (this.#awaitsPadLength || this.#contentLeft > 0 || this.#paddingLeft > 0)) return;
        at = this.#readData(chunk, at);
        continue;
      }
      if (at >= chunk.length) return;
      if (this.#partial !== null) {
        at = this.#complete(chunk, at);
        continue;
      }
      const available = chunk.length - at;
      if (available < frameHeaderSize) {
        this.#keep(chunk, at, frameHeaderSize);
        return;
      }
      const length = ((chunk[at] as number) << 16) | ((chunk[at + 1] as number) << 8) | (chunk[at + 2] as number);
      if (length > maxFrameSize) {
        sink.onFrameSizeError();
        return;
      }
      const start = at + frameHeaderSize;
      if (chunk[at + 3] === DATA) {
        this.#beginData(chunk, at, length);
        at = start;
      } else if (available < frameHeaderSize + length) {
        this.#keep(chunk, at, frameHeaderSize + length);
        return;
      } else {
        at = start + length;
        this.frames += 1;
        sink.onFrame(
          chunk[start - 6] as number,
          chunk[start - 5] as number,
          streamIdAt(chunk, start - 4),
          chunk,
          start,
          at,
        );
      }
    }
  }

  /** Keeps the rest of a chunk as the beginning of `size` bytes. A copy, so that no whole chunk is kept alive. */
  #keep(chunk: Buffer, from: number, size: number): void {
    const partial = Buffer.allocUnsafeSlow(size);
    this.#partialLength = chunk.copy(partial, 0, from);
    this.#partial = partial;
  }

  /** Adds to the kept beginning; returns the position after what was used. */
  #complete(chunk: Buffer, from: number): number {
    const partial = this.#partial as Buffer;
    const copied = chunk.copy(partial, this.#partialLength, from);
    this.#partialLength += copied;
    if (this.#partialLength < partial.length) return from + copied;
    if (partial.length > frameHeaderSize) {
      this.#partial = null;
      this.push(partial, 0);
      return from + copied;
    }
    const length = ((partial[0] as number) << 16) | ((partial[1] as number) << 8) | (partial[2] as number);
    if (partial[3] === DATA || length === 0 || length > maxFrameSize) {
      this.#partial = null;
      this.push(partial, 0);
    } else {
      this.#keep(partial, 0, frameHeaderSize + length);
    }
    return from + copied;
  }

  #beginData(chunk: Buffer, at: number, length: number): void {
    const flags = chunk[at + 4] as number;
    this.#inData = true;
    this.#endStream = (flags & END_STREAM) !== 0;
    this.#awaitsPadLength = (flags & PADDED) !== 0;
    this.#contentLeft = length;
    this.#paddingLeft = 0;
    this.#data.onDataFrame(streamIdAt(chunk, at + 5), length, this.#endStream);
    if (this.#awaitsPadLength && length === 0) this.#sink.onFrameSizeError();
  }

  #readData(chunk: Buffer, from: number): number {
    let at = from;
    if (this.#awaitsPadLength) {
      const padding = chunk[at] as number;
      at += 1;
      this.#awaitsPadLength = false;
      this.#contentLeft -= 1 + padding;
      this.#paddingLeft = padding;
      if (this.#contentLeft < 0) {
        this.#sink.onInvalidPadding();
        return at;
      }
      this.#data.onDataPadding(1 + padding, this.#contentLeft);
    }
    if (this.#contentLeft > 0) {
      const end = Math.min(chunk.length, at + this.#contentLeft);
      if (end > at) {
        this.#contentLeft -= end - at;
        this.#data.onDataContent(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
        at = end;
      }
    }
    if (this.#contentLeft === 0 && this.#paddingLeft > 0) {
      const skipped = Math.min(this.#paddingLeft, chunk.length - at);
      this.#paddingLeft -= skipped;
      at += skipped;
    }
    if (this.#contentLeft === 0 && this.#paddingLeft === 0) {
      this.#inData = false;
      this.#data.onDataFrameEnd(this.#endStream);
    }
    return at;
  }
}

function streamIdAt(bytes: Buffer, at: number): number {
  return (
    (((bytes[at] as number) & 0x7f) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  );
}
