import type { Field } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import type { ClientStream, ClientStreamHandler } from '../http/stream.ts';
import { renderLastChunk, sendChunk } from './render.ts';

/** What a stream asks of the connection that it is on. */
export interface ClientStreamConnection {
  send(chunk: Buffer | string): boolean;
  /** Closes the sending side of a tunnel. */
  tunnelClosed(): void;
  /** The request was given up, or can not become whole. */
  requestBroken(): void;
  contentPaused(paused: boolean): void;
}

const ENDED = 0;
const LENGTH = 1;
const CHUNKED = 2;
const TUNNEL = 3;
/** The response ended, or the connection is gone: calls are ignored. */
const CLOSED = 4;

/** One request on its way to a backend: frames its content (RFC 9112 section 6). */
export class Http1ClientStream implements ClientStream {
  readonly handler: ClientStreamHandler;
  readonly head: RequestHead;
  /** 1xx responses so far. */
  informed = 0;
  readonly #connection: ClientStreamConnection;
  #state: number;
  #left: number;

  constructor(head: RequestHead, ended: boolean, handler: ClientStreamHandler, connection: ClientStreamConnection) {
    this.head = head;
    this.handler = handler;
    this.#connection = connection;
    this.#left = ended ? 0 : head.contentLength;
    this.#state = ended ? ENDED : head.contentLength >= 0 ? LENGTH : CHUNKED;
  }

  /** All of the request has been written. */
  get requestEnded(): boolean {
    return this.#state === ENDED;
  }

  write(chunk: Buffer): boolean {
    const connection = this.#connection;
    switch (this.#state) {
      case LENGTH:
        if (chunk.length > this.#left) {
          // More than was declared: what is beyond it would be read as another request.
          this.#break();
          return true;
        }
        this.#left -= chunk.length;
        return connection.send(chunk);
      case CHUNKED:
        return sendChunk(connection, chunk);
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
        else this.#state = ENDED;
        break;
      case CHUNKED:
        this.#connection.send(renderLastChunk(trailers));
        this.#state = ENDED;
        break;
      case TUNNEL:
        this.#state = ENDED;
        this.#connection.tunnelClosed();
        break;
    }
  }

  abort(): void {
    if (this.#state !== CLOSED) this.#break();
  }

  pause(): void {
    if (this.#state !== CLOSED) this.#connection.contentPaused(true);
  }

  resume(): void {
    if (this.#state !== CLOSED) this.#connection.contentPaused(false);
  }

  openTunnel(): void {
    this.#state = TUNNEL;
  }

  close(): void {
    this.#state = CLOSED;
  }

  #break(): void {
    this.#state = CLOSED;
    this.#connection.requestBroken();
  }
}
