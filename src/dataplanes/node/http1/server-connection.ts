import type { FieldCache } from '../http/field.ts';
import type { AbortReason, Acceptor, ClientConnectionInfo } from '../http/stream.ts';
import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type { Transport, TransportHandler } from '../io/transport.ts';
import type { Limits } from '../limits.ts';
import { CHUNKED, ContentReader } from './content.ts';
import { newMemo } from './field-block.ts';
import { HeadReader } from './head-reader.ts';
import { renderRefusal } from './render.ts';
import { parseRequestHead, type RequestParsing } from './request-head.ts';
import { SendWatch } from './send-watch.ts';
import { Http1ServerStream, type ServerStreamConnection } from './server-stream.ts';
import { Violation } from './violation.ts';

/** A request that the engine answered itself, for the access log and the counters. */
export interface ProtocolError {
  readonly client: ClientConnectionInfo;
  readonly violation: Violation;
  /**
   * `head`: no request came of it, and nobody else knows of it. `content`: the request's handler is told as well, by
   * `onAbort`.
   */
  readonly stage: 'head' | 'content';
  /** A response with the violation's status was sent; false where another response had begun. */
  readonly answered: boolean;
}

/** What the connections of a worker share. */
export interface Http1ServerSettings {
  readonly acceptor: Acceptor;
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  readonly cache: FieldCache;
  onProtocolError(error: ProtocolError): void;
  /** The transport is gone. Called once. */
  onClosed(connection: Http1ServerConnection): void;
}

/** Between two requests, or within a head. */
const HEAD = 0;
const EXCHANGE = 1;
/** The response has ended, the request's content is still read so that the connection can be kept. */
const DISCARDING = 2;
const TUNNEL = 3;
/** The last byte was written; what still comes is dropped until the peer closes (RFC 9112 section 9.6). */
const CLOSING = 4;
const CLOSED = 5;

/**
 * The server side of an HTTP/1.1 connection (RFC 9112). Requests are taken one at a time: while a response is under
 * way, what a pipelining client sends next is held and reading stops, so that at most one read waits in memory.
 *
 * A client that closes its sending side while it waits for a response has given it up, as with Envoy and nginx: no other
 * sign tells that a client of a slow response is gone.
 */
export class Http1ServerConnection implements TransportHandler, ServerStreamConnection {
  readonly client: ClientConnectionInfo;
  retired = false;
  requestArrived = true;
  readonly #transport: Transport;
  readonly #settings: Http1ServerSettings;
  readonly #parsing: RequestParsing;
  readonly #heads: HeadReader;
  readonly #content: ContentReader;
  readonly #deadline: Deadline;
  /** Made when the client first does not take what is sent. */
  #sending: SendWatch | null = null;
  #state = HEAD;
  #stream: Http1ServerStream | null = null;
  #held: Buffer | null = null;
  #advancing = false;
  /** All of the current request's content has been read. */
  #requestEnded = true;
  #contentPaused = false;
  #readingPaused = false;
  #headTimed = false;
  #tunnelEnded = false;
  #dropped = 0;
  /** The current stream's `write` has returned false. */
  #owesWritable = false;

