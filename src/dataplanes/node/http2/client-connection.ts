import type { RequestHead } from '../http/message.ts';
import type {
  ClientConnection,
  ClientConnectionOwner,
  ClientStream,
  ClientStreamHandler,
  StreamFailure,
} from '../http/stream.ts';
import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type { Transport } from '../io/transport.ts';
import type { Limits } from '../limits.ts';
import { bounds } from './bounds.ts';
import { Http2ClientStream } from './client-stream.ts';
import { Connection } from './connection.ts';
import type { Violation } from './frame-rules.ts';
import {
  CANCEL,
  connectionPreface,
  errorName,
  maxStreamId,
  NO_ERROR,
  PROTOCOL_ERROR,
  REFUSED_STREAM,
  SETTINGS_ENABLE_PUSH,
  SETTINGS_INITIAL_WINDOW_SIZE,
  SETTINGS_MAX_HEADER_LIST_SIZE,
} from './frames.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { encodeRequest } from './render.ts';
import type { Stream } from './stream.ts';

export interface Http2ClientSettings {
  /** Of `:scheme`: `https` over TLS. */
  readonly scheme: 'http' | 'https';
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  /**
   * Milliseconds without a byte from the backend, while requests are open, after which it is asked for a sign of life,
   * and after which it is given up when none comes; 0 for never, because gRPC servers forbid more than one in five minutes.
   */
  readonly keepAlive?: number;
}

const probe = Buffer.from('farside?');

/**
 * A connection to a backend that speaks HTTP/2, chosen by ALPN or known beforehand.
 *
 * A head with `upgrade: 'websocket'` becomes an extended CONNECT (RFC 8441) where `extendedConnect` says that the
 * backend takes it; it has no Sec-WebSocket-Key, and the 101 that is told on success no Sec-WebSocket-Accept: who speaks
 * HTTP/1.1 on the other side makes them himself.
 */
export class Http2ClientConnection extends Connection implements ClientConnection {
  readonly protocol = 'HTTP/2';
  used = 0;
  readonly #scheme: 'http' | 'https';
  readonly #owner: ClientConnectionOwner;
  #nextStream = 1;
  #retired = false;
  #closedTold = false;
  /** Chunks that have arrived. */
  #arrivals = 0;
  /** Why the connection failed, for the streams that are lost with it. */
  #violation: Violation | null = null;
  readonly #keepAlive: number;
  readonly #keepAliveDeadline: Deadline;
  #probed = false;

  constructor(transport: Transport, owner: ClientConnectionOwner, settings: Http2ClientSettings) {
    super(transport, settings.limits, settings.wheel);
    this.#scheme = settings.scheme;
    this.#owner = owner;
    this.#keepAlive = settings.keepAlive ?? 0;
    this.#keepAliveDeadline = new Deadline(() => this.#onSilence());
    this.writer.text(connectionPreface);
    this.announce([
      [SETTINGS_ENABLE_PUSH, 0],
      [SETTINGS_INITIAL_WINDOW_SIZE, bounds.streamWindow],
      [SETTINGS_MAX_HEADER_LIST_SIZE, this.limits.headSize],
    ]);
  }

  /** A server can only push, which it may not. */
  protected override get lastPeerStream(): number {
    return 0;
  }

