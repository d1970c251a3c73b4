import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import type { DemoBackend, DemoCertificates } from './scenario.ts';

/** The demo's backends, listening on ephemeral loopback ports. */
export interface RunningBackends {
  /** By service. */
  readonly ports: ReadonlyMap<string, number>;
  close(): Promise<void>;
}

export async function startBackends(
  backends: readonly DemoBackend[],
  certificates: DemoCertificates,
): Promise<RunningBackends> {
  const servers = new Map<string, http.Server>();
  for (const backend of backends) servers.set(backend.service, createServer(backend, certificates));
  const ports = new Map<string, number>();
  for (const [service, server] of servers) ports.set(service, await listen(server));
  return {
    ports,
    close: async () => {
      for (const server of servers.values()) server.closeAllConnections();
      await Promise.all([...servers.values()].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

function createServer(backend: DemoBackend, certificates: DemoCertificates): http.Server {
  const answer: http.RequestListener = (request, response) => {
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    response.end(`${backend.service} answered ${request.method} ${request.url}\n`);
  };
  if (backend.kind === 'plain-http') return http.createServer(answer);
  const issued = certificates.backends.get(backend.service);
  if (issued === undefined) throw new Error(`the demo has no certificate for ${backend.service}`);
  const mutual = backend.kind === 'mutual-tls';
  return https.createServer(
    {
      cert: issued.chain,
      key: issued.key,
      requestCert: mutual,
      rejectUnauthorized: mutual,
      ca: certificates.authority.certificate,
    },
    answer,
  );
}

function listen(server: http.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}
