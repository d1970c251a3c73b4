import { bounds } from './bounds.ts';
import type { Connection } from './connection.ts';
import type { DataSink } from './frame-reader.ts';
import { DATA, FLOW_CONTROL_ERROR, NO_ERROR, STREAM_CLOSED } from './frames.ts';
import type { Stream } from './stream.ts';

/** Padding beside less content than this is counted. */
const smallContent = 64;

/**
 * Takes the DATA frames of a connection and keeps its windows (RFC 9113 sections 5.2 and 6.1). Credit is given for what
 * was taken, so that a backend that is slower than the client slows the client, and announced in steps of half a window.
 */
export class ContentReceiver implements DataSink {
  readonly #connection: Connection;
  /** What the peer may still send on all streams. */
  #window: number = bounds.connectionWindow;
  /** Credit that the peer has not been told of yet. */
  #unannounced = 0;
  /** The stream that the frame which is being read belongs to, or null where it is dropped. */
  #stream: Stream | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  onDataFrame(streamId: number, length: number, endStream: boolean): void {
    const connection = this.#connection;
    this.#stream = null;
    if (!connection.isAllowed(DATA, 0, streamId, length)) return;
    this.#window -= length;
    if (this.#window < 0) {
      connection.fail(FLOW_CONTROL_ERROR, "more DATA than the connection's window");
      return;
    }
    const stream = connection.streams.get(streamId);
    if (stream !== undefined && !stream.remoteEnded && length <= stream.receiveWindow) {
      stream.receiveWindow -= length;
      if (length === 0 && !endStream && !connection.spendControl('empty DATA frames')) return;
      this.#stream = stream;
      return;
    }
    // What is dropped must not use up the window of the other streams.
    this.credit(null, length);
    if (stream === undefined) connection.onFrameOfClosedStream(streamId, 'DATA', length);
    else if (stream.remoteEnded) connection.violate(stream, STREAM_CLOSED, 'DATA after END_STREAM');
    else connection.violate(stream, FLOW_CONTROL_ERROR, "more DATA than the stream's window");
  }

  onDataContent(content: Buffer): void {
    const stream = this.#stream;
    if (stream === null) return;
    if (!stream.closed) stream.receive(content);
    else if (this.#connection.streams.has(stream.id)) this.#discard(stream, content.length);
    else this.credit(null, content.length);
  }

  onDataPadding(length: number, content: number): void {
    if (this.#stream === null) return;
    this.credit(this.#stream, length);
    if (content < smallContent) this.#connection.spendControl('padding without content');
  }

  onDataFrameEnd(endStream: boolean): void {
    const stream = this.#stream;
    this.#stream = null;
    if (endStream && stream !== null) this.#connection.endOfStream(stream, null);
  }

  /** Gives credit for content that was taken: to the connection, and to a stream that may still send. */
  credit(stream: Stream | null, size: number): void {
    const { reading, writer } = this.#connection;
    if (!reading) return;
    this.#unannounced += size;
    if (this.#unannounced >= bounds.connectionWindow / 2) {
      this.#window += this.#unannounced;
      writer.windowUpdate(0, this.#unannounced);
      this.#unannounced = 0;
    }
    if (stream === null) return;
    stream.unannounced += size;
    if (stream.unannounced < bounds.streamWindow / 2) return;
    stream.receiveWindow += stream.unannounced;
    writer.windowUpdate(stream.id, stream.unannounced);
    stream.unannounced = 0;
  }

  /** Content of a request whose response has ended already (section 8.1). */
  #discard(stream: Stream, size: number): void {
    const connection = this.#connection;
    stream.discarded += size;
    this.credit(stream, size);
    if (stream.discarded > connection.limits.discardedContent) connection.reset(stream, NO_ERROR);
  }
}
