import type { FieldCache } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import type {
  ClientConnection,
  ClientConnectionOwner,
  ClientStream,
  ClientStreamHandler,
  StreamFailure,
} from '../http/stream.ts';
import type { Transport, TransportHandler } from '../io/transport.ts';
import type { Limits } from '../limits.ts';
import { type ClientStreamConnection, Http1ClientStream } from './client-stream.ts';
import { CHUNKED, ContentReader, UNTIL_CLOSE } from './content.ts';
import { newMemo } from './field-block.ts';
import { HeadReader } from './head-reader.ts';
import { isWritableRequest, renderRequestHead } from './render.ts';
import { type ParsedResponse, parseResponseHead, type ResponseParsing } from './response-head.ts';
import { Violation } from './violation.ts';

/** What the connections of a worker share. */
export interface Http1ClientSettings {
  readonly limits: Limits;
  readonly cache: FieldCache;
}

/** 1xx responses to one request (RFC 9110 section 15.2 sets no bound). */
const maxInformational = 16;

const IDLE = 0;
const HEAD = 1;
const CONTENT = 2;
const TUNNEL = 3;
const CLOSED = 4;

/**
 * The client side of an HTTP/1.1 connection (RFC 9112): one request at a time, without pipelining. It is used again only
 * when both messages ended where their framing said and the backend said nothing else; a single byte that nobody asked
 * for closes it.
 *
 * It sets no timeouts: how long a backend may take is the route's to say, and how long a connection may idle the pool's.
 */
export class Http1ClientConnection implements ClientConnection, TransportHandler, ClientStreamConnection {
  readonly protocol = 'HTTP/1.1';
  used = 0;
  readonly #transport: Transport;
  readonly #owner: ClientConnectionOwner;
  readonly #parsing: ResponseParsing;
  readonly #heads: HeadReader;
  readonly #content: ContentReader;
  #state = IDLE;
  #stream: Http1ClientStream | null = null;
  #persistent = false;
  #retired = false;
  #answered = false;
  #tunnelEnded = false;
  #owesWritable = false;
  #readingPaused = false;
  #closedTold = false;

  constructor(transport: Transport, owner: ClientConnectionOwner, settings: Http1ClientSettings) {
    const { limits, cache } = settings;
    this.#transport = transport;
    this.#owner = owner;
    this.#parsing = { cache, limits, memo: newMemo() };
    this.#heads = new HeadReader({ head: limits.headSize, startLine: limits.requestLine }, false);
    this.#content = new ContentReader(cache, limits, (content) => this.#stream?.handler.onData(content));
  }

  get capacity(): number {
    return this.#state === IDLE && !this.#retired ? 1 : 0;
  }

  open(head: RequestHead, ended: boolean, handler: ClientStreamHandler): ClientStream {
    const stream = new Http1ClientStream(head, ended, handler, this);
    if (!isWritableRequest(head)) {
      stream.close();
      queueMicrotask(() => handler.onAbort(unwritable));
      return stream;
    }
    this.used += 1;
    this.#state = HEAD;
    this.#answered = false;
    this.#stream = stream;
    this.send(renderRequestHead(head, ended));
    return stream;
  }

