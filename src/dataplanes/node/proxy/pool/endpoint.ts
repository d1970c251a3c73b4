import type { Endpoint } from '../../../../model/backend.ts';
import type { Candidate, Health } from '../../balancing/candidate.ts';
import { concernsEndpoint, Ejection } from '../../balancing/ejection.ts';
import { hashOf } from '../../balancing/hash.ts';
import type { BackendConnectionTls, ConnectAttempt, Connected, ConnectFailure, ConnectTarget } from '../connector.ts';
import { joinHostPort } from '../routing/host.ts';
import type { BackendPool } from './backend.ts';
import type { PooledConnection } from './connection.ts';
import { ConnectionGroup } from './group.ts';
import type { Sweep } from './sweep.ts';
import type { Acquired, ConnectionWaiter } from './waiter.ts';

/** Groups that nothing uses, remembered because connections of their kind fail. */
const maxEjectedGroups = 256;

/** The connections to one endpoint of a backend: one group, or one for each server name that must not share. */
export class EndpointPool implements Candidate {
  readonly pool: BackendPool;
  readonly endpoint: Endpoint;
  readonly identity: number;
  health: Health = 'healthy';
  /** Requests under way. */
  underWay = 0;
  readonly ejection = new Ejection();
  readonly #shared: ConnectionGroup;
  readonly #others = new Map<string, ConnectionGroup>();
  #connections = 0;
  #waiters = 0;

  constructor(pool: BackendPool, endpoint: Endpoint) {
    this.pool = pool;
    this.endpoint = endpoint;
    this.identity = hashOf(joinHostPort(endpoint.address, endpoint.port));
    this.#shared = new ConnectionGroup(this, '', false, pool.multiplexed);
  }

  /** Open, or about to be. */
  get connections(): number {
    return this.#connections;
  }

  /** Requests that it has or is to have. */
  get load(): number {
    return this.underWay + this.#waiters;
  }

  /** Whether a connection for requests of that kind would likely fail. */
  isEjected(host: string, http1Only: boolean): boolean {
    return this.ejection.active || this.#find(host, http1Only)?.ejection.active === true;
  }

  /** Nothing speaks against it, whatever the request. */
  get sound(): boolean {
    return this.health === 'healthy' && !this.groups.some((group) => group.ejection.active);
  }

  get groups(): readonly ConnectionGroup[] {
    return [this.#shared, ...this.#others.values()];
  }

  acquire(waiter: ConnectionWaiter, host: string, http1Only: boolean): Acquired {
    return this.#group(host, http1Only).acquire(waiter);
  }

  /** Where its back-off is over, looks whether it takes connections again, at no request's expense. */
  probe(host: string, http1Only: boolean): void {
    const group = this.#group(host, http1Only);
    const now = this.pool.context.now();
    if (this.ejection.takeTurn(now) || group.ejection.takeTurn(now)) group.probe();
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

  connected({ connection, tls }: Connected, by: ConnectionGroup): void {
    const { series } = this.pool;
    series.established += 1;
    if (tls?.resumed === true) series.resumed += 1;
    if (connection.protocol === 'HTTP/2') series.http2 += 1;
    const returned = !this.ejection.awaitsProof && this.ejection.passed();
    const groupReturned = !by.ejection.awaitsProof && by.ejection.passed();
    if (returned || groupReturned) this.pool.assess();
  }

  /** A stream has a connection, which is none of the pool's. */
  streamConnected(tls: BackendConnectionTls | null): void {
    const { series } = this.pool;
    series.established += 1;
    if (tls?.resumed === true) series.resumed += 1;
    this.takeBack();
  }

  /** Passes it over no longer. */
  takeBack(): void {
    if (this.ejection.passed()) this.pool.assess();
  }

  streamFailed(failure: ConnectFailure): void {
    this.failed(failure, this.#shared);
  }

  /** @param late the connection had come about, and the backend refused it after all */
  failed(failure: ConnectFailure, by: ConnectionGroup, late = false): void {
    const { series, context } = this.pool;
    series.recordFailure(failure);
    if (!concernsEndpoint(failure)) return;
    if (!by.ejectionFor(failure).failed(failure, context.now(), late)) return;
    series.recordEjection(failure);
    this.pool.assess();
  }

  endAllIdle(): void {
    for (const group of this.groups) group.endAllIdle();
  }

  /** @param after of the backend's own, or null */
  sweep(sweep: Sweep, after: number | null): void {
    const now = this.pool.context.now();
    this.#shared.sweep(sweep, after);
    for (const group of this.groups) {
      if (group.ejection.awaitsProof && group.hasProof(now) && group.ejection.passed()) this.pool.assess();
    }
    for (const [key, group] of this.#others) {
      group.sweep(sweep, after);
      if (!group.unused) continue;
      const { ejection } = group;
      if (ejection.active && !ejection.isStale(now) && this.#others.size <= maxEjectedGroups) continue;
      this.#others.delete(key);
      if (ejection.active) this.pool.assess();
    }
  }

  retire(): void {
    for (const group of this.groups) group.retire();
  }

  #find(host: string, http1Only: boolean): ConnectionGroup | undefined {
    return host === '' && !http1Only ? this.#shared : this.#others.get(keyOf(host, http1Only));
  }

  #group(host: string, http1Only: boolean): ConnectionGroup {
    const known = this.#find(host, http1Only);
    if (known !== undefined) return known;
    const group = new ConnectionGroup(this, host, http1Only, http1Only ? false : this.pool.multiplexed);
    this.#others.set(keyOf(host, http1Only), group);
    return group;
  }
}

const keyOf = (host: string, http1Only: boolean): string => `${http1Only ? '1' : '*'} ${host}`;
