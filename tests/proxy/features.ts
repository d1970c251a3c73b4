import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import type { Model } from '../../src/model/model.ts';
import type { Route } from '../../src/model/route.ts';
import { listen } from './gateway.ts';
import { backend, endpoints, modelOfRoutes } from './model.ts';

/** A request as a backend got it. */
export interface Got {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A backend that remembers what it got, and answers as a test says. */
export interface RecordingBackend {
  readonly port: number;
  readonly requests: readonly Got[];
  /** Once there have been so many requests. */
  got(count: number): Promise<readonly Got[]>;
}

/** @param answer is given how many requests there were before this one */
export async function startBackend(
  t: TestContext,
  answer: (response: ServerResponse, before: number) => void = (response) => response.end('ok'),
): Promise<RecordingBackend> {
  const requests: Got[] = [];
  const waiting = new Set<() => void>();
  const handle: RequestListener = (incoming, response) => {
    void text(incoming).then(
      (body) => {
        const { method = '', url = '', headers } = incoming;
        requests.push({ method, url, headers, body });
        answer(response, requests.length - 1);
        for (const each of waiting) each();
      },
      () => {},
    );
  };
  const port = await listen(t, createServer(handle));
  const got = (count: number): Promise<readonly Got[]> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (requests.length < count) return;
        waiting.delete(look);
        resolve(requests);
      };
      waiting.add(look);
      look();
    });
  return { port, requests, got };
}

/** Routes of one listener, and backends by name with their ports. */
export function modelTo(routes: readonly Route[], ports: Readonly<Record<string, readonly number[]>>): Model {
  return modelOfRoutes(routes, {
    backends: Object.keys(ports).map((id) => backend(id)),
    endpoints: Object.entries(ports).map(([id, own]) =>
      endpoints(
        id,
        own.map((port) => ['127.0.0.1', port] as const),
      ),
    ),
  });
}
