import http from 'node:http';
import https from 'node:https';
import { type Answer, ask, Http2Client, type Target } from './clients.ts';
import type { Lifetime } from './farside.ts';

/** Requests without pause, in each way that clients make connections, until it is stopped. */
export interface Load {
  /** Resolves when each kind of client has had some more answers. */
  progress(): Promise<void>;
  /** What went wrong: a request without an answer, an answer that is not 200, a kept connection that ended. */
  stop(): Promise<readonly string[]>;
}

const answersOfProgress = 10;

interface Client {
  readonly name: string;
  ask(): Promise<Answer>;
}

/** Kept connections of HTTP/1.1 and HTTP/2, and a new connection for each request. */
export async function startLoad(lifetime: Lifetime, target: Target, path: string): Promise<Load> {
  const options = { keepAlive: true, maxSockets: 1 };
  const agent = target.ca === undefined ? new http.Agent(options) : new https.Agent(options);
  const session = await Http2Client.connect(target);
  lifetime.after(() => {
    agent.destroy();
    session.close();
  });
  let connections = 0;
  agent.on('free', (socket: { farsideSeen?: boolean }) => {
    if (socket.farsideSeen !== true) connections += 1;
    socket.farsideSeen = true;
  });
  const clients: readonly Client[] = [
    { name: 'HTTP/1.1, kept', ask: () => ask(target, path, agent) },
    { name: 'HTTP/2', ask: () => session.ask(path) },
    { name: 'new connections', ask: () => ask(target, path) },
  ];
  const failures: string[] = [];
  const answered = clients.map(() => 0);
  let waiting: { readonly least: readonly number[]; readonly done: () => void }[] = [];
  let running = true;

  const repeat = async ({ name, ask }: Client, index: number): Promise<void> => {
    while (running) {
      try {
        const { status, body } = await ask();
        if (status !== 200) failures.push(`${name}: ${status} ${body}`);
      } catch (cause) {
        failures.push(`${name}: ${cause}`);
        // One line for what is broken for good.
        if (session.over && name === 'HTTP/2') return;
      }
      answered[index] = (answered[index] ?? 0) + 1;
      const met = waiting.filter(({ least }) => least.every((count, at) => (answered[at] ?? 0) >= count));
      waiting = waiting.filter((each) => !met.includes(each));
      for (const { done } of met) done();
    }
  };
  const all = Promise.all(clients.map(repeat));
  // A client that stopped for good must not leave anybody waiting.
  void all.then(() => {
    for (const { done } of waiting) done();
  });
  return {
    progress: () =>
      new Promise((done) => {
        waiting.push({ least: answered.map((count) => count + answersOfProgress), done });
      }),
    async stop() {
      running = false;
      await all;
      if (connections > 1) failures.push(`HTTP/1.1, kept: needed ${connections} connections`);
      return failures;
    },
  };
}
