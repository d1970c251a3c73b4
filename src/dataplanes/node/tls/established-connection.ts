import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { ClientConnection, StreamFailure } from '../http/stream.ts';
import { Http1ClientConnection } from '../http1/client-connection.ts';
import { Http2ClientConnection } from '../http2/client-connection.ts';
import { SocketTransport } from '../io/transport.ts';
import type { BackendConnectionTls, Connected, ConnectFailure, ConnectionOwner } from '../proxy/connector.ts';
import type { BackendAttempt, Established } from './backend-attempt.ts';
import type { BackendHandshake } from './backend-handshake.ts';
import { errorCode } from './connect-failure.ts';
import { clientCertificateRefused, handshakeFailed } from './handshake-failure.ts';

/** A connection to a backend that is up, and what a refusal after the fact is told from. */
export class EstablishedConnection implements Connected, Established {
  readonly connection: ClientConnection;
  readonly address: string;
  readonly tls: BackendConnectionTls | null;
  readonly #attempt: BackendAttempt;
  readonly #owner: ConnectionOwner;
  readonly #handshake: BackendHandshake | null;

  constructor(
    attempt: BackendAttempt,
    owner: ConnectionOwner,
    socket: Socket,
    address: string,
    handshake: BackendHandshake | null,
  ) {
    this.#attempt = attempt;
    this.#owner = owner;
    this.address = address;
    this.#handshake = handshake;
    this.tls = handshake !== null && socket instanceof TLSSocket ? handshake.describe(socket) : null;
    this.connection = makeConnection(attempt, owner, socket);
  }

  get protocol(): ClientConnection['protocol'] {
    return this.connection.protocol;
  }

  announce(): void {
    this.#owner.onConnected(this);
  }

  destroy(): void {
    this.connection.destroy();
  }

  refusal(failure: StreamFailure): ConnectFailure | null {
    const refusal = this.#judge(failure);
    if (refusal !== null) this.#attempt.services.observations.failed(this.#attempt.target, refusal);
    return refusal;
  }

  #judge(failure: StreamFailure): ConnectFailure | null {
    const handshake = this.#handshake;
    if (handshake === null || this.tls === null || this.tls.resumed) return null;
    const code = errorCode(failure.cause);
    const { tls } = handshake.settings;
    if (code.includes('_ALERT_')) {
      handshake.forgetSession();
      const { serverName, alpn } = handshake;
      return handshakeFailed({ tls, code, certificateSeen: true, serverName, alpn });
    }
    // Some servers close without an alert. A ticket would have said that they accepted the certificate.
    const suspicious = tls.clientCertificate.value !== null && this.tls.version === 'TLSv1.3' && !handshake.ticketed;
    return suspicious && this.connection.used <= 1 ? clientCertificateRefused(tls, '') : null;
  }
}

/** The engine for what ALPN chose; without ALPN `h2c` says that HTTP/2 is known beforehand (RFC 9113 section 3.3). */
function makeConnection(attempt: BackendAttempt, owner: ConnectionOwner, socket: Socket): ClientConnection {
  const { services, target } = attempt;
  const { limits, wheel } = services;
  const transport = new SocketTransport(socket);
  const secure = socket instanceof TLSSocket;
  const chosen = secure ? socket.alpnProtocol : false;
  const http2 = chosen === 'h2' || (typeof chosen !== 'string' && target.backend.protocol === 'h2c');
  const connection = http2
    ? new Http2ClientConnection(transport, owner, { scheme: secure ? 'https' : 'http', limits, wheel })
    : new Http1ClientConnection(transport, owner, services);
  transport.attach(connection);
  return connection;
}
