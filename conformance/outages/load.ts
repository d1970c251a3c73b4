import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request that was not answered as it should be. */
export interface Failure {
  /** Milliseconds, as `performance.now()` tells them. */
  readonly began: number;
  readonly ended: number;
  readonly cause: string;
  /** Of the client's connection; 0 where there was none. */
  readonly port: number;
  /** Whether the connection had carried requests before. */
  readonly reused: boolean;
}

export interface LoadOptions {
  readonly host: string;
  readonly port: number;
  /** The Host of the requests. */
  readonly name: string;
  /** Clients that keep their connection, and clients that make one for each request. */
  readonly kept: number;
  readonly fresh: number;
}

/** Milliseconds. */
const timings = { pause: 30, answer: 10_000 };

/** Clients that ask without end, one request at a time each, and note what fails. Nothing is tried again. */
export class Load {
  readonly failures: Failure[] = [];
  answered = 0;
  readonly #options: LoadOptions;
  readonly #clients: Promise<void>[] = [];
  readonly #agents: http.Agent[] = [];
  #ended = false;

  constructor(options: LoadOptions) {
    this.#options = options;
    for (let client = 0; client < options.kept; client += 1) {
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      this.#agents.push(agent);
      this.#clients.push(this.#run(agent));
    }
    for (let client = 0; client < options.fresh; client += 1) this.#clients.push(this.#run(false));
  }

  /** Resolves when the last request was answered. */
  async stop(): Promise<void> {
    this.#ended = true;
    await Promise.all(this.#clients);
    for (const agent of this.#agents) agent.destroy();
  }

  async #run(agent: http.Agent | false): Promise<void> {
    while (!this.#ended) {
      await this.#ask(agent);
      await sleep(timings.pause * (0.5 + Math.random()));
    }
  }

  #ask(agent: http.Agent | false): Promise<void> {
    const { host, port, name } = this.#options;
    const began = performance.now();
    return new Promise((resolve) => {
      let local = 0;
      const fail = (cause: string): void => {
        this.failures.push({ began, ended: performance.now(), cause, port: local, reused: request.reusedSocket });
        resolve();
      };
      const request = http.get({ host, port, agent, headers: { host: name }, timeout: timings.answer }, (response) => {
        response.resume();
        response.once('error', (cause) => fail(`in the middle of the answer: ${cause.message}`));
        response.once('end', () => {
          if (response.statusCode !== 200) return fail(`status ${response.statusCode}`);
          this.answered += 1;
          resolve();
        });
      });
      request.once('socket', (socket) => {
        local = socket.localPort ?? 0;
        if (!socket.connecting) return;
        socket.once('connect', () => {
          local = socket.localPort ?? 0;
        });
      });
      request.once('timeout', () => request.destroy(new Error('no answer')));
      request.once('error', (cause) => fail(cause.message));
    });
  }
}

/** Failures as a person reads them, for the message of an assertion. */
export function describeFailures(failures: readonly Failure[]): string {
  const counts = new Map<string, number>();
  for (const { cause, reused } of failures) {
    const what = `${cause} (${reused ? 'kept' : 'new'} connection)`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([what, count]) => `${count} × ${what}`).join('; ');
}
