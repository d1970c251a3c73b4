import type { HealthCheck } from '../../../model/health.ts';

/** What the checks of one endpoint add up to. */
export class EndpointHealth {
  #healthy: boolean | null;
  #cause = '';
  /** Checks in a row that speak for the other verdict. */
  #against = 0;

  /** @param healthy what is known from checks that another worker made, or null */
  constructor(healthy: boolean | null) {
    this.#healthy = healthy;
  }

  /** Null before the first check has ended. */
  get healthy(): boolean | null {
    return this.#healthy;
  }

  /** Why the last check that failed did; empty where none has. */
  get cause(): string {
    return this.#cause;
  }

  /**
   * Takes one more outcome.
   *
   * @param cause why the check failed, or null where it passed
   * @returns whether there is something new to tell
   */
  record(cause: string | null, { healthyThreshold, unhealthyThreshold }: HealthCheck): boolean {
    const before = this.#healthy;
    const causeBefore = this.#cause;
    const passed = cause === null;
    if (cause !== null) this.#cause = cause;
    if (before === null) this.#healthy = passed;
    else if (before === passed) this.#against = 0;
    else {
      this.#against += 1;
      if (this.#against >= (passed ? healthyThreshold : unhealthyThreshold)) this.#healthy = passed;
    }
    if (this.#healthy !== before) this.#against = 0;
    return this.#healthy !== before || (this.#healthy === false && cause !== null && cause !== causeBefore);
  }
}
