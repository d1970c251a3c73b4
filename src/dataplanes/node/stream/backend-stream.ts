import type { Socket } from 'node:net';
import type { BackendConnectionTls, ConnectAttempt, ConnectFailure, ConnectTarget } from '../proxy/connector.ts';

/** Makes connections for streams; `Connector` says when which of the owner's methods is called. */
export interface StreamConnector {
  connectStream(target: ConnectTarget, owner: StreamConnectionOwner): ConnectAttempt;
}

/** Who asked for a connection that carries bytes as they come. */
export interface StreamConnectionOwner {
  /**
   * The connection is up and, where the backend has TLS, verified. The socket has an `error` listener and is not read yet.
   *
   * @param address `10.0.0.7:443`, resolved
   */
  onConnected(socket: Socket, address: string, tls: BackendConnectionTls | null): void;
  onFailed(failure: ConnectFailure): void;
}
