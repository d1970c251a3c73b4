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

/** As `node --expose-gc` has it. */
type Collect = (options: {
  readonly type: 'major';
  readonly execution: 'sync';
  readonly flavor: 'last-resort';
}) => void;

/**
 * Gives back the memory that changes have taken, some time after the last one. V8 keeps what it once had: the pages that a
 * configuration of thousands of routes went through while it was read are most of a process that does little else. That
 * takes some ten milliseconds, in which nothing else is done, so it waits for a moment in which `isIdle`.
 */
export class MemoryReturn {
  readonly #isIdle: () => boolean;
  readonly #collect: Collect | null;
  #timer: NodeJS.Timeout | null = null;

  constructor(isIdle: () => boolean = () => true) {
    this.#isIdle = isIdle;
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('typeof gc === "function" ? gc : null') as Collect | null;
  }

  /** Something changed. */
  changed(): void {
    if (this.#timer === null) this.#timer = setTimeout(() => this.#onQuiet(), quiet).unref();
    else this.#timer.refresh();
  }

  #onQuiet(): void {
    if (!this.#isIdle()) {
      this.#timer?.refresh();
      return;
    }
    this.#timer = null;
    this.#collect?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }
}
