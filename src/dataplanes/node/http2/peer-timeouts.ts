import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type { Limits } from '../limits.ts';

/** What becomes of a connection whose peer lets it wait for too long. */
export interface PeerTimeoutHandler {
  /** Bytes that have not been handed to the kernel. */
  unsent(): number;
  onSlowHead(): void;
  onSlowReader(): void;
  onSlowClose(): void;
}

/** How long a connection waits for its peer: to say what it has begun, to take what is sent, and to close. */
export class PeerTimeouts {
  readonly #wheel: DeadlineWheel;
  readonly #limits: Limits;
  readonly #handler: PeerTimeoutHandler;
  /** A head that has begun, or the first SETTINGS, and has not ended. */
  readonly #head: Deadline;
  /** Output that the peer does not take. */
  readonly #output: Deadline;
  /** A close that the peer does not answer. */
  readonly #linger: Deadline;
  /** Number of the frame that `#head` waits for. */
  #timedFrame = 0;
  /** What was not sent when `#output` was armed. */
  #unsentBefore = 0;

  /** Begins to wait for the first SETTINGS. */
  constructor(wheel: DeadlineWheel, limits: Limits, handler: PeerTimeoutHandler) {
    this.#wheel = wheel;
    this.#limits = limits;
    this.#handler = handler;
    this.#head = new Deadline(() => handler.onSlowHead());
    this.#output = new Deadline(() => this.#onOutputDeadline());
    this.#linger = new Deadline(() => handler.onSlowClose());
    wheel.arm(this.#head, limits.headTimeout);
  }

  /** A frame, by its number, is under way. It is timed from its first bytes on: more bytes do not buy more time. */
  awaitFrame(frame: number): void {
    if (this.#head.armed && this.#timedFrame === frame) return;
    this.#timedFrame = frame;
    this.#wheel.arm(this.#head, this.#limits.headTimeout);
  }

  /** Nothing is under way. */
  awaitNothing(): void {
    this.#wheel.disarm(this.#head);
  }

  /** The writer's call when the transport has enough. The peer may take its time, as long as some bytes leave in each interval. */
  onBlocked(): void {
    if (this.#output.armed) return;
    this.#unsentBefore = this.#handler.unsent();
    this.#wheel.arm(this.#output, this.#limits.bodyTimeout);
  }

  onDrain(): void {
    this.#wheel.disarm(this.#output);
  }

  /** This side has closed. */
  awaitClose(): void {
    this.#wheel.disarm(this.#head);
    this.#wheel.arm(this.#linger, this.#limits.lingerTimeout);
  }

  /** Nothing more is expected of the peer, but for its close. */
  onLost(): void {
    this.#wheel.disarm(this.#head);
    this.#wheel.disarm(this.#output);
  }

  onClose(): void {
    this.#wheel.disarm(this.#linger);
  }

  #onOutputDeadline(): void {
    if (this.#handler.unsent() < this.#unsentBefore) this.onBlocked();
    else this.#handler.onSlowReader();
  }
}
