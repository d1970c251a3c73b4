import { Ejection } from '../../balancing/ejection.ts';
import type { Connected, ConnectFailure, ConnectTarget } from '../connector.ts';
import { PooledConnection } from './connection.ts';
import type { EndpointPool } from './endpoint.ts';
import type { Sweep } from './sweep.ts';
import type { Acquired, ConnectionWaiter, WaitingRoom } from './waiter.ts';

/** How many requests a connection that turned out to be HTTP/2 is expected to take (RFC 9113 section 6.5.2 advises 100). */
const expectedStreams = 100;

/** Connections to one endpoint that any of its requests may share, and the requests that wait for one. */
export class ConnectionGroup implements WaitingRoom {
  readonly endpoint: EndpointPool;
  /** The endpoint's, or what concerns only this group's kind of connection. */
  readonly ejection: Ejection;
  readonly #host: string;
  readonly #http1Only: boolean;
  readonly #connections = new Set<PooledConnection>();
  /** Those with capacity. The last one used is used next, so that the others become idle and close. */
  readonly #ready: PooledConnection[] = [];
  readonly #waiters = new Set<ConnectionWaiter>();
  #connecting = 0;
  #retired = false;
  /** Whether one connection carries many requests; null until the first connection tells. */
  #multiplexed: boolean | null;

  /** @param host the server name's source where the backend's TLS takes it from there, else empty */
  constructor(endpoint: EndpointPool, host: string, http1Only: boolean, multiplexed: boolean | null) {
    this.endpoint = endpoint;
    this.ejection = host === '' && !http1Only ? endpoint.ejection : new Ejection();
    this.#host = host;
    this.#http1Only = http1Only;
    this.#multiplexed = multiplexed;
  }

  get unused(): boolean {
    return this.#connections.size === 0 && this.#waiters.size === 0;
  }

  /** Whether a connection shows that the backend accepts what it refused at last. */
  hasProof(now: number): boolean {
    return [...this.#connections].some(
      ({ connected, madeAt }) => connected !== null && this.ejection.isProof(madeAt, now),
    );
  }

  get connecting(): number {
    return this.#connecting;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  get connections(): Iterable<PooledConnection> {
    return this.#connections;
  }

  acquire(waiter: ConnectionWaiter): Acquired {
    const connection = this.#take();
    if (connection !== null) {
      waiter.onConnection(connection);
      return 'given';
    }
    if (!this.endpoint.admitWaiter()) return 'pending-overflow';
    this.#waiters.add(waiter);
    this.connectAsNeeded();
    return this;
  }

  /**
   * Which connections a failure speaks of. A client may ask for a host that the backend has no certificate for, or for a
   * version that it does not speak: that must not take the endpoint from everybody else.
   */
  ejectionFor({ stage }: ConnectFailure): Ejection {
    return stage === 'tls' || stage === 'verify' ? this.ejection : this.endpoint.ejection;
  }

