import type { Socket } from 'node:net';
import { Deadline } from '../io/deadlines.ts';
import { type Hello, maxHello, readClientHello } from '../tls/client-hello.ts';
import type { SecureSections } from '../tls/secure-sections.ts';
import type { ClientServices } from './client-connections.ts';

export interface HelloOwner {
  /**
   * The client has said, or failed to say, which server name it wants. The socket is paused.
   *
   * @param hello null where the client left or took too long
   * @param bytes all that was read
   */
  onHello(socket: Socket, hello: Hello | null, sections: SecureSections, bytes: Buffer): void;
}

/** Collects a connection's first bytes until they are a whole ClientHello. */
export class HelloReader {
  readonly #socket: Socket;
  readonly #owner: HelloOwner;
  readonly #sections: SecureSections;
  readonly #services: Pick<ClientServices, 'wheel' | 'limits'>;
  readonly #deadline: Deadline;
  #bytes: Buffer = Buffer.alloc(0);

  constructor(
    socket: Socket,
    owner: HelloOwner,
    sections: SecureSections,
    services: Pick<ClientServices, 'wheel' | 'limits'>,
  ) {
    this.#socket = socket;
    this.#owner = owner;
    this.#sections = sections;
    this.#services = services;
    this.#deadline = new Deadline(() => this.#finish(null));
    services.wheel.arm(this.#deadline, services.limits.handshakeTimeout);
    socket.on('error', ignore);
    socket.on('data', this.#onData);
    socket.once('close', this.#onClose);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    const hello = readClientHello(this.#bytes);
    if (hello.type !== 'incomplete' || this.#bytes.length > maxHello) this.#finish(hello);
  };

  readonly #onClose = (): void => this.#finish(null);

  #finish(hello: Hello | null): void {
    const socket = this.#socket;
    this.#services.wheel.disarm(this.#deadline);
    socket.off('data', this.#onData);
    socket.off('close', this.#onClose);
    socket.pause();
    this.#owner.onHello(socket, hello, this.#sections, this.#bytes);
    // Without listeners of ours left, the buffers of the hello are free to go.
    this.#bytes = Buffer.alloc(0);
  }
}

/** What ends a socket is told by its `close`. */
const ignore = (): void => {};
