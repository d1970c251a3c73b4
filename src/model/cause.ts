import type { Origin } from './origin.ts';

/** What is wrong with that which a response of the gateway's own stands for, for the log. Clients are not told. */
export interface Cause {
  /** One sentence that names the objects. */
  readonly message: string;
  readonly origin: Origin;
}
