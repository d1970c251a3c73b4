import { type Configuration, diff, emptyConfiguration } from '../delta.ts';
import type { Verdict } from '../health/verdict.ts';
import type { EjectedEndpoint } from '../proxy/pool/backends.ts';
import type { WatchedWorker } from './endpoint-watch.ts';
import type { LineRelay } from './line-relay.ts';
import type { ListenFailure, Order, Report, WorkerSettings, WorkerSnapshot } from './messages.ts';
import { WorkerProcess } from './worker-process.ts';

/** What one worker made of a configuration. */
export interface Acknowledgement {
  readonly open: readonly string[];
  readonly failures: readonly ListenFailure[];
}

/** What happens to workers, for the gateway's own log and its metrics. */
export type WorkerEvent =
  | { readonly type: 'started'; readonly worker: number; readonly pid: number }
  | {
      readonly type: 'died';
      readonly worker: number;
      readonly code: number | null;
      readonly signal: string | null;
      /** Milliseconds until it is started anew. */
      readonly restartIn: number;
    };

export interface SlotOptions {
  readonly worker: number;
  readonly settings: WorkerSettings;
  readonly relay: LineRelay;
  onEvent(event: WorkerEvent): void;
  /** `open` of the slot is another. */
  onOpenChanged(): void;
  /** The process takes orders from now on. */
  onStarted(slot: WorkerSlot): void;
  onDied(slot: WorkerSlot): void;
  onHealth(slot: WorkerSlot, verdicts: readonly Verdict[]): void;
  onEjections(slot: WorkerSlot, endpoints: readonly EjectedEndpoint[]): void;
  /** Counts that would be lost with a worker that died. */
  onLost(snapshot: WorkerSnapshot): void;
}

const firstDelay = 100;
const longestDelay = 10_000;
/** A worker that lived this long has earned a quick restart. */
const healthyAfter = 30_000;
const measureTimeout = 2_000;

interface Wanted {
  readonly configuration: Configuration;
  readonly revision: number;
  readonly ticketSecret: Buffer;
}

/** The place of one worker: the process that fills it, started anew when it dies, and what it should have in force. */
export class WorkerSlot implements WatchedWorker {
  restarts = 0;
  /** Ids of the listeners that the process has open; null while there is none that has a configuration in force. */
  open: readonly string[] | null = null;
  readonly #options: SlotOptions;
  #process: WorkerProcess | null = null;
  #ready = false;
  #dismissed = false;
  #startedAt = 0;
  #delay = firstDelay;
  #timer: NodeJS.Timeout | null = null;
  /** What the process has been sent. */
  #sent: Configuration = emptyConfiguration;
  #wanted: Wanted | null = null;
  #acknowledge: { readonly revision: number; readonly done: (made: Acknowledgement) => void } | null = null;
  #measuring: { readonly request: number; readonly done: (snapshot: WorkerSnapshot | null) => void } | null = null;
  #requests = 0;
  #last: WorkerSnapshot | null = null;
  #ended: (() => void) | null = null;

  constructor(options: SlotOptions) {
    this.#options = options;
    this.#start();
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** Not before it is ready; what is sent then is lost, and `onStarted` is the time to send it. */
  send(order: Order): void {
    if (this.#ready) this.#process?.send(order);
  }

  get pid(): number | null {
    return this.#process?.pid ?? null;
  }

  /** Resolves when a process in this slot has it in force, were it the next one. One call at a time. */
  apply(configuration: Configuration, revision: number, ticketSecret: Buffer): Promise<Acknowledgement> {
    this.#wanted = { configuration, revision, ticketSecret };
    return new Promise((done) => {
      this.#acknowledge = { revision, done };
      if (this.#ready) this.#sendConfiguration(this.#wanted as Wanted);
    });
  }

  /** The counts of now, or the last known ones of a process that does not answer. */
  measure(): Promise<WorkerSnapshot | null> {
    const process = this.#process;
    if (process === null || !this.#ready) return Promise.resolve(null);
    this.#measuring?.done(this.#last);
    this.#requests += 1;
    const request = this.#requests;
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(this.#last), measureTimeout);
      const done = (snapshot: WorkerSnapshot | null) => {
        clearTimeout(timer);
        this.#measuring = null;
        resolve(snapshot);
      };
      this.#measuring = { request, done };
      process.send({ type: 'measure', request });
    });
  }

  /** Serves on, and asks clients to go elsewhere; the next process of the slot as well. */
  dismiss(): void {
    this.#dismissed = true;
    if (this.#ready) this.#process?.send({ type: 'dismiss' });
  }

  /** Lets what is in flight end, at most for that many milliseconds; resolves when the process is gone. */
  async drain(timeout: number): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const process = this.#process;
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    if (process === null) return;
    process.send({ type: 'drain', timeout });
    // A process that does not even keep its own timeout.
    const timer = setTimeout(() => process.kill(), timeout + 1_000);
    await ended;
    clearTimeout(timer);
  }

  #start(): void {
    this.#timer = null;
    this.#ready = false;
    this.#sent = emptyConfiguration;
    this.#last = null;
    this.#startedAt = performance.now();
    const { settings, relay } = this.#options;
    this.#process = new WorkerProcess(settings, relay, {
      onReport: (report) => this.#onReport(report),
      onExit: (code, signal) => this.#onExit(code, signal),
    });
  }

  #sendConfiguration({ configuration, revision, ticketSecret }: Wanted): void {
    const delta = diff(this.#sent, configuration);
    this.#sent = configuration;
    this.#process?.send({ type: 'apply', revision, delta, ticketSecret });
  }

  #onReport(report: Report): void {
    switch (report.type) {
      case 'ready':
        this.#ready = true;
        this.#options.onEvent({ type: 'started', worker: this.#options.worker, pid: this.#process?.pid ?? 0 });
        if (this.#wanted !== null) this.#sendConfiguration(this.#wanted);
        this.#options.onStarted(this);
        if (this.#dismissed) this.dismiss();
        break;
      case 'health':
        this.#options.onHealth(this, report.verdicts);
        break;
      case 'ejections':
        this.#options.onEjections(this, report.endpoints);
        break;
      case 'applied':
        this.open = report.open;
        this.#options.onOpenChanged();
        if (this.#acknowledge?.revision !== report.revision) break;
        this.#acknowledge.done({ open: report.open, failures: report.failures });
        this.#acknowledge = null;
        break;
      case 'measured':
        this.#last = report.snapshot;
        if (this.#measuring?.request === report.request) this.#measuring.done(report.snapshot);
    }
  }

  #onExit(code: number | null, signal: NodeJS.Signals | null): void {
    this.#process = null;
    this.#ready = false;
    this.#options.onDied(this);
    if (this.#last !== null) this.#options.onLost(this.#last);
    this.#last = null;
    this.#measuring?.done(null);
    this.open = null;
    if (this.#ended !== null) {
      this.#ended();
      return;
    }
    this.#options.onOpenChanged();
    if (performance.now() - this.#startedAt > healthyAfter) this.#delay = firstDelay;
    const restartIn = this.#delay;
    this.#delay = Math.min(this.#delay * 2, longestDelay);
    this.restarts += 1;
    this.#options.onEvent({ type: 'died', worker: this.#options.worker, code, signal, restartIn });
    this.#timer = setTimeout(() => this.#start(), restartIn);
  }
}
