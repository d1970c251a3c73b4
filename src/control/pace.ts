/** Milliseconds, and multiples of the time that a change kept the process busy. */
const rests = { first: 1, most: 6, longest: 1_000 };

/**
 * How long to rest between changes. The first after a silence is taken up at once. In a flood the rests grow: each
 * translation is of all objects, so taking up every change by itself would keep busy a machine that others need too, those
 * who make the changes among others.
 */
export class Pace {
  #multiple = rests.first;
  #restedAt = 0;

  /** Asked when a change is to be taken up. @returns milliseconds to wait; 0 where the last one is long enough ago */
  rest(now: number): number {
    const left = Math.max(0, this.#restedAt - now);
    this.#multiple = left === 0 ? rests.first : Math.min(this.#multiple * 2, rests.most);
    return left;
  }

  /** A change was taken up, which kept the process busy for so many milliseconds. */
  busy(milliseconds: number, now: number): void {
    this.#restedAt = now + Math.min(milliseconds * this.#multiple, rests.longest);
  }
}
