import type { Transport } from '../../src/dataplanes/node/io/transport.ts';

/** A transport whose output is kept. Its peer takes bytes as long as `blocked` is false. */
export class MemoryTransport implements Transport {
  readonly parts: Buffer[] = [];
  blocked = false;
  ended = false;
  destroyed = false;
  onDestroy: (() => void) | null = null;

  get buffered(): number {
    return this.blocked ? this.parts.reduce((sum, part) => sum + part.length, 0) : 0;
  }

  write(chunk: Buffer | string): boolean {
    // A copy: what the writer does with its memory later must not show here.
    this.parts.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : Buffer.from(chunk));
    return !this.blocked;
  }

  flush(): boolean {
    return !this.blocked;
  }

  pause(): void {}

  resume(): void {}

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    const told = this.onDestroy;
    if (told !== null) queueMicrotask(told);
  }

  /** What was written since the last call. */
  take(): Buffer {
    return Buffer.concat(this.parts.splice(0));
  }
}

/** Lets the writers' end-of-turn flush happen. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
