import type { Backend, Endpoint } from '../../../model/backend.ts';
import type { Health } from '../balancing/candidate.ts';
import { type Verdict, type VerdictKey, verdictKey } from './verdict.ts';

/** The newest verdicts that a worker knows, whichever worker made the checks. */
export class HealthTable {
  readonly #verdicts = new Map<VerdictKey, Verdict>();

  /** What is known of an endpoint. Without checks it is healthy. */
  healthOf(backend: Backend, endpoint: Endpoint): Health {
    if (backend.healthCheck === undefined) return 'healthy';
    const verdict = this.verdictOf(backend, endpoint);
    if (verdict === undefined) return 'unknown';
    return verdict.healthy ? 'healthy' : 'unhealthy';
  }

  verdictOf({ id }: Pick<Backend, 'id'>, endpoint: Endpoint): Verdict | undefined {
    return this.#verdicts.get(verdictKey(id, endpoint));
  }

  record(verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) this.#verdicts.set(verdictKey(verdict.backend, verdict), verdict);
  }

  /** Forgets what is not checked any more. */
  retain(keys: ReadonlySet<VerdictKey>): void {
    for (const key of this.#verdicts.keys()) if (!keys.has(key)) this.#verdicts.delete(key);
  }
}
