import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { isLoopback, isOwnHost } from './host.ts';
import { type AdminSource, type Page, refusal, renderPage } from './pages.ts';

export interface AdminAddress {
  readonly host: string;
  readonly port: number;
}

export interface AdminServer {
  /** Where it listens; the port that the system chose where 0 was asked for. */
  readonly address: AdminAddress;
  close(): Promise<void>;
}

/** Bytes, milliseconds and counts. Scrapers and people need little. */
const bounds = { head: 8_192, request: 5_000, keepAlive: 15_000, connections: 64 };

/** The admin address cannot be listened on. The message says why and what to do. */
export class AdminAddressError extends Error {}

/**
 * Who may read the pages under `/api/`: whoever reaches the server, or only this machine. What is configured may hold what
 * other tenants of a cluster must not know, such as a header with a token that a filter sets; probes and scrapers need
 * none of it, and `kubectl port-forward` comes from within.
 */
export type Readers = 'everybody' | 'this-machine';

/**
 * Serves health, metrics, status and the model. Read-only, and only for requests that name this machine or the configured
 * host. Rejects with `AdminAddressError`.
 */
export async function startAdmin(
  { host, port }: AdminAddress,
  source: AdminSource,
  readers: Readers = 'everybody',
): Promise<AdminServer> {
  const server = createServer({
    maxHeaderSize: bounds.head,
    headersTimeout: bounds.request,
    requestTimeout: bounds.request,
    keepAliveTimeout: bounds.keepAlive,
  });
  boundConnections(server);
  server.on('request', (request, response) => {
    // `answer` settles its own failures.
    void answer(request, response, refuse(request, host, readers), source);
  });
  await listen(server, host, port);
  const { address, port: opened } = server.address() as AddressInfo;
  return {
    address: { host: address, port: opened },
    close: () => close(server),
  };
}

/**
 * Where there are too many connections the oldest goes, and not the newest: a kubelet that cannot ask whether the process
 * is alive ends it, and with it the traffic, so that who holds connections open must keep nobody out.
 */
function boundConnections(server: Server): void {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const [oldest] = sockets;
    if (sockets.size > bounds.connections) oldest?.destroy();
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  refused: Page | null,
  source: AdminSource,
): Promise<void> {
  const page = refused ?? (await renderPage(pathOf(request), source));
  // The connection of a request with content ends here, so that the content need not be read.
  if (request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined) {
    response.setHeader('connection', 'close');
  }
  if (page.status === 405) response.setHeader('allow', 'GET, HEAD');
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  response.end(request.method === 'HEAD' ? undefined : page.body);
}

function refuse(request: IncomingMessage, configured: string, readers: Readers): Page | null {
  if (!isOwnHost(request.headers.host, configured)) {
    return refusal(403, 'the Host header names neither this machine nor the host that --admin gives');
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405, 'only GET and HEAD are answered');
  if (!mayRead(pathOf(request), request.socket.remoteAddress, readers)) {
    return refusal(403, 'only this machine may read what is configured: kubectl port-forward leads to it');
  }
  return null;
}

/** Whether a peer may read a page. */
export function mayRead(path: string, peer: string | undefined, readers: Readers): boolean {
  return readers === 'everybody' || !path.startsWith('/api/') || (peer !== undefined && isLoopback(peer));
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException): void => {
      const reason = reasons[cause.code ?? ''] ?? cause.message;
      reject(
        new AdminAddressError(`the admin server cannot listen on ${host}:${port}: ${reason}; --admin chooses another`, {
          cause,
        }),
      );
    };
    server.once('error', refuse);
    server.listen({ host, port }, () => {
      server.off('error', refuse);
      // Of one connection that could not be accepted: whoever asked tries again.
      server.on('error', () => {});
      resolve();
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process has the port',
  EACCES: 'this user may not open the port',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'the name does not resolve',
};

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
