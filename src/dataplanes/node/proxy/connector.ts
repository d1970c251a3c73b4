import type { Backend, Endpoint } from '../../../model/backend.ts';
import type { Origin } from '../../../model/origin.ts';
import type { ClientConnection, ClientConnectionOwner, StreamFailure } from '../http/stream.ts';

/*
 * The seam between the proxy's pools and what makes connections: name resolution, TCP, TLS and its verification. A pool
 * never sees a socket and a connector never sees a request.
 */

/** Makes connections to backends. */
export interface Connector {
  /**
   * Starts one connection. Exactly one of `owner.onConnected` and `owner.onFailed` follows, not before this returns, and
   * neither after `cancel`. The connector itself bounds the attempt by `backend.connectTimeout`.
   */
  connect(target: ConnectTarget, owner: ConnectionOwner): ConnectAttempt;
}

/** What to connect to. */
export interface ConnectTarget {
  /** Never a refused one. Its certificates and trust are those of the configuration in force when it is called. */
  readonly backend: Backend;
  readonly endpoint: Endpoint;
  /**
   * The host of the request as the backend gets it, lower-case and without its port: the server name where the backend's TLS says
   * `host-header`. Empty otherwise, because then requests of every host share the connection.
   */
  readonly host: string;
  /** The connection must speak HTTP/1.1 (an upgrade): `h2` is not offered. */
  readonly http1Only: boolean;
  /** No earlier session is taken up: the backend shows its certificate, and it is verified anew. */
  readonly fullHandshake?: true;
}

/** A connection on its way. */
export interface ConnectAttempt {
  /** Gives up. A connection that is already there is closed. */
  cancel(): void;
}

/** What a pool wants to know about one connection, from its first packet to its end. */
export interface ConnectionOwner extends ClientConnectionOwner {
  onConnected(connected: Connected): void;
  onFailed(failure: ConnectFailure): void;
}

/** A connection whose TLS, where the backend has it, is up and verified. */
export interface Connected {
  /** Speaks what ALPN chose; HTTP/1.1 where the backend chose nothing. */
  readonly connection: ClientConnection;
  /** `10.0.0.7:443`, the resolved address. */
  readonly address: string;
  /** Null on a plaintext connection. */
  readonly tls: BackendConnectionTls | null;
  /**
   * Why the backend refused the handshake after all, or null. With TLS 1.3 a backend judges the client's certificate
   * when the client is done already, so its alert arrives where the first response is awaited (RFC 8446 section 4.4.2.4).
   * Asked when a stream failed before its response's head; an answer turns the failure into one of the handshake.
   */
  refusal(failure: StreamFailure): ConnectFailure | null;
}

/** What a log line may know about a backend's connection. */
export interface BackendConnectionTls {
  readonly version: string;
  readonly cipher: string;
  /** The server name that was sent, or an empty string. */
  readonly serverName: string;
  readonly resumed: boolean;
  /** False only where the model says that this backend is not verified. */
  readonly verified: boolean;
}

/** How far an attempt came: name resolution, TCP, the TLS handshake, or the judgement of the backend's certificate. */
export type ConnectStage = 'resolve' | 'connect' | 'tls' | 'verify';

/** Closed, so that metrics can have it as a label. */
export type ConnectFailureReason =
  | 'not-found'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | 'resources'
  | 'plain-http'
  | 'handshake'
  | 'protocol-version'
  | 'cipher-mismatch'
  | 'unrecognized-name'
  | 'alpn-mismatch'
  | 'client-certificate-required'
  | 'client-certificate-refused'
  | 'configuration'
  | 'name-mismatch'
  | 'unknown-ca'
  | 'self-signed'
  | 'missing-intermediate'
  | 'expired'
  | 'not-yet-valid'
  | 'purpose'
  | 'certificate';

/** Why there is no connection. */
export interface ConnectFailure {
  readonly stage: ConnectStage;
  readonly reason: ConnectFailureReason;
  /** What was asked for (`billing.internal`), or an empty string. */
  readonly wanted: string;
  /** What the backend has instead (`orders.internal, *.orders.internal`), or an empty string. */
  readonly presented: string;
  /** One sentence for the log, cause first. Never holds key material. */
  readonly message: string;
  /** What in the configuration asked for the thing that failed, where something did. */
  readonly origin: Origin | null;
}
