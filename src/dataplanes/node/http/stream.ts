import type { Field } from './field.ts';
import type { RequestHead, ResponseHead } from './message.ts';

/*
 * The seam between HTTP versions and the proxy. A server connection (HTTP/1.1 or HTTP/2) calls an `Acceptor` for each
 * request; a client connection carries it on. Neither side knows the other's version.
 *
 * Rules that both versions keep:
 * - Chunks are handed over: the giver never writes to a chunk again, so a receiver may keep it.
 * - `write` returns false when the receiver has enough; the giver then pauses and waits for `onWritable`.
 *   Writing all the same is allowed and buffered, so nothing is lost, but what is buffered is the giver's fault.
 * - `onEnd` says that the peer's message is whole: no `onData` follows, the other direction goes on. Where the head said
 *   `ended`, neither `onData` nor `onEnd` follows. After status 101 it says that the peer sends no more into the tunnel.
 * - `onAbort` can come until both directions have ended, also after `onEnd`, and is the last call that a handler gets.
 *   A response that ends before its request has ended ends both: the rest of the request is not delivered, or not sent.
 * - After a stream's own `abort()`, and after both directions have ended, its handler gets no calls and calls on it are
 *   ignored.
 * - Nothing here throws.
 */

/** What a log line and a policy may know about a client's connection. */
export interface ClientConnectionInfo {
  /** Model id of the listener. */
  readonly listener: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Null on a plaintext listener. */
  readonly tls: ClientTlsInfo | null;
}

export interface ClientTlsInfo {
  readonly version: string;
  readonly cipher: string;
  /** Empty where the client sent none. */
  readonly serverName: string;
  /** The value of X-Forwarded-Client-Cert. Absent where backends are told nothing, or the client presented none. */
  readonly certificate?: string;
}

/** One request and its response, as the server side of a connection sees it. */
export interface ServerStream {
  readonly head: RequestHead;
  /** True when the head was all of the request. */
  readonly ended: boolean;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';
  readonly client: ClientConnectionInfo;
  /** A 1xx response other than 101, at any time before `respond`. Ignored where the client could not understand it. */
  inform(status: number, fields: readonly Field[]): void;
  /**
   * Sends the head. `ended` says that no content follows. After status 101 both directions are a tunnel of bytes: the
   * handler's `onData` gets what the client sends, `write` sends to it.
   */
  respond(head: ResponseHead, ended: boolean): void;
  write(chunk: Buffer): boolean;
  /** Ends the content; trailers are dropped where the client cannot take them. */
  end(trailers: readonly Field[] | null): void;
  /** Breaks off: RST_STREAM, or a closed connection when the response had begun. Never a response that looks whole. */
  abort(): void;
  /** Stops and restarts the request's content. */
  pause(): void;
  resume(): void;
}

/** What the proxy does with one request's further events. */
export interface ServerStreamHandler {
  onData(chunk: Buffer): void;
  onEnd(trailers: readonly Field[] | null): void;
  /** The client went away or broke the rules. No response can be sent any more. */
  onAbort(reason: AbortReason): void;
  /** The response may be written again after `write` returned false. */
  onWritable(): void;
}

/** Takes a new request. Calls on `stream` may be made before this returns. */
export type Acceptor = (stream: ServerStream) => ServerStreamHandler;

/** Why a client's request ended early, for the log. */
export type AbortReason = 'client-closed' | 'client-reset' | 'client-protocol-error' | 'client-timeout' | 'shutdown';

/** One request on its way to a backend. */
export interface ClientStream {
  write(chunk: Buffer): boolean;
  end(trailers: readonly Field[] | null): void;
  /** Gives the request up. HTTP/1.1 closes the connection, HTTP/2 resets the stream. */
  abort(): void;
  /** Stops and restarts the response's content. */
  pause(): void;
  resume(): void;
}

export interface ClientStreamHandler {
  /** A 1xx response other than 101. */
  onInformational(status: number, fields: readonly Field[]): void;
  onHead(head: ResponseHead, ended: boolean): void;
  onData(chunk: Buffer): void;
  onEnd(trailers: readonly Field[] | null): void;
  onAbort(failure: StreamFailure): void;
  onWritable(): void;
}

/** Why a backend's response ended early or never came. */
export interface StreamFailure {
  readonly type: 'connection-closed' | 'connection-reset' | 'stream-reset' | 'protocol-error' | 'upgrade-refused';
  /** One sentence for the log. */
  readonly message: string;
  /**
   * No byte of the request can have been acted on: the connection died idle before the backend answered anything
   * (RFC 9112 section 9.3.1), or it refused the stream (REFUSED_STREAM, GOAWAY below its id).
   */
  readonly unprocessed: boolean;
  /** What the socket told, such as a TLS alert of the backend; null where it told nothing. */
  readonly cause: Error | null;
}

/** A connection to a backend that can carry requests. */
export interface ClientConnection {
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** How many more requests it can take right now; 0 when busy, closing or closed. */
  readonly capacity: number;
  /** How many requests it has carried or is carrying. */
  readonly used: number;
  /**
   * Sends a request. `ended` says that no content follows. Only while `capacity` is above 0.
   * `head.authority` becomes Host or :authority.
   */
  open(head: RequestHead, ended: boolean, handler: ClientStreamHandler): ClientStream;
  /** Closes once the requests on it have ended; takes no more. */
  retire(): void;
  /** Closes at once. */
  destroy(): void;
}

/** What a pool learns from its connections. */
export interface ClientConnectionOwner {
  /** Capacity rose from 0, or an HTTP/2 peer changed its limit. */
  onCapacity(connection: ClientConnection): void;
  /** It will carry no more requests. Called once. */
  onClosed(connection: ClientConnection): void;
}
