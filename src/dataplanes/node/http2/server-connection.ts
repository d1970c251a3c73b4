import type { RequestHead } from '../http/message.ts';
import type { AbortReason, Acceptor, ClientConnectionInfo } from '../http/stream.ts';
import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type { Transport } from '../io/transport.ts';
import type { Limits } from '../limits.ts';
import { bounds } from './bounds.ts';
import { Connection } from './connection.ts';
import type { Violation } from './frame-rules.ts';
import {
  connectionPreface,
  errorName,
  maxStreamId,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  SETTINGS_ENABLE_CONNECT_PROTOCOL,
  SETTINGS_INITIAL_WINDOW_SIZE,
  SETTINGS_MAX_CONCURRENT_STREAMS,
  SETTINGS_MAX_HEADER_LIST_SIZE,
  STREAM_CLOSED,
} from './frames.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { type RequestReading, readRequest } from './request.ts';
import { Http2ServerStream } from './server-stream.ts';
import type { Stream } from './stream.ts';
import { readTrailers } from './trailers.ts';

/** A rule or bound that a client broke, for the log and the counters. */
export interface Http2ProtocolError {
  readonly client: ClientConnectionInfo;
  readonly violation: {
    /** What was answered, or 0 where the stream was reset or the connection closed instead. */
    readonly status: number;
    /** An error code's name in RFC 9113 section 7, or `refused`. */
    readonly reason: string;
    readonly message: string;
  };
  /** `head`: a request that no acceptor saw. `connection`: the connection's end; handlers of its streams are told, too. */
  readonly stage: 'head' | 'connection';
  readonly answered: boolean;
}

/** What the connections of a worker share. */
export interface Http2ServerSettings {
  readonly acceptor: Acceptor;
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  onProtocolError(error: Http2ProtocolError): void;
  /** The transport is gone. Called once. */
  onClosed(connection: Http2ServerConnection): void;
}

const preface = Buffer.from(connectionPreface, 'latin1');
/** How long a client may take to learn that it should send no further requests. */
const goAwayGrace = 1_000;
const graceProbe = Buffer.from('retiring');
/** Of a request that is answered without an acceptor. */
const unreadableHead: RequestHead = {
  method: '',
  target: '',
  authority: '',
  fields: [],
  contentLength: -1,
  expectContinue: false,
  upgrade: '',
  acceptsTrailers: false,
};

/**
 * A client's HTTP/2 connection. Give it all bytes from the connection preface on.
 *
 * A WebSocket (RFC 8441) comes as a GET whose head has `upgrade: 'websocket'` and no Sec-WebSocket-Key field; it is
 * accepted with status 101, from which this side makes 200 and drops Sec-WebSocket-Accept. Any other status refuses it.
 */
export class Http2ServerConnection extends Connection {
  readonly client: ClientConnectionInfo;
  readonly #settings: Http2ServerSettings;
  #prefaceLeft = preface.length;
  #lastStream = 0;
  /** Streams above it are refused: what GOAWAY said. */
  #lastAccepted = maxStreamId;
  #retiring = false;
  readonly #idleDeadline: Deadline;
  readonly #graceDeadline: Deadline;

