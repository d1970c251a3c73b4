import { bounds } from './bounds.ts';

/**
 * The last streams that this side has reset. Frames that the peer sent before it knew are no error (RFC 9113 section
 * 5.4.2), but it cannot have sent more content than the stream's window allowed.
 */
export class RecentResets {
  /** What each stream's window still allowed, oldest stream first. */
  #windows: Map<number, number> | null = null;
  /** Some have been forgotten, so that a stream which is not known may have been one. */
  #forgetful = false;

  add(streamId: number, window: number): void {
    this.#windows ??= new Map();
    if (this.#windows.size >= bounds.recentResets) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest);
        break;
      }
      this.#forgetful = true;
    }
    this.#windows.set(streamId, window);
  }

  /** Whether a frame of a closed stream may have crossed the reset. */
  mayHaveCrossed(streamId: number): boolean {
    return this.#forgetful || this.#windows?.has(streamId) === true;
  }

  /** Takes content off a stream's window; false where the peer could not send it, or where the stream is not known. */
  spend(streamId: number, size: number): boolean {
    const window = this.#windows?.get(streamId);
    if (window === undefined || size > window) return false;
    this.#windows?.set(streamId, window - size);
    return true;
  }
}
