import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { AbortReason, ClientConnectionInfo, ServerStream, ServerStreamHandler } from '../http/stream.ts';
import { Deadline } from '../io/deadlines.ts';
import { CANCEL, INTERNAL_ERROR, NO_ERROR, PROTOCOL_ERROR } from './frames.ts';
import { encodeResponse, encodeTrailers } from './render.ts';
import type { Http2ServerConnection } from './server-connection.ts';
import { Stream } from './stream.ts';

/** Of a stream whose acceptor has not returned yet, or that has none. */
const ignoringHandler: ServerStreamHandler = { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };

/** One request and its response on a client's HTTP/2 connection. */
export class Http2ServerStream extends Stream implements ServerStream {
  readonly head: RequestHead;
  readonly ended: boolean;
  readonly protocol = 'HTTP/2';
  readonly client: ClientConnectionInfo;
  #handler: ServerStreamHandler = ignoringHandler;
  /** Why the stream was lost while its acceptor was still at work. */
  #lostUnheard: AbortReason | null = null;
  #responded = false;
  #endCalled = false;
  /** The client has neither sent nor taken content for too long. Made only for streams that wait for it. */
  #contentDeadline: Deadline | null = null;

  /** @param promised what content-length said, or -1 */
  constructor(connection: Http2ServerConnection, id: number, head: RequestHead, ended: boolean, promised: number) {
    super(connection, id);
    this.head = head;
    this.ended = ended;
    this.client = connection.client;
    this.remoteEnded = ended;
    if (ended) return;
    this.promise(promised);
    this.#awaitContent();
  }

  get #isTunnel(): boolean {
    return this.head.upgrade !== '' && this.#responded;
  }

  inform(status: number, fields: readonly Field[]): void {
    if (this.closed || this.#responded || status < 100 || status > 199 || status === 101) return;
    const head: ResponseHead = { status, fields, contentLength: -1, upgrade: '' };
    this.connection.writer.headers(this.id, encodeResponse(this.connection, head), false, null);
  }

  respond(head: ResponseHead, ended: boolean): void {
    if (this.closed || this.#responded) return;
    this.#responded = true;
    let sent = head;
    if (head.status === 101) {
      if (this.head.upgrade === '' || ended) {
        this.abort();
        return;
      }
      sent = tunnelHead(head);
    }
    if (this.#isTunnel) this.#disarm();
    else this.#touch();
    this.connection.writer.headers(this.id, encodeResponse(this.connection, sent), ended, ended ? null : this);
    if (!ended) return;
    this.#endCalled = true;
    this.onLocalEnd();
  }

  write(chunk: Buffer): boolean {
    if (this.closed || !this.#responded || this.#endCalled || chunk.length === 0) return true;
    this.#touch();
    return this.connection.sender.send(this, chunk);
  }

  end(trailers: readonly Field[] | null): void {
    if (this.closed || !this.#responded || this.#endCalled) return;
    this.#endCalled = true;
    const block = trailers === null || trailers.length === 0 ? null : encodeTrailers(this.connection, trailers);
    this.connection.sender.end(this, block);
  }

  abort(): void {
    if (this.closed) return;
    this.#disarm();
    this.connection.reset(this, INTERNAL_ERROR);
  }

  override pause(): void {
    super.pause();
    if (this.backlog.length === 0) this.#disarm();
  }

  override resume(): void {
    super.resume();
    if (!this.closed) this.#awaitContent();
  }

  /** The client, or the connection, is no longer there for this stream. */
  lose(reason: AbortReason): void {
    this.#disarm();
    if (this.closed) return;
    this.closed = true;
    if (this.#handler === ignoringHandler) this.#lostUnheard = reason;
    else this.#handler.onAbort(reason);
  }

  /** The acceptor has returned. */
  accepted(handler: ServerStreamHandler): void {
    this.#handler = handler;
    if (this.#lostUnheard !== null) handler.onAbort(this.#lostUnheard);
  }

  override release(): void {
    super.release();
    this.#disarm();
  }

  protected override deliver(content: Buffer): void {
    this.#touch();
    this.#handler.onData(content);
  }

  protected override deliverEnd(trailers: readonly Field[] | null): void {
    if (this.backlog.length === 0) this.#disarm();
    this.#handler.onEnd(trailers);
  }

  protected override onWrongLength(): void {
    this.connection.violate(this, PROTOCOL_ERROR, 'content that content-length does not promise');
  }

  /** The response is whole. What is left of the request is read and dropped (section 8.1). */
  override onLocalEnd(): void {
    this.localEnded = true;
    this.release();
    if (!this.remoteEnded) this.#arm(this.connection.limits.lingerTimeout);
    this.connection.settle(this);
  }

  override onWritable(): void {
    if (!this.closed) this.#handler.onWritable();
  }

  override onStall(): void {
    this.#arm();
  }

  override onFlow(): void {
    if (this.remoteEnded || this.paused || this.#isTunnel) this.#disarm();
  }

  #touch(): void {
    if (this.#contentDeadline?.armed === true && this.backlog.length === 0) this.#arm();
  }

  /** An open tunnel may be silent for as long as the proxy likes. */
  #awaitContent(): void {
    if (!this.remoteEnded && !this.paused && !this.#isTunnel) this.#arm();
  }

  #arm(milliseconds = this.connection.limits.bodyTimeout): void {
    this.#contentDeadline ??= new Deadline(() => this.#onSilence());
    this.connection.wheel.arm(this.#contentDeadline, milliseconds);
  }

  #disarm(): void {
    if (this.#contentDeadline !== null) this.connection.wheel.disarm(this.#contentDeadline);
  }

  #onSilence(): void {
    const code = this.localEnded ? NO_ERROR : CANCEL;
    this.lose('client-timeout');
    this.connection.reset(this, code);
  }
}

/** RFC 8441 section 5: the tunnel is open after 200, and the handshake's key has no answer. */
function tunnelHead(head: ResponseHead): ResponseHead {
  const fields = head.fields.filter((field) => field.name !== 'sec-websocket-accept');
  return { status: 200, fields, contentLength: -1, upgrade: '' };
}
