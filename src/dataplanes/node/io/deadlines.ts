/**
 * Coarse timeouts for connections and requests: setting and clearing one costs a few pointer writes, whatever their
 * number, because a request sets several and nearly all are cleared.
 */
export class Deadline {
  /** @internal The wheel's links. */
  next: Deadline;
  previous: Deadline;
  ticks = 0;
  readonly onExpired: () => void;

  constructor(onExpired: () => void) {
    this.onExpired = onExpired;
    this.next = this;
    this.previous = this;
  }

  get armed(): boolean {
    return this.next !== this;
  }
}

const slots = 256;

/** A hashed timing wheel. Deadlines expire up to one tick late, never early. */
export class DeadlineWheel {
  readonly tick: number;
  readonly #slots: Deadline[] = Array.from({ length: slots }, () => new Deadline(() => {}));
  readonly #timer: NodeJS.Timeout;
  #now = 0;

  /** @param tick milliseconds */
  constructor(tick = 100) {
    this.tick = tick;
    this.#timer = setInterval(() => this.#advance(), tick);
    this.#timer.unref();
  }

  /** Arms a deadline, moving it where it is armed already. */
  arm(deadline: Deadline, milliseconds: number): void {
    if (deadline.next !== deadline) unlink(deadline);
    deadline.ticks = this.#now + Math.max(1, Math.ceil(milliseconds / this.tick)) + 1;
    const head = this.#slots[deadline.ticks % slots] as Deadline;
    deadline.next = head;
    deadline.previous = head.previous;
    head.previous.next = deadline;
    head.previous = deadline;
  }

  /** Does nothing to a deadline that is not armed. */
  disarm(deadline: Deadline): void {
    if (deadline.next !== deadline) unlink(deadline);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #advance(): void {
    this.#now += 1;
    const head = this.#slots[this.#now % slots] as Deadline;
    // Collected first: an expiry may disarm its neighbours.
    const due: Deadline[] = [];
    for (let each = head.next; each !== head; each = each.next) if (each.ticks <= this.#now) due.push(each);
    for (const deadline of due) {
      if (deadline.next === deadline || deadline.ticks > this.#now) continue;
      unlink(deadline);
      deadline.onExpired();
    }
  }
}

function unlink(deadline: Deadline): void {
  deadline.previous.next = deadline.next;
  deadline.next.previous = deadline.previous;
  deadline.next = deadline;
  deadline.previous = deadline;
}
