import type { ConnectFailure } from '../proxy/connector.ts';

/** Milliseconds for which an endpoint is passed over after its first failed connection; doubles with each further one. */
const firstBackOff = 1_000;
const longestBackOff = 30_000;

/** Whether an endpoint is passed over because connections to it fail, and when it is tried again. */
export class Ejection {
  /** Why the last connection failed; null where it is not passed over. */
  #cause: ConnectFailure | null = null;
  #failures = 0;
  #failedAt = 0;
  #dueAt = 0;

  get cause(): ConnectFailure | null {
    return this.#cause;
  }

  get active(): boolean {
    return this.#cause !== null;
  }

  /** A connection failed. @returns whether the endpoint is passed over from now on, and was not before */
  failed(cause: ConnectFailure, now: number): boolean {
    const begins = this.#cause === null;
    // Who takes connections and refuses them right after has not recovered in between.
    if (now - this.#failedAt > 2 * longestBackOff) this.#failures = 0;
    this.#cause = cause;
    this.#failures += 1;
    this.#failedAt = now;
    this.#dueAt = now + this.#backOff();
    return begins;
  }

  /** A connection came about. @returns whether the endpoint was passed over */
  passed(): boolean {
    const ended = this.#cause !== null;
    this.#cause = null;
    return ended;
  }

  /** Whether it is time to try again. Whoever is told so does it: nobody else is before another back-off. */
  takeTurn(now: number): boolean {
    if (this.#cause === null || now < this.#dueAt) return false;
    this.#dueAt = now + this.#backOff();
    return true;
  }

  /** Nobody wanted to know for so long that it says nothing any more. */
  isStale(now: number): boolean {
    return now - this.#dueAt > longestBackOff;
  }

  #backOff(): number {
    return Math.min(longestBackOff, firstBackOff * 2 ** (this.#failures - 1));
  }
}

/** Whether a failure says something about the endpoint, rather than about the gateway that could not even try. */
export function concernsEndpoint({ reason }: ConnectFailure): boolean {
  return reason !== 'resources' && reason !== 'configuration';
}
