import type { Endpoint } from '../../../../model/backend.ts';
import type { ConnectAttempt, Connected, ConnectFailure, ConnectTarget } from '../connector.ts';
import type { BackendPool } from './backend.ts';
import type { PooledConnection } from './connection.ts';
import { ConnectionGroup } from './group.ts';
import type { Acquired, ConnectionWaiter } from './waiter.ts';

/** Milliseconds for which an endpoint is passed over after its first failed connection; doubles with each further one. */
const firstBackOff = 1_000;
const longestBackOff = 30_000;

/** The connections to one endpoint of a backend: one group, or one for each server name that must not share. */
export class EndpointPool {
  readonly pool: BackendPool;
  readonly endpoint: Endpoint;
  readonly #shared: ConnectionGroup;
  readonly #others = new Map<string, ConnectionGroup>();
  #connections = 0;
  #waiters = 0;
  #failures = 0;
  #failingUntil = 0;

  constructor(pool: BackendPool, endpoint: Endpoint) {
    this.pool = pool;
    this.endpoint = endpoint;
    this.#shared = new ConnectionGroup(this, '', false, pool.multiplexed);
  }

  /** The last attempts to connect failed and its back-off is not over. */
  get failing(): boolean {
    return this.#failures > 0 && this.pool.context.now() < this.#failingUntil;
  }

  get groups(): readonly ConnectionGroup[] {
    return [this.#shared, ...this.#others.values()];
  }

  acquire(waiter: ConnectionWaiter, host: string, http1Only: boolean): Acquired {
    return this.#group(host, http1Only).acquire(waiter);
  }

  connect(target: ConnectTarget, connection: PooledConnection): ConnectAttempt {
    return this.pool.context.connector.connect(target, connection);
  }

  /** Room for one more connection, if need be in the place of an idle one of another group. */
  admitConnection(): boolean {
    const limit = this.pool.context.limits.backendConnections;
    if (this.#connections >= limit && this.#others.size > 0) this.groups.some((group) => group.endIdle());
    if (this.#connections >= limit) return false;
    this.#connections += 1;
    return true;
  }

  connectionLeft(): void {
    this.#connections -= 1;
  }

  /** A connection went or has nothing to do: the requests of other groups may have waited for its place. */
  roomMade(by: ConnectionGroup): void {
    if (this.#waiters === 0 || this.#others.size === 0) return;
    for (const group of this.groups) if (group !== by && group.waiting > 0) group.connectAsNeeded();
  }

  admitWaiter(): boolean {
    if (this.#waiters >= this.pool.context.limits.backendPending) return false;
    this.#waiters += 1;
    return true;
  }

  waiterLeft(): void {
    this.#waiters -= 1;
  }

  connected({ connection, tls }: Connected): void {
    this.#failures = 0;
    const { series } = this.pool;
    series.established += 1;
    if (tls?.resumed === true) series.resumed += 1;
    if (connection.protocol === 'HTTP/2') series.http2 += 1;
  }

  failed(failure: ConnectFailure): void {
    this.#failures += 1;
    const backOff = Math.min(longestBackOff, firstBackOff * 2 ** (this.#failures - 1));
    this.#failingUntil = this.pool.context.now() + backOff;
    this.pool.series.recordFailure(failure);
  }

  endAllIdle(): void {
    for (const group of this.groups) group.endAllIdle();
  }

  sweep(limit: number): void {
    this.#shared.sweep(limit);
    for (const [key, group] of this.#others) {
      group.sweep(limit);
      if (group.unused) this.#others.delete(key);
    }
  }

  retire(): void {
    for (const group of this.groups) group.retire();
  }

  #group(host: string, http1Only: boolean): ConnectionGroup {
    if (host === '' && !http1Only) return this.#shared;
    const key = `${http1Only ? '1' : '*'} ${host}`;
    let group = this.#others.get(key);
    if (group === undefined) {
      group = new ConnectionGroup(this, host, http1Only, http1Only ? false : this.pool.multiplexed);
      this.#others.set(key, group);
    }
    return group;
  }
}
