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
import { WaitingTunnel } from './waiting-tunnel.ts';

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

const noCapacity: StreamFailure = {
  type: 'connection-closed',
  message: 'the connection takes no request',
  unprocessed: true,
  cause: null,
};
const noTunnels: StreamFailure = {
  type: 'upgrade-refused',
  message: 'the backend takes no WebSockets over HTTP/2',
  // True, but another try would find the same.
  unprocessed: false,
  cause: null,
};

const probe = Buffer.from('farside?');

/**
 * A connection to a backend that speaks HTTP/2, chosen by ALPN or known beforehand.
 *
 * A head with `upgrade: 'websocket'` becomes an extended CONNECT (RFC 8441) where the backend's SETTINGS say that it
 * takes them; until they have come, for which a backend has as long as for a head, it waits. It has no
 * Sec-WebSocket-Key, and the 101 that is told on success no Sec-WebSocket-Accept: who speaks HTTP/1.1 on the other side
 * makes them himself.
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
  readonly #waiting = new Set<WaitingTunnel>();

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
    return Math.max(0, Math.min(this.peer.maxConcurrentStreams, bounds.backendStreams) - this.#load);
  }

  /** Requests on it. */
  get #load(): number {
    return this.streams.size + this.#waiting.size;
  }

  open(head: RequestHead, ended: boolean, handler: ClientStreamHandler): ClientStream {
    const tunnel = head.upgrade !== '';
    const obstacle = this.capacity <= 0 ? noCapacity : tunnel && this.peer.received ? this.#tunnelObstacle() : null;
    if (obstacle !== null) {
      const stream = new Http2ClientStream(this, this.#nextStream, head, ended, this.#arrivals, handler);
      // Told later: nobody expects a call before `open` returns.
      queueMicrotask(() => stream.lose(obstacle));
      return stream;
    }
    return tunnel && !this.peer.received ? this.#openLater(head, handler) : this.#begin(head, ended, handler);
  }

  /** Why there can be no tunnel, now that the backend's SETTINGS have come; or null. */
  #tunnelObstacle(): StreamFailure | null {
    return this.peer.connectProtocol ? null : noTunnels;
  }

  #openLater(head: RequestHead, handler: ClientStreamHandler): ClientStream {
    const tunnel = new WaitingTunnel(head, handler, (given) => {
      if (this.#waiting.delete(given)) this.onStreamGone();
    });
    this.#waiting.add(tunnel);
    return tunnel;
  }

  #beginWaiting(): void {
    for (const tunnel of this.#waiting) {
      this.#waiting.delete(tunnel);
      const full = this.streams.size >= this.peer.maxConcurrentStreams;
      const obstacle = this.#tunnelObstacle() ?? (full ? noCapacity : null);
      if (obstacle === null) tunnel.begin(this.#begin(tunnel.head, false, tunnel.handler));
      else tunnel.handler.onAbort(obstacle);
    }
    if (this.#load === 0 && this.#retired) this.#finish();
  }

  #begin(head: RequestHead, ended: boolean, handler: ClientStreamHandler): ClientStream {
    const id = this.#nextStream;
    const stream = new Http2ClientStream(this, id, head, ended, this.#arrivals, handler);
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
    if (this.#load === 0) this.#finish();
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

  override onHeaders(streamId: number, block: HeaderBlock, endStream: boolean): void {
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
    if (this.#waiting.size > 0) this.#beginWaiting();
    if (!this.#retired) this.#owner.onCapacity(this);
  }

  protected override onPingAck(): void {}

  protected override onStreamGone(): void {
    if (this.streams.size === 0) {
      this.wheel.disarm(this.#keepAliveDeadline);
      if (this.#retired && this.#waiting.size === 0) {
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
    this.#loseAll(null);
  }

  protected override onGone(error: Error | null): void {
    this.wheel.disarm(this.#keepAliveDeadline);
    this.#tellClosed();
    this.#loseAll(error);
  }

  #failure(unprocessed: boolean, error: Error | null): StreamFailure {
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

  #loseAll(error: Error | null): void {
    for (const stream of [...this.streams.values()]) {
      if (!(stream instanceof Http2ClientStream)) continue;
      // RFC 9112 section 9.3.1 in HTTP/2: the connection had served before and died without a word after the request.
      stream.lose(this.#failure(this.used > 1 && stream.begunAt === this.#arrivals, error));
    }
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const { handler } of waiting) handler.onAbort(this.#failure(true, error));
  }

  #tellClosed(): void {
    if (this.#closedTold) return;
    this.#closedTold = true;
    this.#owner.onClosed(this);
  }
}
