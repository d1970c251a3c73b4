import type { Socket } from 'node:net';
import type { AccessLog, AccessRecord } from '../proxy/access-log.ts';

/** Lines are handed over together: after this long, in milliseconds, or at this many characters. */
const flushDelay = 50;
const batchSize = 65_536;
/** What may wait for the control process to take it. Requests are never slowed for their log. */
const maxPending = 8_388_608;

/** Renders records and passes them on in batches of whole lines. Drops and counts lines when nobody takes them. */
export class AccessLogWriter implements AccessLog {
  dropped = 0;
  readonly #output: Socket;
  readonly #render: (record: AccessRecord) => string;
  #lines = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(output: Socket, render: (record: AccessRecord) => string) {
    this.#output = output;
    this.#render = render;
  }

  write(record: AccessRecord): void {
    if (this.#output.writableLength > maxPending) {
      this.dropped += 1;
      return;
    }
    this.#lines += this.#render(record);
    if (this.#lines.length >= batchSize) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), flushDelay);
  }

  /** Hands over what waits; `done` follows when it is with the system. */
  flush(done?: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '' || done !== undefined) this.#output.write(lines, done === undefined ? undefined : () => done());
  }
}
