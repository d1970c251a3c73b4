import { bounds } from './bounds.ts';

/** The last streams that this side has reset: frames that the peer sent before it knew are no error (RFC 9113 section 5.4.2). */
export class RecentResets {
  /** Oldest first. */
  #ids: Set<number> | null = null;

  add(streamId: number): void {
    this.#ids ??= new Set();
    if (this.#ids.size >= bounds.recentResets) {
      for (const oldest of this.#ids) {
        this.#ids.delete(oldest);
        break;
      }
    }
    this.#ids.add(streamId);
  }

  has(streamId: number): boolean {
    return this.#ids?.has(streamId) === true;
  }
}
