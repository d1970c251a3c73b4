export interface WorkQueueOptions {
  /** Does the work of one key. Resolves with the milliseconds after which it must be done again, or null. Never rejects. */
  readonly work: (key: string) => Promise<number | null>;
  /** How many keys are worked on at once. */
  readonly concurrency: number;
  /** Works a second, on average; a burst may do as many at once. */
  readonly rate: number;
}

/**
 * Keys whose work is to be done. A key is in it once, however often it is added; one that is added while it is worked
 * on is worked on again. Pausable, since only a leader works.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #waiting = new Set<string>();
  readonly #running = new Set<string>();
  readonly #delays = new Map<string, NodeJS.Timeout>();
  #active = false;
  #tokens: number;
  #refilled = performance.now();
  #timer: NodeJS.Timeout | null = null;
  #idle: (() => void)[] = [];

  constructor(options: WorkQueueOptions) {
    this.#options = options;
    this.#tokens = options.rate;
  }

  add(key: string): void {
    const delay = this.#delays.get(key);
    if (delay !== undefined) clearTimeout(delay);
    this.#delays.delete(key);
    this.#waiting.add(key);
    this.#pump();
  }

  start(): void {
    this.#active = true;
    this.#pump();
  }

  /** Begins nothing more, forgets what waits, and resolves when what is under way is done. */
  async stop(): Promise<void> {
    this.#active = false;
    this.#waiting.clear();
    for (const timer of this.#delays.values()) clearTimeout(timer);
    this.#delays.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#running.size === 0) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #pump(): void {
    if (!this.#active) return;
    this.#refill();
    for (const key of this.#waiting) {
      if (this.#running.size >= this.#options.concurrency) return;
      if (this.#running.has(key)) continue;
      if (this.#tokens < 1) {
        this.#timer ??= setTimeout(() => {
          this.#timer = null;
          this.#pump();
        }, 1_000 / this.#options.rate);
        return;
      }
      this.#tokens -= 1;
      this.#waiting.delete(key);
      this.#running.add(key);
      // `work` never rejects.
      void this.#options.work(key).then((again) => this.#done(key, again));
    }
  }

  #done(key: string, again: number | null): void {
    this.#running.delete(key);
    if (again !== null && this.#active && !this.#waiting.has(key)) {
      this.#delays.set(
        key,
        setTimeout(() => this.add(key), again),
      );
    }
    if (this.#running.size === 0) {
      for (const resolve of this.#idle) resolve();
      this.#idle = [];
    }
    this.#pump();
  }

  #refill(): void {
    const now = performance.now();
    const { rate } = this.#options;
    this.#tokens = Math.min(rate, this.#tokens + ((now - this.#refilled) / 1_000) * rate);
    this.#refilled = now;
  }
}
