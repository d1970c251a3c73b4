import type { RequestHead } from '../../http/message.ts';
import type { ClientConnection, ClientStream, ClientStreamHandler } from '../../http/stream.ts';
import type { ConnectAttempt, Connected, ConnectFailure, ConnectionOwner } from '../connector.ts';
import type { EndpointPool } from './endpoint.ts';
import type { ConnectionGroup } from './group.ts';

/** One connection of a pool, from the start of the attempt to its end. */
export class PooledConnection implements ConnectionOwner {
  readonly group: ConnectionGroup;
  /** Requests under way. */
  active = 0;
  /** When it came about, by the pool's clock. */
  madeAt = 0;
  /** Sweeps since the last request ended. */
  idleSweeps = 0;
  /** Stands in the group's stack of connections with capacity. */
  ready = false;
  #attempt: ConnectAttempt | null = null;
  #connected: Connected | null = null;

  constructor(group: ConnectionGroup) {
    this.group = group;
  }

  /** Null while it is being made. */
  get connected(): Connected | null {
    return this.#connected;
  }

  get endpoint(): EndpointPool {
    return this.group.endpoint;
  }

  get capacity(): number {
    return this.#connected?.connection.capacity ?? 0;
  }

  /** Whether a request went over it before the next one. */
  get reused(): boolean {
    return (this.#connected?.connection.used ?? 0) > 0;
  }

  /** What is being waited for; told once. */
  attemptedBy(attempt: ConnectAttempt): void {
    this.#attempt = attempt;
  }

  /** Sends a request. `release` follows once it has ended, however it did. */
  open(head: RequestHead, ended: boolean, handler: ClientStreamHandler): ClientStream {
    this.active += 1;
    this.group.endpoint.underWay += 1;
    this.idleSweeps = 0;
    return (this.#connected as Connected).connection.open(head, ended, handler);
  }

  release(): void {
    this.active -= 1;
    this.group.endpoint.underWay -= 1;
    // A request that could not be written leaves its connection as it was, without a word from it.
    if (this.active === 0) this.group.onCapacity(this);
  }

  /** Ends it once its requests have ended, or gives up making it. */
  retire(): void {
    if (this.#connected === null) this.#attempt?.cancel();
    else this.#connected.connection.retire();
  }

  onConnected(connected: Connected): void {
    this.#attempt = null;
    this.#connected = connected;
    this.madeAt = this.endpoint.pool.context.now();
    this.group.onConnected(this, connected);
  }

  onFailed(failure: ConnectFailure): void {
    this.#attempt = null;
    this.group.onFailed(this, failure);
  }

  onCapacity(_connection: ClientConnection): void {
    this.group.onCapacity(this);
  }

  onClosed(_connection: ClientConnection): void {
    this.group.onClosed(this);
  }
}
