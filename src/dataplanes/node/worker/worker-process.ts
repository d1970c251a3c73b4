import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { LineRelay } from './line-relay.ts';
import type { Order, Report, WorkerSettings } from './messages.ts';

/** What the control process learns of a worker. */
export interface WorkerOwner {
  onReport(report: Report): void;
  /** It has ended, whether or not it was asked to. Called once. */
  onExit(code: number | null, signal: NodeJS.Signals | null): void;
}

const compiled = import.meta.url.endsWith('.js');
const entry = fileURLToPath(new URL(compiled ? './main.js' : './main.ts', import.meta.url));
const openSslConfiguration = fileURLToPath(new URL('./openssl.cnf', import.meta.url));

/**
 * A small young generation, in MiB per semi-space: a request allocates so little that a larger one was not measurably
 * faster, while V8 lets a large one grow and keeps it, which many idle connections would pay for.
 */
const nodeFlags = [
  '--max-semi-space-size=4',
  // `node:ffi`, see allocator.ts, says that it is one; nobody who runs a gateway can do anything about that.
  '--disable-warning=ExperimentalWarning',
];

/** One worker process, as the control process sees it. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #exited = false;

  constructor(settings: WorkerSettings, relay: LineRelay, owner: WorkerOwner) {
    this.#child = fork(entry, [], {
      execArgv: nodeFlags,
      // Configuration holds keys and certificates as they are; JSON would also lose buffers.
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: { OPENSSL_CONF: openSslConfiguration, ...process.env },
    });
    if (this.#child.stdout !== null) relay.follow(this.#child.stdout);
    this.#child.on('message', (message) => owner.onReport(message as Report));
    this.#child.once('error', () => this.#end(owner, null, null));
    this.#child.once('exit', (code, signal) => this.#end(owner, code, signal));
    this.send({ type: 'start', settings });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** A worker that has ended gets nothing; its end is told on its own. */
  send(order: Order): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  kill(): void {
    if (!this.#exited) this.#child.kill('SIGKILL');
  }

  #end(owner: WorkerOwner, code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#exited) return;
    this.#exited = true;
    owner.onExit(code, signal);
  }
}
