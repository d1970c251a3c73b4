import type { Field } from '../http/field.ts';
import type { ResponseHead } from '../http/message.ts';
import type { ClientStream, ClientStreamHandler, StreamFailure } from '../http/stream.ts';
import { bounds } from './bounds.ts';
import type { Connection } from './connection.ts';
import { CANCEL, NO_ERROR, PROTOCOL_ERROR } from './frames.ts';
import type { HeaderBlock } from './hpack/header-block.ts';
import { encodeTrailers } from './render.ts';
import { readResponse } from './response.ts';
import { Stream } from './stream.ts';
import { readTrailers } from './trailers.ts';

/** One request on its way to a backend over HTTP/2, and its response. */
export class Http2ClientStream extends Stream implements ClientStream {
  /** What the connection had received when the stream began, to tell whether the backend can have acted on it. */
  readonly begunAt: number;
  readonly #handler: ClientStreamHandler;
  readonly #isHeadRequest: boolean;
  readonly #isTunnelRequest: boolean;
  #headReceived = false;
  #endCalled: boolean;
  #informational = 0;

  constructor(
    connection: Connection,
    id: number,
    request: { readonly method: string; readonly upgrade: string },
    ended: boolean,
    begunAt: number,
    handler: ClientStreamHandler,
  ) {
    super(connection, id);
    this.#handler = handler;
    this.#isHeadRequest = request.method === 'HEAD';
    this.#isTunnelRequest = request.upgrade !== '';
    this.#endCalled = ended;
    this.localEnded = ended;
    this.begunAt = begunAt;
  }

  write(chunk: Buffer): boolean {
    if (this.closed || this.#endCalled || chunk.length === 0) return true;
    return this.connection.sender.send(this, chunk);
  }

  end(trailers: readonly Field[] | null): void {
    if (this.closed || this.#endCalled) return;
    this.#endCalled = true;
    const block = trailers === null || trailers.length === 0 ? null : encodeTrailers(this.connection, trailers);
    this.connection.sender.end(this, block);
  }

  abort(): void {
    if (!this.closed) this.connection.reset(this, CANCEL);
  }

  /** HEADERS of the response: informational, final, or trailers. */
  receiveHeaders(block: HeaderBlock, endStream: boolean): void {
    if (this.#headReceived) {
      const trailers = readTrailers(block, this.connection.limits.headerCount);
      if (!endStream || trailers === null) this.#malformed("the backend's trailers are malformed");
      else this.receiveEnd(trailers);
      return;
    }
    const head = readResponse(block, this.connection.limits.headerCount);
    if (typeof head === 'string') this.#malformed(head);
    else if (head.status < 200) this.#receiveInformational(head, endStream);
    else {
      this.#headReceived = true;
      if (this.#isTunnelRequest && head.status < 300) this.#openTunnel(head, endStream);
      else this.#receiveHead(head, endStream);
    }
  }

  #receiveInformational(head: ResponseHead, endStream: boolean): void {
    this.#informational += 1;
    if (endStream || head.contentLength > 0)
      this.#malformed('the backend sent an informational response with content or an end');
    else if (this.#informational > bounds.informational)
      this.#malformed('the backend sent too many informational responses');
    else this.#handler.onInformational(head.status, head.fields);
  }

  #openTunnel(head: ResponseHead, endStream: boolean): void {
    if (endStream) this.#malformed('the backend closed the tunnel as it opened it');
    else this.#handler.onHead({ status: 101, fields: head.fields, contentLength: -1, upgrade: 'websocket' }, false);
  }

  #receiveHead(head: ResponseHead, endStream: boolean): void {
    const empty = this.#isHeadRequest || head.status === 204 || head.status === 304;
    this.promise(empty ? 0 : head.contentLength);
    if (!endStream) this.#handler.onHead(head, false);
    else if (!empty && head.contentLength > 0) this.onWrongLength();
    else {
      this.remoteEnded = true;
      this.closed = true;
      this.#stopSending();
      this.#handler.onHead(head.contentLength < 0 && !empty ? { ...head, contentLength: 0 } : head, true);
    }
  }

  /** The stream is over before its response is whole. */
  lose(failure: StreamFailure): void {
    if (this.closed) return;
    this.closed = true;
    this.#handler.onAbort(failure);
  }

  protected override deliver(content: Buffer): void {
    this.#handler.onData(content);
  }

  protected override deliverEnd(trailers: readonly Field[] | null): void {
    this.closed = this.localEnded || !this.#isTunnelRequest;
    this.#handler.onEnd(trailers);
  }

  override receive(content: Buffer): void {
    if (this.#headReceived) super.receive(content);
    else {
      this.connection.receiver.credit(null, content.length);
      this.#malformed('the backend sent content before a head');
    }
  }

  override receiveEnd(trailers: readonly Field[] | null): void {
    if (!this.#headReceived) {
      this.#malformed('the backend ended the stream without a head');
      return;
    }
    super.receiveEnd(trailers);
    if (this.remoteEnded) this.#stopSending();
  }

  protected override onWrongLength(): void {
    this.#malformed("the backend's content is not what its content-length promises");
  }

  override onLocalEnd(): void {
    this.localEnded = true;
    this.connection.settle(this);
    if (this.remoteEnded && !this.paused) this.closed = true;
  }

  override onWritable(): void {
    if (!this.closed) this.#handler.onWritable();
  }

  override onStall(): void {}

  override onFlow(): void {}

  /**
   * The response is whole, so the rest of the request is of no use (section 8.1). A tunnel's other direction goes on
   * until this side ends it.
   */
  #stopSending(): void {
    if (this.localEnded) this.connection.settle(this);
    else if (!this.#isTunnelRequest) this.connection.withdraw(this, NO_ERROR);
  }

  #malformed(message: string): void {
    this.connection.violate(this, PROTOCOL_ERROR, message);
  }
}
