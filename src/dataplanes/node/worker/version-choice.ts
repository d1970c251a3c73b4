import type { Deadline, DeadlineWheel } from '../io/deadlines.ts';
import type { SocketTransport, TransportHandler } from '../io/transport.ts';

/** `PRI `: no other method of HTTP begins so (RFC 9113 section 3.4). */
const preface = Buffer.from('PRI ');

/**
 * Waits for the first bytes of a connection without TLS, which tell HTTP/2 with prior knowledge (RFC 9113 section 3.3)
 * from HTTP/1.1, and hands the connection over.
 */
export class VersionChoice implements TransportHandler {
  readonly #transport: SocketTransport;
  readonly #wheel: DeadlineWheel;
  readonly #deadline: Deadline;
  readonly #open: (http2: boolean) => TransportHandler;
  readonly #onGone: () => void;
  #held: Buffer | null = null;

  /**
   * @param deadline armed by the caller; disarmed when the choice is made
   * @param onGone the client left before it had said enough
   */
  constructor(
    transport: SocketTransport,
    wheel: DeadlineWheel,
    deadline: Deadline,
    open: (http2: boolean) => TransportHandler,
    onGone: () => void,
  ) {
    this.#transport = transport;
    this.#wheel = wheel;
    this.#deadline = deadline;
    this.#open = open;
    this.#onGone = onGone;
  }

  onData(chunk: Buffer): void {
    const bytes = this.#held === null ? chunk : Buffer.concat([this.#held, chunk]);
    const size = Math.min(bytes.length, preface.length);
    const fits = preface.compare(bytes, 0, size, 0, size) === 0;
    if (fits && size < preface.length) {
      this.#held = bytes;
      return;
    }
    this.#wheel.disarm(this.#deadline);
    const handler = this.#open(fits);
    this.#transport.attach(handler);
    handler.onData(bytes);
  }

  onDrain(): void {}

  onEnd(): void {
    this.#transport.destroy();
  }

  onClose(): void {
    this.#wheel.disarm(this.#deadline);
    this.#onGone();
  }
}
