import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { ClientConnectionInfo, ServerStream, ServerStreamHandler } from '../http/stream.ts';
import { renderLastChunk, renderResponseHead, sendChunk } from './render.ts';
import type { ParsedRequest } from './request-head.ts';

/** What a stream asks of the connection that it is on. */
export interface ServerStreamConnection {
  readonly client: ClientConnectionInfo;
  /** No further request will be taken on the connection. */
  readonly retired: boolean;
  /** All of the current request's content has come, though perhaps not been given to the handler. */
  readonly requestArrived: boolean;
  send(chunk: Buffer | string): boolean;
  /** Both directions are a tunnel from here on. */
  tunnelOpened(): void;
  tunnelClosed(): void;
  /** The response is whole. */
  responseEnded(persistent: boolean): void;
  /** The response can not become whole. */
  responseBroken(): void;
  contentPaused(paused: boolean): void;
}

const WAITING = 0;
const LENGTH = 1;
const CHUNKED = 2;
const UNTIL_CLOSE = 3;
const TUNNEL = 4;
/** A tunnel into which nothing more is written; the client may go on. */
const HALF_TUNNEL = 7;
/** A response without content whose handler has not ended it yet: what it writes is dropped. */
const DISCARD = 5;
const ENDED = 6;

/** One request on an HTTP/1.1 connection: frames its response (RFC 9112 section 6). */
export class Http1ServerStream implements ServerStream {
  readonly head: RequestHead;
  readonly ended: boolean;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1';
  /** Set once the acceptor has returned. */
  handler: ServerStreamHandler | null = null;
  readonly #connection: ServerStreamConnection;
  #persistent: boolean;
  #state = WAITING;
  #left = 0;
  #continued = false;
  /** Content was read: the client did not wait for a 100. */
  contentSeen = false;

  constructor(request: ParsedRequest, ended: boolean, connection: ServerStreamConnection) {
    this.head = request.head;
    this.ended = ended;
    this.protocol = request.minorVersion === 1 ? 'HTTP/1.1' : 'HTTP/1.0';
    this.#persistent = request.persistent;
    this.#connection = connection;
  }

  get client(): ClientConnectionInfo {
    return this.#connection.client;
  }

  /** A final response head has been sent. */
  get responded(): boolean {
    return this.#state !== WAITING;
  }

  /** A tunnel whose sending side has ended. */
  get tunnelHalf(): boolean {
    return this.#state === HALF_TUNNEL;
  }

  inform(status: number, fields: readonly Field[]): void {
    if (this.#state !== WAITING || this.protocol === 'HTTP/1.0' || status < 100 || status > 199 || status === 101)
      return;
    if (status === 100) {
      if (!this.head.expectContinue) return;
      this.#continued = true;
    }
    this.#connection.send(renderResponseHead(status, fields, ''));
  }

  respond(head: ResponseHead, ended: boolean): void {
    if (this.#state !== WAITING) return;
    if (head.status === 101) this.#switchProtocols(head);
    else if (head.status < 200 || head.status > 599) this.abort();
    else this.#sendHead(head, ended);
  }

  write(chunk: Buffer): boolean {
    const connection = this.#connection;
    switch (this.#state) {
      case LENGTH:
        if (chunk.length > this.#left) {
          // More than was declared: what is beyond it would be read as the next response.
          this.#break();
          return true;
        }
        this.#left -= chunk.length;
        return connection.send(chunk);
      case CHUNKED:
        return sendChunk(connection, chunk);
      case UNTIL_CLOSE:
      case TUNNEL:
        return connection.send(chunk);
      default:
        return true;
    }
  }

  end(trailers: readonly Field[] | null): void {
    switch (this.#state) {
      case LENGTH:
        if (this.#left > 0) this.#break();
        else this.#finish();
        break;
      case CHUNKED:
        this.#connection.send(renderLastChunk(trailers));
        this.#finish();
        break;
      case UNTIL_CLOSE:
      case DISCARD:
        this.#finish();
        break;
      case TUNNEL:
        this.#state = HALF_TUNNEL;
        this.#connection.tunnelClosed();
        break;
    }
  }

  abort(): void {
    if (this.#state !== ENDED) this.#break();
  }

  pause(): void {
    if (this.#state !== ENDED) this.#connection.contentPaused(true);
  }

  resume(): void {
    if (this.#state !== ENDED) this.#connection.contentPaused(false);
  }

  /** The connection is gone or taken back; calls on the stream are ignored from here on. */
  close(): void {
    this.#state = ENDED;
  }

  #switchProtocols(head: ResponseHead): void {
    if (this.head.upgrade === '' || head.upgrade !== this.head.upgrade) {
      this.#break();
      return;
    }
    this.#state = TUNNEL;
    this.#connection.send(renderResponseHead(101, head.fields, `connection: upgrade\r\nupgrade: ${head.upgrade}\r\n`));
    this.#connection.tunnelOpened();
  }

  #sendHead(head: ResponseHead, ended: boolean): void {
    const { status, contentLength } = head;
    // RFC 9110 sections 6.4.1 and 8.6: these have no content whatever their fields say.
    const bodiless = this.head.method === 'HEAD' || status === 204 || status === 304;
    let hopLines = '';
    let next = ENDED;
    if (bodiless) {
      if (contentLength >= 0 && status !== 204) hopLines = `content-length: ${contentLength}\r\n`;
    } else if (ended) hopLines = 'content-length: 0\r\n';
    else if (contentLength >= 0) {
      hopLines = `content-length: ${contentLength}\r\n`;
      this.#left = contentLength;
      next = LENGTH;
    } else if (this.protocol === 'HTTP/1.1') {
      hopLines = 'transfer-encoding: chunked\r\n';
      next = CHUNKED;
    } else {
      this.#persistent = false;
      next = UNTIL_CLOSE;
    }
    if (this.#closesAfter(next === ENDED)) this.#persistent = false;
    if (!this.#persistent) hopLines += 'connection: close\r\n';
    else if (this.protocol === 'HTTP/1.0') hopLines += 'connection: keep-alive\r\n';
    this.#connection.send(renderResponseHead(status, head.fields, hopLines));
    if (bodiless && !ended) this.#state = DISCARD;
    else if (next === ENDED) this.#finish();
    else this.#state = next;
  }

  /**
   * Whether to announce with the head that the connection closes. A client that was told to wait for a 100 and got a
   * final response instead may or may not send its content (RFC 9110 section 10.1.1): nobody could tell what comes next.
   */
  #closesAfter(responseIsWhole: boolean): boolean {
    const connection = this.#connection;
    if (connection.retired) return true;
    if (connection.requestArrived) return false;
    return responseIsWhole || (this.head.expectContinue && !this.#continued && !this.contentSeen);
  }

  #finish(): void {
    this.#state = ENDED;
    this.#connection.responseEnded(this.#persistent);
  }

  #break(): void {
    this.#state = ENDED;
    this.#connection.responseBroken();
  }
}
