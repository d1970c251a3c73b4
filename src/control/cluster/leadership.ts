import type { Carrier } from './placement.ts';
import type { StatusWriter } from './status-writer.ts';

/** What a leader does that others do not: it has data planes in pods, and writes statuses. */
export class Leadership {
  readonly #carrier: Pick<Carrier, 'lead' | 'stop'>;
  readonly #writer: Pick<StatusWriter, 'lead' | 'stop'>;
  /** Numbers the times of leading, so that one that is over begins nothing. */
  #term = 0;
  #ended = false;

  constructor(carrier: Pick<Carrier, 'lead' | 'stop'>, writer: Pick<StatusWriter, 'lead' | 'stop'>) {
    this.#carrier = carrier;
    this.#writer = writer;
  }

  /** Statuses wait until it is known what is open: a new leader must not tell that nothing is. Never rejects. */
  async lead(): Promise<void> {
    if (this.#ended) return;
    this.#term += 1;
    const term = this.#term;
    await this.#carrier.lead();
    if (term === this.#term) this.#writer.lead();
  }

  /**
   * Resolves when nothing is written any more. Never rejects. Both are told at once: a write may hang for as long as the API
   * server is silent, and whoever leads again by then must not be stopped for the time before.
   */
  async stop(): Promise<void> {
    this.#term += 1;
    await Promise.all([this.#writer.stop(), this.#carrier.stop()]);
  }

  /** Stops for good: whoever is elected after that does nothing. Never rejects. */
  async end(): Promise<void> {
    this.#ended = true;
    await this.stop();
  }
}
