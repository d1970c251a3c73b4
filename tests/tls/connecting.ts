import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer, type TlsOptions } from 'node:tls';
import type { IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { FieldCache } from '../../src/dataplanes/node/http/field.ts';
import type { RequestHead, ResponseHead } from '../../src/dataplanes/node/http/message.ts';
import type { StreamFailure } from '../../src/dataplanes/node/http/stream.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { defaultLimits } from '../../src/dataplanes/node/limits.ts';
import type {
  ConnectAttempt,
  Connected,
  ConnectFailure,
  Connector,
  ConnectTarget,
} from '../../src/dataplanes/node/proxy/connector.ts';
import { BackendConnector } from '../../src/dataplanes/node/tls/connector.ts';
import type { KeyMaterial, Model } from '../../src/model/model.ts';

export const request: RequestHead = {
  method: 'GET',
  target: '/',
  authority: 'orders.test',
  fields: [],
  contentLength: -1,
  expectContinue: false,
  upgrade: '',
  acceptsTrailers: false,
};

export function makeConnector(t: TestContext, model: Model, keys: KeyMaterial): BackendConnector {
  const wheel = new DeadlineWheel(20);
  t.after(() => wheel.stop());
  return new BackendConnector({ limits: defaultLimits, wheel, cache: new FieldCache() }, model, keys);
}

export type Outcome =
  | { readonly type: 'connected'; readonly connected: Connected }
  | { readonly type: 'failed'; readonly failure: ConnectFailure };

/** One attempt; the connection is closed when the test ends. */
export function connectTo(t: TestContext, connector: Connector, target: Partial<ConnectTarget>): Promise<Outcome> {
  return new Promise((resolve) => {
    const attempt: ConnectAttempt = connector.connect({ host: '', http1Only: false, ...target } as ConnectTarget, {
      onConnected: (connected) => resolve({ type: 'connected', connected }),
      onFailed: (failure) => resolve({ type: 'failed', failure }),
      onCapacity: () => {},
      onClosed: () => {},
    });
    t.after(() => attempt.cancel());
  });
}

/** The response to one request, or why there is none. */
export function exchange(connected: Connected): Promise<ResponseHead | StreamFailure> {
  return new Promise((resolve) => {
    let head: ResponseHead | null = null;
    connected.connection.open(request, true, {
      onInformational: () => {},
      onHead: (response, ended) => {
        head = response;
        if (ended) resolve(response);
      },
      onData: () => {},
      onEnd: () => head !== null && resolve(head),
      onAbort: resolve,
      onWritable: () => {},
    });
  });
}

const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

/** A TLS server that answers everything with 200 over HTTP/1.1. */
export async function tlsBackend(
  t: TestContext,
  certificate: IssuedCertificate,
  options: TlsOptions = {},
): Promise<number> {
  const server = createServer({ cert: certificate.chain, key: certificate.key, ...options }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => socket.write(answer));
  });
  // A refused handshake is what many tests are about.
  server.on('tlsClientError', () => {});
  return listen(t, server);
}

/** A server of bare TCP. */
export function tcpBackend(t: TestContext, onConnection: (socket: Socket) => void): Promise<number> {
  return listen(t, createTcpServer(onConnection));
}

async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