  constructor(transport: Transport, client: ClientConnectionInfo, settings: Http1ServerSettings) {
    const { limits, cache } = settings;
    this.client = client;
    this.#transport = transport;
    this.#settings = settings;
    this.#parsing = { cache, limits, memo: newMemo(), scheme: client.tls === null ? 'http' : 'https' };
    this.#heads = new HeadReader({ head: limits.headSize, startLine: limits.requestLine }, true);
    this.#content = new ContentReader(cache, limits, (content) => this.#onContent(content));
    this.#deadline = new Deadline(() => this.#onDeadline());
    settings.wheel.arm(this.#deadline, limits.idleTimeout);
  }

  /** True between two requests. */
  get idle(): boolean {
    return this.#state === HEAD && !this.#heads.started;
  }

  /** Closes once the request that is under way has its response; at once when there is none. */
  retire(): void {
    this.retired = true;
    if (this.idle) this.#close();
  }

  /** Goes on, and closes with the next response, which says so: no request of the client's meets a closed connection. */
  dismiss(): void {
    this.retired = true;
  }

  /** Closes at once; a request that is under way is aborted. */
  destroy(): void {
    this.#breakOff('shutdown');
  }

  onData(chunk: Buffer): void {
    switch (this.#state) {
      case CLOSED:
        return;
      case CLOSING:
        this.#drop(chunk.length);
        return;
    }
    if (this.#held !== null || (this.#state === EXCHANGE && this.#requestEnded)) this.#hold(chunk);
    else this.#advance(chunk);
  }

  onDrain(): void {
    this.#sending?.stop();
    if (!this.#owesWritable) return;
    this.#owesWritable = false;
    this.#stream?.handler?.onWritable();
  }

  onEnd(): void {
    switch (this.#state) {
      case EXCHANGE:
        this.#breakOff('client-closed');
        break;
      case TUNNEL:
        this.#onTunnelEnd();
        break;
      case HEAD:
      case DISCARDING:
        this.#close();
        break;
    }
  }

  onClose(error: Error | null): void {
    const stream = this.#stream;
    this.#leave();
    stream?.handler?.onAbort(error === null ? 'client-closed' : 'client-reset');
    this.#settings.onClosed(this);
  }

  send(chunk: Buffer | string): boolean {
    if (this.#transport.write(chunk)) return true;
    this.#owesWritable = true;
    const watch = this.#watch();
    if (!watch.running) watch.start();
    return false;
  }

  contentPaused(paused: boolean): void {
    this.#contentPaused = paused;
    this.#steerReading();
    if (!this.#advancing) this.#armDeadline();
  }

  tunnelOpened(): void {
    this.#state = TUNNEL;
    this.#tunnelEnded = false;
    this.#settings.wheel.disarm(this.#deadline);
    this.#continueLater();
  }

  tunnelClosed(): void {
    this.#transport.end();
    if (this.#tunnelEnded) this.#endStream();
  }

  responseEnded(persistent: boolean): void {
    this.#endStream();
    this.#contentPaused = false;
    if (!persistent || this.retired) {
      this.#close();
      return;
    }
    this.#state = this.#requestEnded ? HEAD : DISCARDING;
    this.#dropped = 0;
    if (this.#held !== null) this.#continueLater();
    else this.#steerReading();
    if (!this.#advancing) this.#armDeadline();
  }

  responseBroken(): void {
    this.#leave();
    this.#transport.destroy();
  }

  /** Takes what was read through as many heads, contents and exchanges as it holds. */
  #advance(buffer: Buffer): void {
    let offset = 0;
    this.#advancing = true;
    while (offset < buffer.length) {
      if (this.#state === HEAD) offset = this.#readHead(buffer, offset);
      else if ((this.#state === EXCHANGE || this.#state === DISCARDING) && !this.#requestEnded) {
        offset = this.#readContent(buffer, offset);
      } else {
        if (this.#state === EXCHANGE) this.#hold(offset === 0 ? buffer : buffer.subarray(offset));
        else if (this.#state === TUNNEL) this.#stream?.handler?.onData(buffer.subarray(offset));
        break;
      }
    }
    this.#advancing = false;
    this.#armDeadline();
  }

  #readHead(buffer: Buffer, offset: number): number {
    const after = this.#heads.read(buffer, offset);
    if (typeof after !== 'number') {
      this.#refuse(after);
      return buffer.length;
    }
    if (after < 0) return buffer.length;
    this.#headTimed = false;
    const request = parseRequestHead(this.#heads.text, this.#parsing);
    if (request instanceof Violation) {
      this.#refuse(request);
      return buffer.length;
    }
    this.#content.begin(request.chunked ? CHUNKED : request.head.contentLength);
    const ended = this.#content.done;
    this.#requestEnded = ended;
    this.requestArrived = ended || (!request.chunked && request.head.contentLength <= buffer.length - after);
    this.#state = EXCHANGE;
    const stream = new Http1ServerStream(request, ended, this);
    this.#stream = stream;
    stream.handler = this.#settings.acceptor(stream);
    return after;
  }

  #readContent(buffer: Buffer, offset: number): number {
    const content = this.#content;
    const after = content.read(buffer, offset);
    if (content.violation !== null) {
      this.#failContent(content.violation, 'client-protocol-error');
      return buffer.length;
    }
    if (content.done) {
      this.#requestEnded = true;
      this.requestArrived = true;
      if (this.#state === DISCARDING) this.#state = HEAD;
      else this.#stream?.handler?.onEnd(content.trailers);
    }
    return after;
  }

  #onContent(content: Buffer): void {
    if (this.#state === EXCHANGE && this.#stream !== null) {
      this.#stream.contentSeen = true;
      this.#stream.handler?.onData(content);
    } else if (this.#state === DISCARDING) {
      this.#dropped += content.length;
      if (this.#dropped > this.#settings.limits.discardedContent) this.#close();
    }
  }

  #hold(chunk: Buffer): void {
    this.#held = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    this.#steerReading();
  }

  /** Goes on with what was held, after whatever called here is done. */
  #continueLater(): void {
    if (this.#held === null) return;
    queueMicrotask(() => {
      const held = this.#held;
      if (held === null || (this.#state !== HEAD && this.#state !== TUNNEL)) return;
      this.#held = null;
      this.#steerReading();
      this.#advance(held);
    });
  }

  #steerReading(): void {
    const paused = this.#held !== null || (this.#contentPaused && (this.#state === EXCHANGE || this.#state === TUNNEL));
    if (paused === this.#readingPaused) return;
    this.#readingPaused = paused;
    if (paused) this.#transport.pause();
    else this.#transport.resume();
  }

  #onTunnelEnd(): void {
    this.#tunnelEnded = true;
    const stream = this.#stream;
    stream?.handler?.onEnd(null);
    if (stream?.tunnelHalf) this.#endStream();
  }

  /** Answers a request that broke the rules before anyone else knew of it. */
  #refuse(violation: Violation): void {
    this.#transport.write(renderRefusal(violation));
    this.#settings.onProtocolError({ client: this.client, violation, stage: 'head', answered: true });
    this.#close();
  }

  /** Ends an exchange whose request's content broke the rules or did not come. */
  #failContent(violation: Violation, reason: AbortReason): void {
    const stream = this.#stream;
    if (stream === null) {
      this.#close();
      return;
    }
    const answered = !stream.responded;
    this.#endStream();
    if (answered) this.#transport.write(renderRefusal(violation));
    this.#settings.onProtocolError({ client: this.client, violation, stage: 'content', answered });
    stream.handler?.onAbort(reason);
    if (answered) this.#close();
    else this.responseBroken();
  }

  #breakOff(reason: AbortReason): void {
    const stream = this.#stream;
    this.responseBroken();
    stream?.handler?.onAbort(reason);
  }

  #endStream(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#owesWritable = false;
  }

  /** Closes the sending side and gives the peer time to read what it was sent. */
  #close(): void {
    if (this.#state === CLOSING || this.#state === CLOSED) return;
    this.#state = CLOSING;
    this.#held = null;
    this.#dropped = 0;
    this.#transport.end();
    this.#steerReading();
    this.#settings.wheel.disarm(this.#deadline);
    this.#watch().linger(this.#settings.limits.lingerTimeout);
  }

  #leave(): void {
    this.#endStream();
    this.#state = CLOSED;
    this.#held = null;
    this.#settings.wheel.disarm(this.#deadline);
    this.#sending?.stop();
  }

  #drop(size: number): void {
    this.#dropped += size;
    if (this.#dropped > this.#settings.limits.discardedContent) this.responseBroken();
  }

  #armDeadline(): void {
    const { wheel, limits } = this.#settings;
    switch (this.#state) {
      case HEAD:
        if (!this.#heads.started) wheel.arm(this.#deadline, limits.idleTimeout);
        else if (!this.#headTimed) {
          this.#headTimed = true;
          wheel.arm(this.#deadline, limits.headTimeout);
        }
        break;
      case EXCHANGE:
      case DISCARDING:
        if (this.#requestEnded || this.#readingPaused) wheel.disarm(this.#deadline);
        else wheel.arm(this.#deadline, limits.bodyTimeout);
        break;
    }
  }

  #onDeadline(): void {
    switch (this.#state) {
      case HEAD:
        if (this.#heads.started) this.#refuse(slowHead);
        else this.#close();
        break;
      case EXCHANGE:
        this.#failContent(slowContent, 'client-timeout');
        break;
      case DISCARDING:
        this.#close();
        break;
    }
  }

  #watch(): SendWatch {
    const { wheel, limits } = this.#settings;
    this.#sending ??= new SendWatch(this.#transport, wheel, limits.bodyTimeout, () => this.#breakOff('client-timeout'));
    return this.#sending;
  }
}

const slowHead = new Violation(408, 'head-timeout', 'the head did not come in time');
const slowContent = new Violation(408, 'content-timeout', 'the content did not come in time');
