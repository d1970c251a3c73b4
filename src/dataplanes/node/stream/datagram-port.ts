import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Listener } from '../../../model/listener.ts';
import { isHttpSection } from '../../../model/listener.ts';
import { Deadline } from '../io/deadlines.ts';
import { peerAddress } from '../io/peer-address.ts';
import { type FailureClass, failureOf } from '../proxy/failure.ts';
import { errorCode } from '../tls/connect-failure.ts';
import type { Resolver } from '../tls/resolver.ts';
import { ListenerCounters } from '../worker/front-counters.ts';
import { DatagramSession } from './datagram-session.ts';
import type { StreamProxy } from './stream-proxy.ts';

/** How often sessions are looked through for silent ones, in milliseconds. */
const sweepPeriod = 1_000;

/**
 * One UDP port of one worker. The kernel gives all datagrams of one client's address and port to one worker; they are one
 * session, which keeps its backend and a socket of its own towards it, so that only the backend can answer.
 */
export class DatagramPort {
  readonly counters: ListenerCounters;
  readonly #proxy: StreamProxy;
  readonly #resolver: Resolver;
  readonly #sessions = new Map<string, DatagramSession>();
  readonly #sweeping = new Deadline(() => this.#sweep());
  #listener: Listener;
  #socket: Socket | null = null;

  constructor(listener: Listener, proxy: StreamProxy, resolver: Resolver) {
    this.#listener = listener;
    this.#proxy = proxy;
    this.#resolver = resolver;
    this.counters = new ListenerCounters(listener.id);
  }

  /** Opens the socket. Resolves with the error's code, or null. */
  open(reusePort: boolean): Promise<string | null> {
    const { address, port } = this.#listener;
    const socket = createSocket({ type: isIPv6(address) ? 'udp6' : 'udp4', reusePort });
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.once('error', (error) => resolve(errorCode(error) === '' ? error.message : errorCode(error)));
      socket.bind({ address, port }, () => {
        socket.removeAllListeners('error');
        // What one client cannot be sent concerns nobody else.
        socket.on('error', () => {});
        socket.on('message', (datagram, from) => this.#onDatagram(datagram, from));
        this.#proxy.options.wheel.arm(this.#sweeping, sweepPeriod);
        resolve(null);
      });
    });
  }

  /** New sessions follow it; one whose endpoint is no longer that of its route ends. */
  configure(listener: Listener): void {
    this.#listener = listener;
    const plan = this.#plan();
    for (const session of [...this.#sessions.values()]) {
      if (session.endpoint !== null && plan?.has(session.endpoint) !== true) session.end(null);
    }
  }

  close(): Promise<void> {
    this.destroy();
    return Promise.resolve();
  }

  destroy(): void {
    this.#proxy.options.wheel.disarm(this.#sweeping);
    for (const session of [...this.#sessions.values()]) session.end(null);
    this.#socket?.close();
    this.#socket = null;
  }

  /** Sends what a backend answered. */
  answer(datagram: Buffer, port: number, address: string): void {
    this.#socket?.send(datagram, port, address, () => {});
  }

  ended(key: string, session: DatagramSession, failure: FailureClass | null): void {
    this.#sessions.delete(key);
    this.counters.active -= 1;
    const { client, startedAt, received, sent, backend } = session;
    this.#proxy.ended({
      time: performance.timeOrigin + startedAt,
      duration: performance.now() - startedAt,
      protocol: 'UDP',
      passthrough: false,
      serverName: '',
      client: {
        listener: this.#listener.id,
        remoteAddress: peerAddress(client.address),
        remotePort: client.port,
        tls: null,
      },
      section: this.#listener.sections[0]?.name ?? '',
      route: session.route,
      backend,
      received,
      sent,
      failure: failure === null ? null : failureOf(failure, session.reason),
    });
  }

  #onDatagram(datagram: Buffer, { address, port }: RemoteInfo): void {
    const key = `${address} ${port}`;
    const session = this.#sessions.get(key) ?? this.#open(key, address, port);
    session?.send(datagram);
  }

  #open(key: string, address: string, port: number): DatagramSession | null {
    if (this.#sessions.size >= this.#proxy.options.limits.datagramSessions) {
      this.counters.refused += 1;
      return null;
    }
    const session = new DatagramSession(key, { address, port }, this, this.#plan());
    this.#sessions.set(key, session);
    this.counters.accepted += 1;
    this.counters.active += 1;
    this.#proxy.counters.active += 1;
    session.start(this.#resolver);
    return session;
  }

  #plan() {
    const [section] = this.#listener.sections;
    if (section === undefined || isHttpSection(section)) return null;
    return this.#proxy.table.get(section.streams[0]?.stream ?? '');
  }

  #sweep(): void {
    const { limits, wheel } = this.#proxy.options;
    const oldest = performance.now() - limits.datagramIdleTimeout;
    for (const session of [...this.#sessions.values()]) if (session.last < oldest) session.end(null);
    wheel.arm(this.#sweeping, sweepPeriod);
  }
}
