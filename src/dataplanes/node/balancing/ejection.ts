import type { ConnectFailure } from '../proxy/connector.ts';

/** Milliseconds for which an endpoint is passed over after its first failed connection; doubles with each further one. */
const firstBackOff = 1_000;
const longestBackOff = 30_000;

/** Milliseconds after which a backend cannot be expected to refuse a handshake any more. */
const proofTime = 1_000;

/** Whether an endpoint is passed over because connections to it fail, and when it is tried again. */
export class Ejection {
  /** Why the last connection failed; null where it is not passed over. */
  #cause: ConnectFailure | null = null;
  #failures = 0;
  #failedAt = 0;
  #dueAt = 0;
  #late = false;

  get cause(): ConnectFailure | null {
    return this.#cause;
  }

  get active(): boolean {
    return this.#cause !== null;
  }

  /**
   * Connections come about before the backend refuses them (TLS 1.3 judges the client's certificate last): that one comes
   * about proves nothing, that one stays does.
   */
  get awaitsProof(): boolean {
    return this.#late && this.#cause !== null;
  }

  /** Whether a connection that was made then, and is still there, is proof that the endpoint is well. */
  isProof(madeAt: number, now: number): boolean {
    return madeAt > this.#failedAt && now - madeAt >= proofTime;
  }

  /**
   * A connection failed.
   *
   * @param late it had come about
   * @returns whether the endpoint is passed over from now on, and was not before
   */
  failed(cause: ConnectFailure, now: number, late = false): boolean {
    const begins = this.#cause === null;
    // Who takes connections and refuses them right after has not recovered in between.
    if (now - this.#failedAt > 2 * longestBackOff) this.#failures = 0;
    this.#cause = cause;
    this.#late = late;
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
