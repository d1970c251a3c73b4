import type { Limits } from '../limits.ts';
import { type Refusal, refusal } from './failure.ts';

/** How an exchange stands in which nothing moves. */
interface Silence {
  readonly upgraded: boolean;
  /** The backend does not read. */
  readonly blocked: boolean;
  readonly idle: number | null | undefined;
}

/**
 * What becomes of an exchange in which no byte has moved for some time, or null while that is no longer than it may be.
 * A client that stands still is its connection's to judge; here it is the backend that does.
 *
 * @param quiet milliseconds
 * @param state `idle` is what the route says: milliseconds, null for no limit
 */
export function verdictOnSilence(quiet: number, { upgraded, blocked, idle }: Silence, limits: Limits): Refusal | null {
  if (idle !== undefined) return idle !== null && quiet >= idle ? (upgraded ? idleTunnel : silent) : null;
  if (upgraded) return quiet > limits.tunnelIdleTimeout ? idleTunnel : null;
  if (blocked && quiet > limits.bodyTimeout) return notReading;
  return quiet > limits.backendSilence ? silent : null;
}

const idleTunnel = refusal(504, 'tunnel-idle', 'no byte moved through the upgraded connection');
const notReading = refusal(504, 'backend-timeout', "the backend stopped reading the request's content");
const silent = refusal(504, 'backend-timeout', 'the backend was silent for too long');
