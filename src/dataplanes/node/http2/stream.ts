import type { Field } from '../http/field.ts';
import { bounds } from './bounds.ts';
import type { Connection } from './connection.ts';
import type { FrameMark } from './frame-writer.ts';
import { nothing } from './sender.ts';

/**
 * A stream's two directions (RFC 9113 section 5), the same for clients and servers. What the messages mean is the
 * subclass's.
 */
export abstract class Stream implements FrameMark {
  readonly id: number;
  readonly connection: Connection;

  /** The last frame, see `FrameMark`. */
  batch = 0;
  flagsAt = 0;

  /** What the peer still takes. Negative after it shrank its initial window (section 6.9.2). */
  sendWindow: number;
  /** What the peer may still send. */
  receiveWindow: number = bounds.streamWindow;
  /** END_STREAM has been sent, or received. */
  localEnded = false;
  remoteEnded = false;
  /** Nothing more is told to the handler, and nothing is taken from it. */
  closed = false;

  /** Credit that the peer has not been told of yet. */
  unannounced = 0;
  /** Content that arrived after the handler was done with the stream. */
  discarded = 0;

  /* The sender's. */
  backlog: Buffer[] = nothing;
  backlogSize = 0;
  endWaits = false;
  waitingTrailers: string | null = null;
  awaitsWritable = false;
  isQueued = false;
  nextQueued: Stream | null = null;

  /** What content-length still promises, or -1. */
  #promised = -1;
  #paused = false;
  /** Content that arrived while paused. */
  #held: Buffer[] = nothing;
  #endHeld = false;
  #heldTrailers: readonly Field[] | null = null;
  /** Received bytes that are not taken, or that were taken before a pause. */
  #uncredited = 0;

  constructor(connection: Connection, id: number) {
    this.connection = connection;
    this.id = id;
    this.sendWindow = connection.peer.initialWindow;
  }

  /** Content that arrived and may be taken. */
  protected abstract deliver(content: Buffer): void;
  protected abstract deliverEnd(trailers: readonly Field[] | null): void;
  /** The content is not what content-length promised: the message is malformed (section 8.1.1). */
  protected abstract onWrongLength(): void;
  /** END_STREAM has gone out. */
  abstract onLocalEnd(): void;
  /** There is room again after `send` returned false. */
  abstract onWritable(): void;
  /** Content waits for the peer, and just now began to or moved a little. */
  abstract onStall(): void;
  /** No content waits any more. */
  abstract onFlow(): void;

  get paused(): boolean {
    return this.#paused;
  }

  /** How much content is to come: bytes, or -1 for any. */
  protected promise(length: number): void {
    this.#promised = length;
  }

  /** Content from the wire; the windows know of it already. */
  receive(content: Buffer): void {
    if (content.length === 0) return;
    if (this.#promised >= 0) {
      this.#promised -= content.length;
      if (this.#promised < 0) {
        this.connection.receiver.credit(null, content.length);
        this.onWrongLength();
        return;
      }
    }
    this.#uncredited += content.length;
    if (this.#paused) {
      if (this.#held === nothing) this.#held = [];
      this.#held.push(content);
      return;
    }
    this.deliver(content);
    this.#credit();
  }

  /** END_STREAM from the wire. */
  receiveEnd(trailers: readonly Field[] | null): void {
    if (this.#promised > 0) {
      this.onWrongLength();
      return;
    }
    this.remoteEnded = true;
    this.connection.settle(this);
    if (this.#paused) {
      this.#endHeld = true;
      this.#heldTrailers = trailers;
    } else {
      this.deliverEnd(trailers);
    }
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused || this.closed) return;
    this.#paused = false;
    while (this.#held.length > 0 && !this.#paused && !this.closed) this.deliver(this.#held.shift() as Buffer);
    if (this.closed || this.#paused) return;
    this.#credit();
    if (this.#endHeld) {
      this.#endHeld = false;
      this.deliverEnd(this.#heldTrailers);
    }
  }

  /** Lets go of everything that waits, in both directions. */
  release(): void {
    this.closed = true;
    this.connection.sender.drop(this);
    this.#held = nothing;
    this.#endHeld = false;
    this.#paused = false;
    this.#credit();
  }

  #credit(): void {
    if (this.#paused || this.#uncredited === 0) return;
    const size = this.#uncredited;
    this.#uncredited = 0;
    this.connection.receiver.credit(this.remoteEnded || this.closed ? null : this, size);
  }
}
