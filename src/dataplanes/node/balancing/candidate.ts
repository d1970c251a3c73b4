/** What health checks say. `unknown` until the first one has ended; `healthy` where there are none. */
export type Health = 'healthy' | 'unknown' | 'unhealthy';

/** Where an endpoint is. */
export interface CandidateAddress {
  readonly address: string;
  readonly port: number;
}

/** An endpoint, as far as a choice needs to know it. */
export interface Candidate {
  readonly endpoint: CandidateAddress;
  /** Hash of its address: the same in every worker. */
  readonly identity: number;
  /** Requests, or streams, that it has from this worker. */
  readonly load: number;
  readonly health: Health;
}

/** What rules candidates out. */
export interface Exclusions<T> {
  /** Those of earlier attempts, or null. */
  readonly tried: readonly T[] | null;
  /** `HealthCheck.panicThreshold`, or null where there are no health checks. */
  readonly panicThreshold: number | null;
  readonly isEjected: (candidate: T) => boolean;
}

/**
 * Those that may be chosen, in their order.
 *
 * Health goes first, because it is a verdict: unless too few are healthy, the others get nothing. That no connection comes
 * about is only a likelihood by now: ejected ones are left out as long as others are left.
 */
export function eligible<T extends Candidate>(all: readonly T[], exclusions: Exclusions<T>): readonly T[] {
  const { tried, panicThreshold, isEjected } = exclusions;
  const rest = tried === null ? all : all.filter((each) => !tried.includes(each));
  const wanted = panicThreshold === null || panics(all, panicThreshold) ? rest : healthiest(rest);
  const reachable = wanted.filter((each) => !isEjected(each));
  return reachable.length > 0 ? reachable : wanted;
}

/** Whether so few are healthy that health is not looked at. Those without a verdict count as healthy. */
export function panics(all: readonly Candidate[], threshold: number): boolean {
  const usable = all.reduce((sum, { health }) => (health === 'unhealthy' ? sum : sum + 1), 0);
  return usable * 100 < threshold * all.length;
}

function healthiest<T extends Candidate>(candidates: readonly T[]): readonly T[] {
  const healthy = candidates.filter(({ health }) => health === 'healthy');
  return healthy.length > 0 ? healthy : candidates.filter(({ health }) => health === 'unknown');
}
