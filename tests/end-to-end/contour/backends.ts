import { createServer as createHttpServer } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { authority, startHttpsBackend } from '../shop.ts';

/*
 * The real backends behind the HTTPProxies. Most of them answer with what they were asked.
 */

const lifetime = { after };
const backendCertificate = await authority.issue({ dns: ['orders.internal'] });

/** What a backend tells of the request that it got. */
export interface Described {
  readonly secure: boolean;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly serverName: string | false;
}

const describe = (
  secure: boolean,
  headers: Readonly<Record<string, unknown>>,
  url = '',
  serverName: string | false = '',
): string => JSON.stringify({ secure, url, headers, serverName });

/** How often the server without TLS was asked for anything, and the one that is not well for its health. */
export const asked = { plain: 0, unwell: 0 };

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  return (server.address() as AddressInfo).port;
}

export const tlsPort = await startHttpsBackend(lifetime, backendCertificate, (request, response) => {
  const { servername } = request.socket as TLSSocket & { servername: string | false };
  response.end(describe(true, request.headers, request.url, servername));
});

export const plainPort = await listen(
  createHttpServer((request, response) => {
    asked.plain += 1;
    response.end(describe(false, request.headers, request.url));
  }),
);

export const h2Port = await listen(
  createSecureServer({ cert: backendCertificate.chain, key: backendCertificate.key }, (request, response) =>
    response.end(describe(true, request.headers, request.url)),
  ),
);

/** Two HTTPS servers of one Service; one of them says that it is not well. */
export const wellPort = await startHttpsBackend(lifetime, backendCertificate, (_, response) => response.end('well'));
export const unwellPort = await startHttpsBackend(lifetime, backendCertificate, (request, response) => {
  if (request.url === '/healthz') asked.unwell += 1;
  response.statusCode = request.url === '/healthz' ? 500 : 200;
  response.end('unwell');
});

/** Paths that the mirror was sent. */
export const mirrored: string[] = [];
export const mirrorPort = await startHttpsBackend(lifetime, backendCertificate, (request, response) => {
  mirrored.push(request.url ?? '');
  response.end();
});

/** Says who it is, then what it hears. */
const echo = (greeting: string) => (socket: NodeJS.ReadWriteStream) => {
  socket.on('error', () => {});
  socket.write(greeting);
  socket.pipe(socket);
};
export const echoPort = await listen(createServer(echo('plain ')));
export const tlsEchoPort = await listen(
  createTlsServer({ cert: backendCertificate.chain, key: backendCertificate.key }, echo('tls ')),
);
