import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { BackendConnectionTls } from '../proxy/connector.ts';
import type { StreamConnectionOwner } from '../stream/backend-stream.ts';
import type { Established } from './backend-attempt.ts';
import type { BackendHandshake } from './backend-handshake.ts';

/** A connection to a backend that carries bytes as they come. */
export class EstablishedStream implements Established {
  readonly protocol = 'TCP';
  readonly address: string;
  readonly tls: BackendConnectionTls | null;
  readonly #owner: StreamConnectionOwner;
  readonly #socket: Socket;

  constructor(owner: StreamConnectionOwner, socket: Socket, address: string, handshake: BackendHandshake | null) {
    this.#owner = owner;
    this.#socket = socket;
    this.address = address;
    this.tls = handshake !== null && socket instanceof TLSSocket ? handshake.describe(socket) : null;
  }

  announce(): void {
    this.#owner.onConnected(this.#socket, this.address, this.tls);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
