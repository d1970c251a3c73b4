import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';

/** How a pair of connections ended. `idle` and `reset` cut the other side off, so that no truncated stream looks whole. */
export type SpliceEnd = 'closed' | 'reset' | 'idle' | 'destroyed';

/** Carries bytes between two connections, with the pace of whoever reads more slowly, and each half's end by itself. */
export class Splice {
  received = 0;
  sent = 0;
  readonly #client: Socket;
  readonly #backend: Socket;
  readonly #wheel: DeadlineWheel;
  readonly #idleTimeout: number;
  readonly #onEnded: (end: SpliceEnd) => void;
  readonly #idle: Deadline;
  #last = performance.now();
  #open = 2;
  #end: SpliceEnd = 'closed';

  /**
   * @param idleTimeout milliseconds without any byte in either direction
   * @param onEnded called once, when both sides are closed
   */
  constructor(
    client: Socket,
    backend: Socket,
    wheel: DeadlineWheel,
    idleTimeout: number,
    onEnded: (end: SpliceEnd) => void,
  ) {
    this.#client = client;
    this.#backend = backend;
    this.#wheel = wheel;
    this.#idleTimeout = idleTimeout;
    this.#onEnded = onEnded;
    this.#idle = new Deadline(() => this.#checkIdle());
  }

  /** @param first what the client has sent already */
  start(first: Buffer | null): void {
    if (first !== null && first.length > 0) {
      this.received += first.length;
      this.#backend.write(first);
    }
    this.#wheel.arm(this.#idle, this.#idleTimeout);
    this.#carry(this.#client, this.#backend, (size) => {
      this.received += size;
    });
    this.#carry(this.#backend, this.#client, (size) => {
      this.sent += size;
    });
  }

  destroy(): void {
    this.#cut('destroyed');
  }

  #carry(from: Socket, to: Socket, count: (size: number) => void): void {
    from.allowHalfOpen = true;
    from.on('data', (chunk: Buffer) => {
      this.#last = performance.now();
      count(chunk.length);
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => this.#cut('reset'));
    if (from.closed) {
      this.#closed(from);
      return;
    }
    from.once('close', () => this.#closed(from));
    from.resume();
  }

  #closed(side: Socket): void {
    // It went without saying that it had ended.
    if (!side.readableEnded) this.#cut('reset');
    this.#open -= 1;
    if (this.#open > 0) return;
    this.#wheel.disarm(this.#idle);
    this.#onEnded(this.#end);
  }

  #checkIdle(): void {
    const left = this.#idleTimeout - (performance.now() - this.#last);
    if (left <= 0) this.#cut('idle');
    else this.#wheel.arm(this.#idle, left);
  }

  #cut(end: SpliceEnd): void {
    if (this.#end === 'closed') this.#end = end;
    cutOff(this.#client);
    cutOff(this.#backend);
  }
}

/** Closes so that the peer sees a failure: a reset, and within TLS no close_notify. */
export function cutOff(socket: Socket): void {
  if (socket.destroyed) return;
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}