  constructor(transport: Transport, client: ClientConnectionInfo, settings: Http2ServerSettings) {
    super(transport, settings.limits, settings.wheel);
    this.client = client;
    this.#settings = settings;
    this.#idleDeadline = new Deadline(() => this.#onIdle());
    this.#graceDeadline = new Deadline(() => this.#closeToNewStreams());
    this.wheel.arm(this.#idleDeadline, this.limits.idleTimeout);
    this.announce([
      [SETTINGS_MAX_CONCURRENT_STREAMS, this.limits.streams],
      [SETTINGS_INITIAL_WINDOW_SIZE, bounds.streamWindow],
      [SETTINGS_MAX_HEADER_LIST_SIZE, this.limits.headSize],
      [SETTINGS_ENABLE_CONNECT_PROTOCOL, 1],
    ]);
  }

  protected get lastPeerStream(): number {
    return Math.min(this.#lastStream, this.#lastAccepted);
  }

  /**
   * Ends gracefully (section 6.8): tells the client to send no more requests, answers those that are under way when it
   * must have learned that, and closes after the last.
   */
  retire(): void {
    if (this.#retiring || !this.reading) return;
    this.#retiring = true;
    this.writer.goAway(maxStreamId, NO_ERROR);
    this.writer.ping(false, graceProbe, 0);
    this.wheel.arm(this.#graceDeadline, goAwayGrace);
  }

  /** GOAWAY leaves a client the time to learn of it. */
  dismiss(): void {
    this.retire();
  }

  /** Aborts what is under way and closes at once. */
  override destroy(): void {
    this.#loseAll('shutdown');
    super.destroy();
  }

  override onData(chunk: Buffer): void {
    if (this.#prefaceLeft === 0) {
      this.readFrames(chunk, 0);
      return;
    }
    if (!this.reading) return;
    const from = preface.length - this.#prefaceLeft;
    const size = Math.min(chunk.length, this.#prefaceLeft);
    if (chunk.compare(preface, from, from + size, 0, size) !== 0) {
      this.fail(PROTOCOL_ERROR, 'the connection does not begin with the preface of HTTP/2');
      return;
    }
    this.#prefaceLeft -= size;
    if (this.#prefaceLeft === 0) this.readFrames(chunk, size);
  }

  override onHeaders(streamId: number, block: HeaderBlock, endStream: boolean): void {
    const open = this.streams.get(streamId);
    if (open !== undefined) this.#onTrailers(open, block, endStream);
    else if (streamId % 2 === 0) this.fail(PROTOCOL_ERROR, 'a stream of the client with an even number');
    else if (streamId <= this.#lastStream) this.onFrameOfClosedStream(streamId, 'HEADERS', 0);
    else {
      this.#lastStream = streamId;
      if (streamId > this.#lastAccepted || this.streams.size >= this.limits.streams) {
        this.refuse(streamId, REFUSED_STREAM);
        this.spendReset();
        return;
      }
      block.request ??= readRequest(block, this.limits);
      this.#onRequest(streamId, block.request, endStream);
    }
  }

  #onRequest(streamId: number, reading: RequestReading, ended: boolean): void {
    if (reading.type === 'malformed') this.#onMalformed(streamId, reading.message);
    else if (reading.type === 'refused') this.#refuseRequest(streamId, reading.status, reading.message, ended);
    else if (ended && reading.contentLength > 0)
      this.#onMalformed(streamId, 'less content than content-length promises');
    else if (ended && reading.head.upgrade !== '') this.#onMalformed(streamId, 'a tunnel that is closed already');
    else {
      const head = ended ? reading.headWithoutContent : reading.head;
      const stream = new Http2ServerStream(this, streamId, head, ended, reading.contentLength);
      this.#add(stream);
      stream.accepted(this.#settings.acceptor(stream));
    }
  }

  #onMalformed(streamId: number, message: string): void {
    this.#report(0, 'PROTOCOL_ERROR', message, 'head');
    this.refuse(streamId, PROTOCOL_ERROR);
    this.spendReset();
  }

  #refuseRequest(streamId: number, status: number, message: string, ended: boolean): void {
    this.#report(status, 'refused', message, 'head');
    if (!this.spendControl('requests that are refused')) return;
    const stream = new Http2ServerStream(this, streamId, unreadableHead, ended, -1);
    this.#add(stream);
    stream.respond({ status, fields: [], contentLength: 0, upgrade: '' }, true);
  }

  #add(stream: Http2ServerStream): void {
    if (this.streams.size === 0) this.wheel.disarm(this.#idleDeadline);
    this.streams.set(stream.id, stream);
  }

  #onTrailers(stream: Stream, block: HeaderBlock, endStream: boolean): void {
    const trailers = readTrailers(block, this.limits.headerCount);
    if (stream.remoteEnded) this.violate(stream, STREAM_CLOSED, 'HEADERS after END_STREAM');
    else if (!endStream || trailers === null) this.violate(stream, PROTOCOL_ERROR, 'trailers that are malformed');
    else this.endOfStream(stream, trailers);
  }

  protected override onStreamReset(stream: Stream): void {
    if (stream instanceof Http2ServerStream) stream.lose('client-reset');
  }

  protected override onStreamViolation(stream: Stream): void {
    if (stream instanceof Http2ServerStream) stream.lose('client-protocol-error');
  }

  protected override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId > this.#lastStream;
  }

  /** The client cannot be sent streams, so all that it says is that it will send no more requests. */
  protected override onGoAway(): void {
    this.#closeToNewStreams();
  }

  protected override onSettings(): void {}

  protected override onPingAck(): void {
    if (this.#graceDeadline.armed) this.#closeToNewStreams();
  }

  protected override onStreamGone(): void {
    if (this.streams.size > 0 || !this.reading) return;
    if (this.#lastAccepted === maxStreamId) this.wheel.arm(this.#idleDeadline, this.limits.idleTimeout);
    else this.finish();
  }

  #closeToNewStreams(): void {
    this.wheel.disarm(this.#graceDeadline);
    if (!this.reading || this.#lastAccepted !== maxStreamId) return;
    this.#retiring = true;
    this.#lastAccepted = this.#lastStream;
    this.writer.goAway(this.#lastAccepted, NO_ERROR);
    if (this.streams.size === 0) this.finish();
  }

  #onIdle(): void {
    if (this.streams.size === 0) this.#closeToNewStreams();
  }

  protected override onFailed(violation: Violation): void {
    this.#report(0, errorName(violation.code), violation.message, 'connection');
    this.#loseAll(violation.code === NO_ERROR ? 'client-timeout' : 'client-protocol-error');
  }

  protected override onGone(error: Error | null): void {
    this.wheel.disarm(this.#idleDeadline);
    this.wheel.disarm(this.#graceDeadline);
    this.#loseAll(error === null ? 'client-closed' : 'client-reset');
    this.#settings.onClosed(this);
  }

  #report(status: number, reason: string, message: string, stage: 'head' | 'connection'): void {
    this.#settings.onProtocolError({
      client: this.client,
      violation: { status, reason, message },
      stage,
      answered: status !== 0,
    });
  }

  #loseAll(reason: AbortReason): void {
    for (const stream of [...this.streams.values()]) {
      if (stream instanceof Http2ServerStream) stream.lose(reason);
    }
  }
}
