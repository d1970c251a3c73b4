/** A session that a backend gave, and until when it may stand for the verification that was done then. */
export interface CachedSession {
  readonly session: Buffer;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

/**
 * TLS sessions to resume (RFC 8446 section 2.2). A resumed handshake shows no certificate, so a key has to hold all that
 * the certificate was judged by. Bounded; the session that was stored longest ago goes first.
 */
export class SessionCache {
  readonly #capacity: number;
  readonly #sessions = new Map<string, CachedSession>();

  constructor(capacity = 4_096) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** The newest session of that key, or undefined. */
  find(key: string, now: number): CachedSession | undefined {
    const found = this.#sessions.get(key);
    if (found === undefined) return undefined;
    if (found.expires > now) return found;
    this.#sessions.delete(key);
    return undefined;
  }

  store(key: string, session: Buffer, expires: number): void {
    this.#sessions.delete(key);
    if (this.#sessions.size >= this.#capacity) {
      for (const oldest of this.#sessions.keys()) {
        this.#sessions.delete(oldest);
        break;
      }
    }
    this.#sessions.set(key, { session, expires });
  }

  /** A session that the backend did not take up, or whose connection was refused, is not offered again. */
  forget(key: string): void {
    this.#sessions.delete(key);
  }
}
