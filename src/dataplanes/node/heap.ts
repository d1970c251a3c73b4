import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Lets the heap grow by half before garbage is looked for, where V8 would let it grow to a multiple: a whole model is
 * made anew with each change, and what the last one left behind is not worth its memory. A flag that some later V8 does not
 * know changes nothing but that.
 */
export function growHeapSlowly(): void {
  setFlagsFromString('--heap-growing-percent=50');
}

/** Milliseconds without a change, after which memory is given back. */
const quiet = 5_000;

/** What `node --expose-gc` has; null where there is none. */
function garbageCollection(): (() => void) | null {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as ((options: object) => void) | null;
  // The only one that also empties pages which are hardly used.
  return collect === null ? null : () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/**
 * Gives back the memory that changes have taken, some time after the last one. V8 keeps what it once had: the pages that a
 * configuration of thousands of routes went through while it was read are most of a process that does little else. That
 * takes some ten milliseconds, in which nothing else is done, so it waits for a moment in which `isIdle`.
 */
export class MemoryReturn {
  readonly #isIdle: () => boolean;
  readonly #collect: (() => void) | null;
  #timer: NodeJS.Timeout | null = null;

  constructor(isIdle: () => boolean = () => true, collect = garbageCollection()) {
    this.#isIdle = isIdle;
    this.#collect = collect;
  }

  /** Something changed. */
  changed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onQuiet(), quiet);
    this.#timer.unref();
  }

  #onQuiet(): void {
    if (this.#isIdle()) this.#collect?.();
    else this.changed();
  }
}
