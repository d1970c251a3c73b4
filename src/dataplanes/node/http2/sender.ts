import { bounds } from './bounds.ts';
import type { FrameWriter } from './frame-writer.ts';
import { defaultWindow, maxFrameSize, maxWindow } from './frames.ts';
import type { Stream } from './stream.ts';

/** Shared by all streams on which nothing waits; never pushed to. */
export const nothing: Buffer[] = [];

/**
 * Sends the content of all streams of a connection within the peer's windows (RFC 9113 section 5.2). Content goes out at
 * once while it may. Otherwise its stream waits in a queue, and the queue's streams take turns, one frame each.
 */
export class Sender {
  readonly #writer: FrameWriter;
  /** Of the connection. */
  #window = defaultWindow;
  /** Content that waits, of all streams. */
  #backlog = 0;
  /** Streams that have content and a window for it, or only their end to send. */
  #first: Stream | null = null;
  #last: Stream | null = null;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** Returns false when the giver should wait for `Stream.onWritable`. */
  send(stream: Stream, chunk: Buffer): boolean {
    let at = 0;
    if (stream.backlog.length === 0 && this.#first === null) at = this.#sendNow(stream, chunk);
    if (at < chunk.length) {
      const rest = at === 0 ? chunk : chunk.subarray(at);
      if (stream.backlog.length === 0) {
        stream.backlog = [rest];
        stream.onStall();
      } else stream.backlog.push(rest);
      stream.backlogSize += rest.length;
      this.#backlog += rest.length;
      if (stream.sendWindow > 0) this.#enqueue(stream);
    }
    if (
      stream.backlogSize < bounds.streamBacklog &&
      (stream.backlogSize === 0 || this.#backlog < bounds.connectionBacklog) &&
      !this.#writer.blocked
    ) {
      return true;
    }
    stream.awaitsWritable = true;
    return false;
  }

  /** Ends the content after what waits. `trailers` is a header block. */
  end(stream: Stream, trailers: string | null): void {
    if (stream.backlog.length === 0) this.#sendEnd(stream, trailers);
    else {
      stream.endWaits = true;
      stream.waitingTrailers = trailers;
    }
  }

  /** Forgets what a stream still had to send. */
  drop(stream: Stream): void {
    this.#backlog -= stream.backlogSize;
    stream.backlogSize = 0;
    stream.backlog = nothing;
    stream.awaitsWritable = false;
  }

  /** Takes a WINDOW_UPDATE of the connection; false where the window overflows (section 6.9.1). */
  widen(increment: number): boolean {
    this.#window += increment;
    return this.#window <= maxWindow;
  }

  /** Takes a WINDOW_UPDATE of a stream, or a change of the initial window, which can be negative. */
  widenStream(stream: Stream, increment: number): boolean {
    stream.sendWindow += increment;
    if (stream.sendWindow > maxWindow) return false;
    if (stream.sendWindow > 0 && stream.backlog.length > 0) this.#enqueue(stream);
    return true;
  }

  /** Sends what may be sent now. */
  pump(): void {
    while (this.#first !== null && this.#window > 0 && !this.#writer.blocked) {
      const stream = this.#first;
      this.#first = stream.nextQueued;
      if (this.#first === null) this.#last = null;
      stream.nextQueued = null;
      stream.isQueued = false;
      if (stream.backlog.length > 0 && stream.sendWindow > 0) this.#sendTurn(stream);
    }
  }

  #sendNow(stream: Stream, chunk: Buffer): number {
    let at = 0;
    while (at < chunk.length && !this.#writer.blocked) {
      const size = Math.min(chunk.length - at, maxFrameSize, this.#window, stream.sendWindow);
      if (size <= 0) break;
      this.#sendFrame(stream, chunk, at, size);
      at += size;
    }
    return at;
  }

  /** One frame of the content that waits. */
  #sendTurn(stream: Stream): void {
    const backlog = stream.backlog;
    const chunk = backlog[0] as Buffer;
    const size = Math.min(chunk.length, maxFrameSize, this.#window, stream.sendWindow);
    this.#sendFrame(stream, chunk, 0, size);
    this.#backlog -= size;
    stream.backlogSize -= size;
    if (size < chunk.length) backlog[0] = chunk.subarray(size);
    else backlog.shift();
    if (backlog.length > 0) {
      stream.onStall();
      if (stream.sendWindow > 0) this.#enqueue(stream);
    } else {
      stream.onFlow();
      if (stream.endWaits) {
        this.#sendEnd(stream, stream.waitingTrailers);
        return;
      }
    }
    if (stream.awaitsWritable && this.#hasRoom(stream)) {
      stream.awaitsWritable = false;
      stream.onWritable();
    }
  }

  #sendFrame(stream: Stream, chunk: Buffer, at: number, size: number): void {
    this.#writer.data(stream.id, chunk, at, at + size, stream);
    this.#window -= size;
    stream.sendWindow -= size;
    // A receiver may answer each frame with a WINDOW_UPDATE for the stream and one for the connection.
    stream.connection.earnControl(4);
  }

  #hasRoom(stream: Stream): boolean {
    if (stream.backlogSize === 0) return true;
    return stream.backlogSize <= bounds.streamBacklog / 2 && this.#backlog < bounds.connectionBacklog;
  }

  #sendEnd(stream: Stream, trailers: string | null): void {
    if (trailers !== null) this.#writer.headers(stream.id, trailers, true, null);
    else if (!this.#writer.amendEndStream(stream)) this.#writer.endStream(stream.id);
    stream.onLocalEnd();
  }

  #enqueue(stream: Stream): void {
    if (stream.isQueued) return;
    stream.isQueued = true;
    if (this.#last === null) this.#first = stream;
    else this.#last.nextQueued = stream;
    this.#last = stream;
  }
}
