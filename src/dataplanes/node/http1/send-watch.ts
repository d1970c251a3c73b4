import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type { Transport } from '../io/transport.ts';

/**
 * Watches whether a peer takes what is sent to it. It may take its time, as long as some bytes leave in each interval.
 */
export class SendWatch {
  readonly #transport: Transport;
  readonly #wheel: DeadlineWheel;
  readonly #interval: number;
  readonly #onStalled: () => void;
  readonly #deadline: Deadline;
  #unsent = 0;

  /** @param interval milliseconds in which something must leave */
  constructor(transport: Transport, wheel: DeadlineWheel, interval: number, onStalled: () => void) {
    this.#transport = transport;
    this.#wheel = wheel;
    this.#interval = interval;
    this.#onStalled = onStalled;
    this.#deadline = new Deadline(() => this.#onDeadline());
  }

  start(): void {
    this.#unsent = this.#transport.buffered;
    this.#wheel.arm(this.#deadline, this.#interval);
  }

  /** Allows so many milliseconds after the last byte was written, and more only while bytes are still to leave. */
  linger(milliseconds: number): void {
    this.#unsent = Number.POSITIVE_INFINITY;
    this.#wheel.arm(this.#deadline, milliseconds);
  }

  get running(): boolean {
    return this.#deadline.armed;
  }

  stop(): void {
    this.#wheel.disarm(this.#deadline);
  }

  #onDeadline(): void {
    const unsent = this.#transport.buffered;
    if (unsent > 0 && unsent < this.#unsent) this.start();
    else this.#onStalled();
  }
}
