/** How much of something a peer may do: `capacity` at once, and `perSecond` more in the long run. */
export interface Allowance {
  readonly capacity: number;
  readonly perSecond: number;
}

const monotonic = (): number => performance.now();

/** A token bucket. It looks at the clock only when it is empty. */
export class Budget {
  readonly #allowance: Allowance;
  readonly #clock: () => number;
  #left: number;
  #since: number;

  /** @param clock milliseconds that never go back */
  constructor(allowance: Allowance, clock: () => number = monotonic) {
    this.#allowance = allowance;
    this.#clock = clock;
    this.#left = allowance.capacity;
    this.#since = clock();
  }

  /** False when nothing is left. */
  spend(): boolean {
    if (this.#left < 1) this.#refill();
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** Gives back for something useful that the peer did. */
  earn(amount: number): void {
    this.#left = Math.min(this.#allowance.capacity, this.#left + amount);
  }

  #refill(): void {
    const now = this.#clock();
    this.earn(((now - this.#since) / 1000) * this.#allowance.perSecond);
    this.#since = now;
  }
}