  retire(): void {
    this.#retired = true;
    if (this.#state === IDLE) this.#destroy();
  }

  destroy(): void {
    this.#fail({
      type: 'connection-closed',
      message: 'the gateway closed the connection',
      unprocessed: false,
      cause: null,
    });
  }

  onData(chunk: Buffer): void {
    switch (this.#state) {
      case HEAD:
      case CONTENT:
        this.#answered = true;
        this.#advance(chunk);
        break;
      case TUNNEL:
        this.#stream?.handler.onData(chunk);
        break;
      case IDLE:
        // An answer to a request that nobody sent would be taken for the answer to the next one.
        this.#destroy();
        break;
    }
  }

  onDrain(): void {
    if (!this.#owesWritable) return;
    this.#owesWritable = false;
    this.#stream?.handler.onWritable();
  }

  onEnd(): void {
    switch (this.#state) {
      case TUNNEL:
        this.#onTunnelEnd();
        break;
      case CONTENT:
        if (this.#content.untilClose) {
          this.#finish();
          break;
        }
        this.#fail(this.#closedFailure(null));
        break;
      case IDLE:
      case HEAD:
        this.#fail(this.#closedFailure(null));
        break;
    }
  }

  onClose(error: Error | null): void {
    if (this.#state !== CLOSED) this.#fail(this.#closedFailure(error));
    this.#tellClosed();
  }

  send(chunk: Buffer | string): boolean {
    if (this.#transport.write(chunk)) return true;
    this.#owesWritable = true;
    return false;
  }

  contentPaused(paused: boolean): void {
    if (paused === this.#readingPaused) return;
    this.#readingPaused = paused;
    if (paused) this.#transport.pause();
    else this.#transport.resume();
  }

  tunnelClosed(): void {
    this.#transport.end();
    if (this.#tunnelEnded) this.#leaveTunnel();
  }

  requestBroken(): void {
    this.#destroy();
  }

  #advance(buffer: Buffer): void {
    let offset = 0;
    while (offset < buffer.length) {
      if (this.#state === HEAD) offset = this.#readHead(buffer, offset);
      else if (this.#state === CONTENT) offset = this.#readContent(buffer, offset);
      else {
        if (this.#state === TUNNEL) this.#stream?.handler.onData(buffer.subarray(offset));
        else if (this.#state === IDLE) this.#destroy();
        break;
      }
    }
  }

  #readHead(buffer: Buffer, offset: number): number {
    const after = this.#heads.read(buffer, offset);
    if (typeof after !== 'number') {
      this.#failOn(after);
      return buffer.length;
    }
    if (after < 0) return buffer.length;
    const response = parseResponseHead(this.#heads.text, this.#parsing);
    if (response instanceof Violation) this.#failOn(response);
    else if (response.head.status >= 200) this.#take(response, after === buffer.length);
    else this.#takeInformational(response);
    return after;
  }

  #takeInformational(response: ParsedResponse): void {
    const stream = this.#stream;
    if (stream === null) return;
    const { status, fields } = response.head;
    if (status === 101) {
      this.#switchProtocols(response, stream);
      return;
    }
    stream.informed += 1;
    if (stream.informed > maxInformational) this.#failOn(manyInformational);
    else stream.handler.onInformational(status, fields);
  }

  #switchProtocols(response: ParsedResponse, stream: Http1ClientStream): void {
    if (stream.head.upgrade === '' || response.head.upgrade !== stream.head.upgrade) {
      this.#failOn(unaskedSwitch);
      return;
    }
    this.#state = TUNNEL;
    this.#tunnelEnded = false;
    stream.openTunnel();
    stream.handler.onHead(response.head, false);
  }

  /** @param atEnd nothing follows in what was read */
  #take(response: ParsedResponse, atEnd: boolean): void {
    const stream = this.#stream;
    if (stream === null) return;
    const { head, chunked } = response;
    const bodiless = stream.head.method === 'HEAD' || head.status === 204 || head.status === 304;
    // RFC 9110 section 8.6: a 204 has neither field. What follows it can not be trusted to be the next response.
    const doubtful = head.status === 204 && (chunked || head.contentLength > 0);
    this.#persistent = response.persistent && !doubtful;
    this.#content.begin(bodiless ? 0 : chunked ? CHUNKED : head.contentLength >= 0 ? head.contentLength : UNTIL_CLOSE);
    if (!this.#content.done) {
      this.#state = CONTENT;
      stream.handler.onHead(head, false);
      return;
    }
    this.#persistent &&= atEnd && stream.requestEnded;
    this.#release();
    stream.handler.onHead(head, true);
    this.#afterStream();
  }

  #readContent(buffer: Buffer, offset: number): number {
    const content = this.#content;
    const after = content.read(buffer, offset);
    if (this.#state !== CONTENT) return buffer.length;
    if (content.violation !== null) {
      this.#failOn(content.violation);
      return buffer.length;
    }
    if (!content.done) return after;
    this.#persistent &&= after === buffer.length;
    this.#finish();
    return buffer.length;
  }

  /** The response is whole. */
  #finish(): void {
    const stream = this.#stream;
    if (stream === null) return;
    const { trailers } = this.#content;
    this.#persistent &&= stream.requestEnded && !this.#content.untilClose;
    this.#release();
    stream.handler.onEnd(trailers);
    this.#afterStream();
  }

  /** Takes the stream off the connection, which from here on is idle or closed. */
  #release(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#owesWritable = false;
    this.contentPaused(false);
    if (this.#persistent && !this.#retired) this.#state = IDLE;
    else this.#destroy();
  }

  #afterStream(): void {
    if (this.#state === IDLE) this.#owner.onCapacity(this);
  }

  #onTunnelEnd(): void {
    this.#tunnelEnded = true;
    const stream = this.#stream;
    if (stream === null) return;
    stream.handler.onEnd(null);
    if (stream.requestEnded) this.#leaveTunnel();
  }

  /** Both sides have ended: the transport closes by itself once the last bytes have left. */
  #leaveTunnel(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#state = CLOSED;
    this.#tellClosed();
  }

  #closedFailure(error: Error | null): StreamFailure {
    // RFC 9112 section 9.3.1: a connection that dies before it answers was most likely dead already when it was reused.
    const unprocessed = this.used > 1 && !this.#answered;
    const message = this.#answered
      ? 'the backend closed the connection within its response'
      : 'the backend closed the connection without a response';
    return {
      type: error === null ? 'connection-closed' : 'connection-reset',
      message: error === null ? message : `${message}: ${error.message}`,
      unprocessed,
      cause: error,
    };
  }

  #failOn(violation: Violation): void {
    this.#fail({
      type: 'protocol-error',
      message: `the backend's response is not HTTP/1.1: ${violation.message}`,
      unprocessed: false,
      cause: null,
    });
  }

  #fail(failure: StreamFailure): void {
    const stream = this.#stream;
    this.#destroy();
    stream?.handler.onAbort(failure);
  }

  #destroy(): void {
    this.#stream?.close();
    this.#stream = null;
    this.#owesWritable = false;
    if (this.#state !== CLOSED) {
      this.#state = CLOSED;
      this.#transport.destroy();
    }
    this.#tellClosed();
  }

  #tellClosed(): void {
    if (this.#closedTold) return;
    this.#closedTold = true;
    this.#owner.onClosed(this);
  }
}

const manyInformational = new Violation(400, 'informational', 'too many informational responses');
const unaskedSwitch = new Violation(400, 'switching-protocols', 'a switch to a protocol that was not asked for');

const unwritable: StreamFailure = {
  type: 'protocol-error',
  message:
    'the request can not be written as HTTP/1.1: its method, target or authority has a character that it must not have',
  unprocessed: false,
  cause: null,
};
