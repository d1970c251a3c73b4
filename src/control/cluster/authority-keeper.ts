import { errorOf } from '../../model/thrown.ts';
import { Retries } from './retries.ts';
import { WorkQueue } from './work-queue.ts';

export interface AuthorityKeeperOptions {
  /** Writes the Secret as it should be. */
  readonly restore: () => Promise<void>;
  /** Why it could not be written; must not throw. */
  readonly onTrouble: (cause: Error) => void;
}

/** Writes at once, and a second. */
const bounds = { concurrency: 1, rate: 5 };
const secret = 'the Secret of the authority';

/**
 * Has the Secret of the stream's authority hold what the leader certifies by, whatever somebody does to it. A later leader
 * that found none would make another authority, and the pods of all Gateways would be without a controller until they have
 * new credentials.
 */
export class AuthorityKeeper {
  readonly #queue: WorkQueue;
  readonly #retries = new Retries();
  #leading = false;

  constructor({ restore, onTrouble }: AuthorityKeeperOptions) {
    this.#queue = new WorkQueue({
      ...bounds,
      work: async () => {
        try {
          await restore();
          this.#retries.forget(secret);
          return null;
        } catch (cause) {
          const error = errorOf(cause);
          onTrouble(error);
          return this.#retries.after(secret, error);
        }
      },
    });
  }

  /** The Secret is another one, or gone. */
  touched(): void {
    if (this.#leading) this.#queue.add(secret);
  }

  /** Writes from now on, and once for what happened before. */
  lead(): void {
    this.#leading = true;
    this.#queue.start();
    this.touched();
  }

  /** Resolves when what is under way is written. */
  async stop(): Promise<void> {
    this.#leading = false;
    await this.#queue.stop();
    this.#retries.clear();
  }
}