  get capacity(): number {
    if (this.#retired || !this.reading) return 0;
    return Math.max(0, Math.min(this.peer.maxConcurrentStreams, bounds.backendStreams) - this.streams.size);
  }

  /** Whether the backend takes WebSockets over HTTP/2. False until its SETTINGS frame has arrived. */
  get extendedConnect(): boolean {
    return this.peer.connectProtocol;
  }

  open(head: RequestHead, ended: boolean, handler: ClientStreamHandler): ClientStream {
    const id = this.#nextStream;
    const stream = new Http2ClientStream(this, id, head, ended, this.#arrivals, handler);
    if (this.capacity <= 0 || (head.upgrade !== '' && !this.extendedConnect)) {
      const message =
        this.capacity > 0 ? 'the backend takes no WebSockets over HTTP/2' : 'the connection takes no request';
      // Told later: nobody expects a call before `open` returns.
      queueMicrotask(() => stream.lose({ type: 'protocol-error', message, unprocessed: true, cause: null }));
      return stream;
    }
    this.#nextStream += 2;
    this.used += 1;
    if (this.streams.size === 0 && this.#keepAlive > 0) this.wheel.arm(this.#keepAliveDeadline, this.#keepAlive);
    this.streams.set(id, stream);
    this.writer.headers(id, encodeRequest(this, head, this.#scheme, ended), ended, ended ? null : stream);
    if (this.#nextStream > maxStreamId) this.retire();
    return stream;
  }

  retire(): void {
    if (this.#retired) return;
    this.#retired = true;
    this.#tellClosed();
    if (this.streams.size === 0) this.#finish();
  }

  override destroy(): void {
    this.#retired = true;
    super.destroy();
  }

  override onData(chunk: Buffer): void {
    this.#arrivals += 1;
    this.#probed = false;
    if (this.#keepAliveDeadline.armed) this.wheel.arm(this.#keepAliveDeadline, this.#keepAlive);
    this.readFrames(chunk, 0);
  }

  protected override onHeaders(streamId: number, block: HeaderBlock, endStream: boolean): void {
    const stream = this.streams.get(streamId);
    if (stream === undefined) this.onFrameOfClosedStream(streamId, 'HEADERS', 0);
    else if (stream.remoteEnded) this.violate(stream, PROTOCOL_ERROR, 'HEADERS after END_STREAM');
    else if (stream instanceof Http2ClientStream) stream.receiveHeaders(block, endStream);
  }

  protected override onStreamReset(stream: Stream, code: number): void {
    if (!(stream instanceof Http2ClientStream)) return;
    stream.lose({
      type: 'stream-reset',
      message: `the backend reset the stream with ${errorName(code)}`,
      unprocessed: code === REFUSED_STREAM,
      cause: null,
    });
  }

  protected override onStreamViolation(stream: Stream, violation: Violation): void {
    if (!(stream instanceof Http2ClientStream)) return;
    stream.lose({ type: 'protocol-error', message: violation.message, unprocessed: false, cause: null });
  }

  /** Each costs a request of ours, and the other requests to a backend should not suffer for it. */
  override spendReset(): boolean {
    return true;
  }

  protected override isIdle(streamId: number): boolean {
    return streamId % 2 === 0 || streamId >= this.#nextStream;
  }

  protected override onGoAway(lastStreamId: number, code: number): void {
    const failure: StreamFailure = {
      type: 'connection-closed',
      message: `the backend closed the connection with ${errorName(code)} before it looked at the request`,
      unprocessed: true,
      cause: null,
    };
    this.#retired = true;
    this.#tellClosed();
    for (const stream of [...this.streams.values()]) {
      if (stream.id <= lastStreamId || !(stream instanceof Http2ClientStream)) continue;
      stream.lose(failure);
      this.reset(stream, CANCEL);
    }
    if (this.streams.size === 0) this.#finish();
  }

  protected override onSettings(): void {
    if (!this.#retired) this.#owner.onCapacity(this);
  }

  protected override onPingAck(): void {}

  protected override onStreamGone(): void {
    if (this.streams.size === 0) {
      this.wheel.disarm(this.#keepAliveDeadline);
      if (this.#retired) {
        this.#finish();
        return;
      }
    }
    if (this.capacity === 1) this.#owner.onCapacity(this);
  }

  #onSilence(): void {
    if (this.#probed) {
      this.abandon('the backend gave no sign of life');
      return;
    }
    this.#probed = true;
    this.writer.ping(false, probe, 0);
    this.wheel.arm(this.#keepAliveDeadline, this.#keepAlive);
  }

  #finish(): void {
    if (!this.reading) return;
    this.writer.goAway(0, NO_ERROR);
    this.finish();
  }

  protected override onFailed(violation: Violation): void {
    this.#violation = violation;
    this.#tellClosed();
    this.#loseAll((stream) => this.#failureOf(stream, null));
  }

  protected override onGone(error: Error | null): void {
    this.wheel.disarm(this.#keepAliveDeadline);
    this.#tellClosed();
    this.#loseAll((stream) => this.#failureOf(stream, error));
  }

  #failureOf(stream: Http2ClientStream, error: Error | null): StreamFailure {
    // RFC 9112 section 9.3.1 in HTTP/2: the connection had served before and died without a word after the request.
    const unprocessed = this.used > 1 && stream.begunAt === this.#arrivals;
    if (this.#violation !== null) {
      return { type: 'protocol-error', message: this.#violation.message, unprocessed: false, cause: null };
    }
    return error === null
      ? { type: 'connection-closed', message: 'the backend closed the connection', unprocessed, cause: null }
      : {
          type: 'connection-reset',
          message: `the connection to the backend broke: ${error.message}`,
          unprocessed,
          cause: error,
        };
  }

  #loseAll(failureOf: (stream: Http2ClientStream) => StreamFailure): void {
    for (const stream of [...this.streams.values()]) {
      if (stream instanceof Http2ClientStream) stream.lose(failureOf(stream));
    }
  }

  #tellClosed(): void {
    if (this.#closedTold) return;
    this.#closedTold = true;
    this.#owner.onClosed(this);
  }
}
