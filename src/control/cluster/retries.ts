import { ApiError, isConflict } from '../../sources/kubernetes/api-error.ts';

/** Milliseconds. What conflicts is known anew in a moment, unless the watch that tells of it is behind. */
const timings = { first: 500, conflict: 50, longest: 30_000 };

/** When works that fail are done again: the longer in a row one does, the later, and never before the API server allows it. */
export class Retries {
  readonly #next = new Map<string, number>();

  /** The work of a key failed. @returns the milliseconds until it is to be tried again */
  after(key: string, cause: Error): number {
    const delay = this.#next.get(key) ?? (isConflict(cause) ? timings.conflict : timings.first);
    this.#next.set(key, Math.min(delay * 2, timings.longest));
    return Math.max(delay, cause instanceof ApiError ? (cause.retryAfter ?? 0) : 0);
  }

  /** It is done, or not wanted any more. @returns whether it had failed before */
  forget(key: string): boolean {
    return this.#next.delete(key);
  }

  clear(): void {
    this.#next.clear();
  }
}
