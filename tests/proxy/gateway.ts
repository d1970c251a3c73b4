import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { HealthTable } from '../../src/dataplanes/node/health/health-table.ts';
import { FieldCache } from '../../src/dataplanes/node/http/field.ts';
import type { ClientConnectionInfo, ServerStream } from '../../src/dataplanes/node/http/stream.ts';
import { Http1ClientConnection } from '../../src/dataplanes/node/http1/client-connection.ts';
import { Http1ServerConnection } from '../../src/dataplanes/node/http1/server-connection.ts';
import { Http2ClientConnection } from '../../src/dataplanes/node/http2/client-connection.ts';
import { Http2ServerConnection } from '../../src/dataplanes/node/http2/server-connection.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { SocketTransport } from '../../src/dataplanes/node/io/transport.ts';
import { defaultLimits, type Limits } from '../../src/dataplanes/node/limits.ts';
import type { AccessRecord } from '../../src/dataplanes/node/proxy/access-log.ts';
import type {
  ConnectAttempt,
  ConnectFailure,
  ConnectionOwner,
  Connector,
  ConnectTarget,
} from '../../src/dataplanes/node/proxy/connector.ts';
import { HttpProxy } from '../../src/dataplanes/node/proxy/http-proxy.ts';
import { emptyKeyMaterial, type KeyMaterial, type Model } from '../../src/model/model.ts';

/** What a test lets fail: an answer refuses the connection. */
export type Refuse = (target: ConnectTarget) => ConnectFailure | null;

/** Connects over TCP and counts. Failures of TLS are the test's to invent: the real ones are the connector's tests. */
export class PlainConnector implements Connector {
  readonly targets: ConnectTarget[] = [];
  readonly #settings: { readonly limits: Limits; readonly wheel: DeadlineWheel; readonly cache: FieldCache };
  readonly #refuse: Refuse;

  constructor(settings: PlainConnector['settings'], refuse: Refuse) {
    this.#settings = settings;
    this.#refuse = refuse;
  }

  get settings(): { readonly limits: Limits; readonly wheel: DeadlineWheel; readonly cache: FieldCache } {
    return this.#settings;
  }

  connect(target: ConnectTarget, owner: ConnectionOwner): ConnectAttempt {
    this.targets.push(target);
    const refused = this.#refuse(target);
    if (refused !== null) {
      const timer = setImmediate(() => owner.onFailed(refused));
      return { cancel: () => clearImmediate(timer) };
    }
    const { address, port } = target.endpoint;
    const socket = connect(port, address);
    socket.setNoDelay(true);
    let state: 'connecting' | 'connected' | 'cancelled' = 'connecting';
    socket.once('error', (error) => {
      if (state === 'connecting') owner.onFailed(connectFailure({ message: error.message }));
      state = 'cancelled';
    });
    socket.once('connect', () => {
      if (state !== 'connecting') return;
      state = 'connected';
      const transport = new SocketTransport(socket);
      const connection =
        target.backend.protocol === 'h2c'
          ? new Http2ClientConnection(transport, owner, { ...this.#settings, scheme: 'http' })
          : new Http1ClientConnection(transport, owner, this.#settings);
      transport.attach(connection);
      owner.onConnected({ connection, address: `${address}:${port}`, tls: null, refusal: () => null });
    });
    return {
      cancel: () => {
        if (state === 'connecting') state = 'cancelled';
        socket.destroy();
      },
    };
  }
}

export function connectFailure(parts: Partial<ConnectFailure> = {}): ConnectFailure {
  return { stage: 'connect', reason: 'refused', wanted: '', presented: '', message: 'refused', origin: null, ...parts };
}

export interface Gateway {
  readonly port: number;
  readonly proxy: HttpProxy;
  readonly connector: PlainConnector;
  readonly records: AccessRecord[];
  /** The next record that is written, or the one at an index. */
  record(index?: number): Promise<AccessRecord>;
  update(model: Model, keys?: KeyMaterial): void;
}

export interface GatewayOptions {
  readonly protocol?: 'HTTP/1.1' | 'HTTP/2';
  readonly limits?: Partial<Limits>;
  readonly refuse?: Refuse;
  readonly tls?: ClientConnectionInfo['tls'];
  readonly now?: () => number;
  readonly clock?: () => number;
  readonly sessionSecret?: string;
  readonly health?: HealthTable;
  readonly connector?: (settings: PlainConnector['settings']) => Connector;
}

/** The proxy behind a listening socket, without TLS: the engines and the proxy are the real ones. */
export async function startGateway(t: TestContext, model: Model, options: GatewayOptions = {}): Promise<Gateway> {
  const limits: Limits = { ...defaultLimits, ...options.limits };
  const wheel = new DeadlineWheel(5);
  const cache = new FieldCache();
  const records: AccessRecord[] = [];
  const waiting = new Set<() => void>();
  const connector = new PlainConnector({ limits, wheel, cache }, options.refuse ?? (() => null));
  const proxy = new HttpProxy({
    connector: options.connector?.(connector.settings) ?? connector,
    limits,
    wheel,
    accessLog: {
      write: (record) => {
        records.push(record);
        for (const each of waiting) each();
      },
    },
    sweepPeriod: 10,
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.sessionSecret === undefined ? {} : { sessionSecret: options.sessionSecret }),
    ...(options.health === undefined ? {} : { health: options.health }),
    start: 0,
  });
  proxy.update(model, emptyKeyMaterial);
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    const transport = new SocketTransport(socket);
    const client: ClientConnectionInfo = {
      listener: 'l',
      remoteAddress: socket.remoteAddress ?? '',
      remotePort: socket.remotePort ?? 0,
      tls: options.tls ?? null,
    };
    const settings = {
      acceptor: (stream: ServerStream) => proxy.accept(stream),
      limits,
      wheel,
      cache,
      onProtocolError: () => {},
      onClosed: () => {},
    };
    transport.attach(
      options.protocol === 'HTTP/2'
        ? new Http2ServerConnection(transport, client, settings)
        : new Http1ServerConnection(transport, client, settings),
    );
  });
  const port = await listen(t, server);
  t.after(() => {
    proxy.destroy();
    wheel.stop();
  });
  const record = (index = records.length): Promise<AccessRecord> =>
    new Promise((resolve) => {
      const look = (): void => {
        const found = records[index];
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    port,
    proxy,
    connector,
    records,
    record,
    update: (next, keys = emptyKeyMaterial) => proxy.update(next, keys),
  };
}

/** Listens on a port of the system's choice; after the test the server and its connections are closed. */
export async function listen(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A client that speaks bytes. */
export class RawClient {
  readonly socket: Socket;
  closed = false;
  #text = '';
  readonly #looks = new Set<() => void>();

  constructor(t: TestContext, port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1');
      this.#look();
    });
    this.socket.on('close', () => {
      this.closed = true;
      this.#look();
    });
    t.after(() => this.socket.destroy());
  }

  get text(): string {
    return this.#text;
  }

  send(text: string): void {
    this.socket.write(text, 'latin1');
  }

  /** All that came so far, once it matches or the connection is closed. */
  until(pattern: RegExp): Promise<string> {
    return this.#when(() => pattern.test(this.#text) || this.closed);
  }

  untilClosed(): Promise<string> {
    return this.#when(() => this.closed);
  }

  #when(done: () => boolean): Promise<string> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!done()) return;
        this.#looks.delete(look);
        resolve(this.#text);
      };
      this.#looks.add(look);
      look();
    });
  }

  #look(): void {
    for (const look of this.#looks) look();
  }
}
