import type { ConnectFailure } from '../connector.ts';
import type { PooledConnection } from './connection.ts';
import type { EndpointPool } from './endpoint.ts';

/** A request that wants a connection. */
export interface ConnectionWaiter {
  /** It must open its request before this returns. */
  onConnection(connection: PooledConnection): void;
  onConnectFailed(failure: ConnectFailure, endpoint: EndpointPool): void;
  /** The pool goes, because the configuration changed: the request asks anew. */
  onPoolRetired(): void;
}

/** Where a waiter stands, so that it can leave. */
export interface WaitingRoom {
  leave(waiter: ConnectionWaiter): void;
}

/** What came of asking for a connection. `given` and the failures come with the request's own calls, `waiting` later. */
export type Acquired = 'given' | 'no-endpoints' | 'no-healthy-endpoints' | 'pending-overflow' | WaitingRoom;
