import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { allocatorTrim } from './allocator.ts';

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
/** Fewer connections that have ended leave too little behind. */
const manyConnections = 64;

/** What `node --expose-gc` has; null where there is none. */
function garbageCollection(): (() => void) | null {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('typeof gc === "function" ? gc : null') as ((options: object) => void) | null;
  // The only one that also empties pages which are hardly used.
  return collect === null ? null : () => collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** Gives back what V8 and the C library keep. */
export function memoryRelease(): () => void {
  const collect = garbageCollection();
  const trim = allocatorTrim();
  return () => {
    collect?.();
    trim?.();
  };
}

/**
 * Gives back the memory that changes and connections have taken, some time after the last one. V8 keeps what it once had:
 * the pages that a configuration of thousands of routes went through while it was read are most of a process that does
 * little else; and so does the C library with what connections had. That takes some ten milliseconds, in which nothing
 * else is done, so it waits for a moment in which `isIdle`.
 */
export class MemoryReturn {
  readonly #isIdle: () => boolean;
  readonly #release: () => void;
  #timer: NodeJS.Timeout | null = null;
  /** The most connections since memory was given back. */
  #most = 0;
  #connections = 0;

  constructor(isIdle: () => boolean = () => true, release = memoryRelease()) {
    this.#isIdle = isIdle;
    this.#release = release;
  }

  /** Something changed. */
  changed(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#onQuiet(), quiet);
    this.#timer.unref();
  }

  /** So many connections are open at this moment. */
  observe(connections: number): void {
    this.#connections = connections;
    this.#most = Math.max(this.#most, connections);
    if (this.#timer === null && this.#most - connections >= manyConnections) this.changed();
  }

  #onQuiet(): void {
    if (!this.#isIdle()) {
      this.changed();
      return;
    }
    this.#timer = null;
    this.#most = this.#connections;
    this.#release();
  }
}
