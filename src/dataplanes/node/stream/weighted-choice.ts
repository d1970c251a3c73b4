/** The fractional part of the golden ratio: its multiples spread evenly over [0, 1). */
const goldenRatio = 0.618_033_988_749_894_9;

/** Chooses by weight. Shares are exact over few choices, because they follow a low-discrepancy sequence. */
export class WeightedChoice<T extends { readonly weight: number }> {
  readonly #values: readonly T[];
  readonly #total: number;
  #position: number;

  /** @param start where the sequence starts, 0 up to 1, so that workers do not choose in step */
  constructor(values: readonly T[], start: number) {
    this.#values = values.filter(({ weight }) => weight > 0);
    this.#total = this.#values.reduce((sum, { weight }) => sum + weight, 0);
    this.#position = start;
  }

  /** Null where the total weight is zero. */
  next(): T | null {
    this.#position = (this.#position + goldenRatio) % 1;
    let point = this.#position * this.#total;
    for (const value of this.#values) {
      point -= value.weight;
      if (point < 0) return value;
    }
    return this.#values.at(-1) ?? null;
  }
}
