import type { Socket } from 'node:net';
import type { AccessLog, AccessRecord } from '../proxy/access-log.ts';
import type { StreamLog, StreamRecord } from '../stream/stream-record.ts';
import type { RefusalLog, RefusedRequest } from './refused-request.ts';

/** Lines are handed over together: after this long, in milliseconds, or at this many characters. */
const flushDelay = 50;
const batchSize = 65_536;
/** What may wait for the control process to take it. Requests are never slowed for their log. */
const maxPending = 8_388_608;

/** One line, or a few, for each record. */
export interface AccessLogRendering {
  readonly exchange: (record: AccessRecord) => string;
  readonly refused: (record: RefusedRequest) => string;
  readonly stream: (record: StreamRecord) => string;
}

/** Renders records and passes them on in batches of whole lines. Drops and counts lines when nobody takes them. */
export class AccessLogWriter implements AccessLog, RefusalLog, StreamLog {
  dropped = 0;
  readonly #output: Socket;
  readonly #rendering: AccessLogRendering;
  #lines = '';
  #timer: NodeJS.Timeout | null = null;

  constructor(output: Socket, rendering: AccessLogRendering) {
    this.#output = output;
    this.#rendering = rendering;
  }

  write(record: AccessRecord): void {
    if (this.#takes()) this.#add(this.#rendering.exchange(record));
  }

  writeRefused(record: RefusedRequest): void {
    if (this.#takes()) this.#add(this.#rendering.refused(record));
  }

  writeStream(record: StreamRecord): void {
    if (this.#takes()) this.#add(this.#rendering.stream(record));
  }

  #takes(): boolean {
    if (this.#output.writableLength <= maxPending) return true;
    this.dropped += 1;
    return false;
  }

  #add(line: string): void {
    this.#lines += line;
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
