import https from 'node:https';
import type { BackendState } from '../../diagnosis/backend-state.ts';
import { askAdmin } from '../admin.ts';
import { CommandFailure } from '../failure.ts';
import { type DemoBackend, demoHost } from './scenario.ts';
import type { DemoPlace } from './screen.ts';

/** Milliseconds. */
const patience = 10_000;

/** Asks for every route through the gateway, as a client would, and returns the status codes by path. */
export async function requestAll(
  backends: readonly DemoBackend[],
  place: DemoPlace,
  ca: string,
): Promise<ReadonlyMap<string, number>> {
  const answers = new Map<string, number>();
  for (const { path } of backends) answers.set(path, await request(place.httpsPort, path, ca));
  return answers;
}

function request(port: number, path: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, ca, servername: demoHost, headers: { host: demoHost } };
    const sent = https.get({ ...options, agent: false, timeout: patience }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.on('timeout', () => sent.destroy(new Error(`${path} was not answered within ${patience / 1_000} s`)));
    sent.on('error', (cause) =>
      reject(new CommandFailure(`the demo's gateway does not answer on port ${port}: ${cause.message}`, { cause })),
    );
  });
}

/** What the gateway saw of its backends, by service, from its admin API as anyone would ask it. */
export async function observeBackends(place: DemoPlace): Promise<ReadonlyMap<string, BackendState>> {
  if (place.admin === null) return new Map();
  const { backends } = (await askAdmin(place.admin, '/api/backends')) as { readonly backends: readonly BackendState[] };
  return new Map(backends.map((state) => [state.service, state]));
}
