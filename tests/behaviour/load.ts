import { Agent } from 'node:https';
import type { TestContext } from 'node:test';
import { ask } from './harness.ts';

/** Requests one after the other on several kept connections, until it is stopped. */
export interface Load {
  /** Resolves when each connection has had some more answers. */
  progress(): Promise<void>;
  /** Everything that was not an answer with status 200. */
  stop(): Promise<readonly string[]>;
}

const connections = 4;
const answersOfProgress = 20;

export function startLoad(t: TestContext, port: number, path: string): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  t.after(() => agent.destroy());
  const failures: string[] = [];
  let running = true;
  let answered = 0;
  let waiting: { readonly until: number; readonly done: () => void }[] = [];
  const ask1 = async (): Promise<void> => {
    try {
      const { status, body } = await ask(port, path, { agent });
      if (status !== 200) failures.push(`${status} ${body}`);
    } catch (error) {
      failures.push(String(error));
    }
    answered += 1;
    for (const { until, done } of waiting) if (answered >= until) done();
    waiting = waiting.filter(({ until }) => answered < until);
  };
  const client = async (): Promise<void> => {
    while (running) await ask1();
  };
  const clients = Promise.all(Array.from({ length: connections }, client));
  return {
    progress: () =>
      new Promise((done) => {
        waiting.push({ until: answered + connections * answersOfProgress, done });
      }),
    async stop() {
      running = false;
      await clients;
      return failures;
    },
  };
}
