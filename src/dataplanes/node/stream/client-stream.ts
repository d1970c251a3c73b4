import type { Socket } from 'node:net';
import type { BackendConnectionTls, ConnectAttempt, ConnectFailure } from '../proxy/connector.ts';
import { type Failure, failureOf } from '../proxy/failure.ts';
import type { BackendPool } from '../proxy/pool/backend.ts';
import type { EndpointPool } from '../proxy/pool/endpoint.ts';
import { joinHostPort } from '../proxy/routing/host.ts';
import type { StreamConnectionOwner } from './backend-stream.ts';
import { cutOff, Splice, type SpliceEnd } from './splice.ts';
import type { ClientStreamSource, StreamProxy } from './stream-proxy.ts';
import type { StreamBackendRecord } from './stream-record.ts';
import type { StreamPlan } from './stream-table.ts';

/** How many endpoints are tried: nothing that the client sent is lost by trying another. */
const maxAttempts = 3;

/** One connection of a client that is carried as it is, from its route to its end. */
export class ClientStreamConnection implements StreamConnectionOwner {
  readonly #source: ClientStreamSource;
  readonly #proxy: StreamProxy;
  readonly #onClosed: () => void;
  readonly #startedAt = performance.now();
  readonly #plan: StreamPlan | null;
  #pool: BackendPool | null = null;
  #endpoint: EndpointPool | null = null;
  readonly #tried: EndpointPool[] = [];
  #attempt: ConnectAttempt | null = null;
  #splice: Splice | null = null;
  #backend: StreamBackendRecord | null = null;
  #failure: Failure | null = null;
  #finished = false;

  constructor(source: ClientStreamSource, proxy: StreamProxy, onClosed: () => void) {
    this.#source = source;
    this.#proxy = proxy;
    this.#onClosed = onClosed;
    this.#plan = source.stream === null ? null : proxy.table.get(source.stream);
  }

  start(): void {
    const { socket } = this.#source;
    socket.pause();
    socket.on('error', ignore);
    socket.once('close', this.#clientLeft);
    queueMicrotask(() => this.#route());
  }

  destroy(): void {
    if (this.#splice !== null) this.#splice.destroy();
    else this.#source.socket.destroy();
  }

  onConnected(socket: Socket, address: string, tls: BackendConnectionTls | null): void {
    const { source, options } = { source: this.#source, options: this.#proxy.options };
    this.#attempt = null;
    this.#endpoint?.streamConnected(tls);
    this.#backend = { service: this.#pool?.backend.service ?? '', endpoint: address, tls };
    source.socket.off('close', this.#clientLeft);
    const idle = options.limits.streamIdleTimeout;
    this.#splice = new Splice(source.socket, socket, options.wheel, idle, (end) => this.#ended(end));
    this.#splice.start(source.first);
  }

  onFailed(failure: ConnectFailure): void {
    this.#attempt = null;
    this.#endpoint?.streamFailed(failure);
    this.#leaveEndpoint();
    // What the configuration asks for is the same at every endpoint.
    if (failure.reason === 'configuration') this.#reject(connectFailureOf(failure));
    else this.#connect(failure);
  }

  #route(): void {
    if (this.#finished) return;
    if (this.#plan === null) {
      this.#reject(failureOf('no-route', 'no route is attached to the listener'));
      return;
    }
    const chosen = this.#plan.choose();
    if ('rejected' in chosen) {
      const { origin } = this.#plan.route;
      this.#reject(failureOf('no-destination', `the route has no backend for it (${chosen.rejected})`, origin));
      return;
    }
    this.#pool = chosen;
    const { service, security } = chosen.backend;
    this.#backend = { service, endpoint: '', tls: null };
    if (security.type === 'refused') {
      this.#reject(failureOf('backend-refused', security.message, security.origin));
      return;
    }
    this.#connect(null);
  }

  #connect(last: ConnectFailure | null): void {
    if (this.#finished) return;
    const pool = this.#pool as BackendPool;
    const demand = (this.#plan as StreamPlan).demandOf(this.#source.client.remoteAddress);
    const chosen = this.#tried.length < maxAttempts ? pool.chooseForStream(demand, this.#tried) : null;
    if (chosen === null) {
      this.#reject(last === null ? noEndpoint(pool) : connectFailureOf(last));
      return;
    }
    this.#endpoint = chosen;
    chosen.underWay += 1;
    this.#tried.push(chosen);
    const { endpoint } = chosen;
    this.#backend = {
      service: pool.backend.service,
      endpoint: joinHostPort(endpoint.address, endpoint.port),
      tls: null,
    };
    const target = { backend: pool.backend, endpoint, host: '', http1Only: false };
    this.#attempt = this.#proxy.options.connector.connectStream(target, this);
  }

  #leaveEndpoint(): void {
    if (this.#endpoint !== null) this.#endpoint.underWay -= 1;
    this.#endpoint = null;
  }

  /** An alert would say that somebody answered the TLS that is passed through; a reset says that nobody does. */
  #reject(failure: Failure): void {
    if (this.#finished) return;
    this.#failure = failure;
    cutOff(this.#source.socket);
  }

  readonly #clientLeft = (): void => {
    this.#attempt?.cancel();
    this.#attempt = null;
    this.#failure ??= failureOf('client-closed', 'the client left before the backend was connected');
    this.#finish(0, 0);
  };

  #ended(end: SpliceEnd): void {
    if (end === 'idle') this.#failure = failureOf('tunnel-idle', 'no byte moved for too long');
    else if (end === 'reset') this.#failure = failureOf('stream-reset', 'one side broke the connection off');
    else if (end === 'destroyed') this.#failure = failureOf('shutdown', 'the gateway is shutting down');
    this.#finish(this.#splice?.received ?? 0, this.#splice?.sent ?? 0);
  }

  #finish(received: number, sent: number): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#leaveEndpoint();
    const { client, section, passthrough } = this.#source;
    const duration = performance.now() - this.#startedAt;
    this.#proxy.ended({
      time: performance.timeOrigin + this.#startedAt,
      duration,
      protocol: passthrough === null && client.tls === null ? 'TCP' : 'TLS',
      passthrough: passthrough !== null,
      serverName: passthrough ?? client.tls?.serverName ?? '',
      client,
      section,
      route: this.#plan?.route.name ?? null,
      backend: this.#backend,
      received,
      sent,
      failure: this.#failure,
    });
    this.#onClosed();
  }
}

function noEndpoint({ backend, size }: BackendPool): Failure {
  return size === 0
    ? failureOf('no-endpoints', `${backend.service} has no endpoints`)
    : failureOf('no-healthy-endpoints', `no endpoint of ${backend.service} is healthy`);
}

function connectFailureOf(connect: ConnectFailure): Failure {
  const secure = connect.stage === 'tls' || connect.stage === 'verify';
  const { message, origin } = connect;
  return { class: secure ? 'tls-failed' : 'connect-failed', message, origin, connect };
}

/** What ends a socket is told by its `close`. */
const ignore = (): void => {};
