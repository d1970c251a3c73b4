import type { Retry } from '../../../model/route.ts';
import type { ResponseHead } from '../http/message.ts';

/** Where a route does not say: endpoints that take no connection, connections that had died, streams refused. */
const unaskedAttempts = 3;
/** Milliseconds, where a route asks for retries and states no interval. Envoy's. */
const defaultBackoff = 25;
/** How many times its interval a back-off grows to. Envoy's. */
const longestGrowth = 10;
/** The longest time that timers take, milliseconds. */
const longestDelay = 2_147_483_647;

/** When a route's requests are tried again, compiled. */
export class RetryPolicy {
  /** The route says it itself. Else only what is certainly harmless is tried again, and at once. */
  readonly asked: boolean;
  /** The first one included. */
  readonly maxAttempts: number;
  readonly #codes: ReadonlySet<number>;
  /** Null where none is asked for. */
  readonly #grpcStatuses: ReadonlySet<number> | null;
  readonly #backoff: number;

  constructor(retry?: Retry) {
    this.asked = retry !== undefined;
    this.maxAttempts = retry === undefined ? unaskedAttempts : retry.attempts + 1;
    this.#codes = new Set(retry?.codes);
    this.#grpcStatuses = retry?.grpcStatuses === undefined ? null : new Set(retry.grpcStatuses);
    this.#backoff = retry?.backoff ?? defaultBackoff;
  }

  /** Whether a response with this head is reason to ask again. */
  covers({ status, fields }: ResponseHead): boolean {
    if (this.#codes.has(status)) return true;
    if (this.#grpcStatuses === null || status !== 200) return false;
    const told = fields.find(({ name }) => name === 'grpc-status')?.value;
    return told !== undefined && this.#grpcStatuses.has(Number(told));
  }

  /**
   * Milliseconds before the next attempt: the interval, doubled with each attempt up to ten times itself, and up to half
   * of that more, so that those who failed together do not come back together. Never less than what the route states.
   *
   * @param attempts so far
   * @param random 0 up to 1
   */
  delay(attempts: number, random: number): number {
    const interval = this.#backoff * Math.min(longestGrowth, 2 ** (attempts - 1));
    return Math.min(longestDelay, interval * (1 + random / 2));
  }
}
