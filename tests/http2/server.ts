import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import type { Acceptor, ClientConnectionInfo } from '../../src/dataplanes/node/http/stream.ts';
import { type Http2ProtocolError, Http2ServerConnection } from '../../src/dataplanes/node/http2/server-connection.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { SocketTransport } from '../../src/dataplanes/node/io/transport.ts';
import { defaultLimits, type Limits } from '../../src/dataplanes/node/limits.ts';

/** A server of the engine on a real socket. */
export interface TestServer {
  readonly port: number;
  /** The CA's PEM, empty without TLS. */
  readonly ca: string;
  readonly errors: Http2ProtocolError[];
  readonly connections: Set<Http2ServerConnection>;
  close(): Promise<void>;
}

export async function startServer(
  acceptor: Acceptor,
  options: { readonly tls?: boolean; readonly limits?: Partial<Limits> } = {},
): Promise<TestServer> {
  const wheel = new DeadlineWheel(10);
  const errors: Http2ProtocolError[] = [];
  const connections = new Set<Http2ServerConnection>();
  const settings = {
    acceptor,
    limits: { ...defaultLimits, ...options.limits },
    wheel,
    onProtocolError: (error: Http2ProtocolError) => {
      errors.push(error);
    },
    onClosed: (connection: Http2ServerConnection) => {
      connections.delete(connection);
    },
  };
  const accept = (socket: Socket): void => {
    const client: ClientConnectionInfo = {
      listener: 'test',
      remoteAddress: socket.remoteAddress ?? '',
      remotePort: socket.remotePort ?? 0,
      tls: null,
    };
    const transport = new SocketTransport(socket);
    const connection = new Http2ServerConnection(transport, client, settings);
    connections.add(connection);
    transport.attach(connection);
  };
  let server: Server;
  let ca = '';
  if (options.tls === true) {
    const authority = await CertificateAuthority.create('Test CA');
    const certificate = await authority.issue({ dns: ['localhost'], ips: ['127.0.0.1'] });
    ca = authority.certificate;
    server = createTlsServer(
      { key: certificate.key, cert: certificate.chain, ALPNProtocols: ['h2'], noDelay: true },
      accept,
    );
    server.on('tlsClientError', () => {});
  } else server = createServer({ noDelay: true }, accept);
  const port = await listen(server);
  return {
    port,
    ca,
    errors,
    connections,
    close: async () => {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
      wheel.stop();
    },
  };
}

export function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