  /** Makes a connection that no request waits for. */
  probe(): void {
    if (!this.#retired && this.#connecting === 0 && this.endpoint.admitConnection()) this.#connect();
  }

  leave(waiter: ConnectionWaiter): void {
    if (this.#waiters.delete(waiter)) this.endpoint.waiterLeft();
  }

  onConnected(connection: PooledConnection, connected: Connected): void {
    this.#connecting -= 1;
    this.#multiplexed = connected.connection.protocol === 'HTTP/2';
    this.endpoint.connected(connected, this);
    this.onCapacity(connection);
  }

  onFailed(connection: PooledConnection, failure: ConnectFailure): void {
    this.#connecting -= 1;
    this.#drop(connection);
    this.endpoint.failed(failure, this);
    for (const waiter of this.#losers()) {
      this.leave(waiter);
      waiter.onConnectFailed(failure, this.endpoint);
    }
    this.connectAsNeeded();
  }

  onCapacity(connection: PooledConnection): void {
    if (this.#retired || connection.ready || connection.capacity === 0) return;
    connection.ready = true;
    connection.idleSweeps = 0;
    this.#ready.push(connection);
    this.#serve();
    this.connectAsNeeded();
    if (connection.ready && connection.active === 0) this.endpoint.roomMade(this);
  }

  onClosed(connection: PooledConnection): void {
    this.#drop(connection);
    this.connectAsNeeded();
    this.endpoint.roomMade(this);
  }

  /** Ends connections that have been idle for long enough. @param after of the backend's own, or null */
  sweep(sweep: Sweep, after: number | null): void {
    for (const connection of this.#connections) {
      if (connection.connected === null || connection.active > 0) continue;
      connection.idleSweeps += 1;
      const limit = after ?? (sweep.excess > 0 ? sweep.crowdedAfter : sweep.after);
      if (connection.idleSweeps <= limit) continue;
      sweep.excess -= 1;
      this.#end(connection);
    }
  }

  /** Ends the connection that has been idle for longest. False where none is. */
  endIdle(): boolean {
    const connection = this.#ready.find((each) => each.active === 0);
    if (connection === undefined) return false;
    this.#end(connection);
    return true;
  }

  /** Ends all idle connections: one of them was found dead, and the others have been idle for longer. */
  endAllIdle(): void {
    while (this.endIdle());
  }

  /** Ends all: requests under way finish, those that wait ask anew. */
  retire(): void {
    this.#retired = true;
    this.#ready.length = 0;
    for (const connection of [...this.#connections]) {
      connection.ready = false;
      if (connection.connected === null) {
        this.#connecting -= 1;
        this.#drop(connection);
      }
      connection.retire();
    }
    for (const waiter of [...this.#waiters]) {
      this.leave(waiter);
      waiter.onPoolRetired();
    }
  }

  /** The connection for one more request, out of the stack where that takes its last capacity. */
  #take(): PooledConnection | null {
    for (let last = this.#ready.at(-1); last !== undefined; last = this.#ready.at(-1)) {
      const capacity = last.capacity;
      if (capacity <= 1) {
        last.ready = false;
        this.#ready.pop();
      }
      if (capacity > 0) return last;
    }
    return null;
  }

  #serve(): void {
    for (const waiter of this.#waiters) {
      const connection = this.#take();
      if (connection === null) return;
      this.leave(waiter);
      waiter.onConnection(connection);
    }
  }

  /** As many connections as the waiting requests need; one at first where it may turn out to carry them all. */
  connectAsNeeded(): void {
    const each = this.#expectedRequests();
    while (!this.#retired && this.#waiters.size > 0 && this.#connecting < Math.ceil(this.#waiters.size / each)) {
      if (!this.endpoint.admitConnection()) return;
      this.#connect();
    }
  }

  #connect(): void {
    const connection = new PooledConnection(this);
    this.#connections.add(connection);
    this.#connecting += 1;
    connection.attemptedBy(this.endpoint.connect(this.#target(), connection));
  }

  /** How many requests the next connection is to serve. Of connections that will likely fail one is enough for all. */
  #expectedRequests(): number {
    if (this.#multiplexed === null || this.ejection.active || this.endpoint.ejection.active) {
      return Number.MAX_SAFE_INTEGER;
    }
    return this.#multiplexed ? expectedStreams : 1;
  }

  #target(): ConnectTarget {
    return {
      backend: this.endpoint.pool.backend,
      endpoint: this.endpoint.endpoint,
      host: this.#host,
      http1Only: this.#http1Only,
    };
  }

  /** Who hears of a failed attempt: the eldest where other connections may still serve the rest, else all. */
  #losers(): readonly ConnectionWaiter[] {
    const waiters = [...this.#waiters];
    return this.#connecting > 0 || this.#connections.size > 0 ? waiters.slice(0, 1) : waiters;
  }

  #end(connection: PooledConnection): void {
    this.#unready(connection);
    connection.retire();
  }

  #drop(connection: PooledConnection): void {
    if (!this.#connections.delete(connection)) return;
    this.#unready(connection);
    this.endpoint.connectionLeft();
  }

  #unready(connection: PooledConnection): void {
    if (!connection.ready) return;
    connection.ready = false;
    const index = this.#ready.lastIndexOf(connection);
    if (index >= 0) this.#ready.splice(index, 1);
  }
}
