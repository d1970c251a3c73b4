import { setTimeout as sleep } from 'node:timers/promises';

/** Milliseconds. */
export interface BackoffOptions {
  readonly first: number;
  readonly longest: number;
}

/** Pauses that double, with jitter, so that those who failed together do not return together. */
export class Backoff {
  readonly #options: BackoffOptions;
  #next: number;

  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#next = options.first;
  }

  reset(): void {
    this.#next = this.#options.first;
  }

  /** Milliseconds from half of the present pause to all of it; the next is twice as long. `least` is what a server asked for. */
  next(least = 0): number {
    const pause = this.#next;
    this.#next = Math.min(pause * 2, this.#options.longest);
    return Math.max(least, pause / 2 + (Math.random() * pause) / 2);
  }

  /** Waits for `next()`, or until the signal; tells whether to go on. */
  async wait(signal: AbortSignal, least = 0): Promise<boolean> {
    return pause(this.next(least), signal);
  }
}

/** Waits; false at once when the signal comes. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
