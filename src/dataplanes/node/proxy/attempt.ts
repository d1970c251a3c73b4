import type { Demand } from '../balancing/balancer.ts';
import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { ClientStream, ClientStreamHandler, StreamFailure } from '../http/stream.ts';
import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type { ConnectFailure } from './connector.ts';
import { DiscardedResponse } from './discarded-response.ts';
import type { BackendPool } from './pool/backend.ts';
import type { PooledConnection } from './pool/connection.ts';
import type { EndpointPool } from './pool/endpoint.ts';
import type { Acquired, ConnectionWaiter, WaitingRoom } from './pool/waiter.ts';

/** Whose request an attempt carries. */
export interface AttemptOwner {
  /** There is a connection: the request is to be opened on it before this returns. */
  onConnection(attempt: Attempt): void;
  onInformational(status: number, fields: readonly Field[]): void;
  onResponse(head: ResponseHead, ended: boolean): void;
  /** False asks for a pause. */
  onContent(chunk: Buffer): boolean;
  onResponseEnd(trailers: readonly Field[] | null): void;
  onBroken(failure: StreamFailure): void;
  /** More of the request can be written. */
  onRequestWritable(): void;
  onBackendTimeout(): void;
}

/** Who sees to it that a request gets a connection. */
export interface ConnectionSeeker {
  onConnectFailed(failure: ConnectFailure, endpoint: EndpointPool): void;
  /** The configuration changed while a connection was awaited. */
  onPoolRetired(): void;
}

/** One try to get a request answered: waits for a connection, then carries the request on it. */
export class Attempt implements ClientStreamHandler, ConnectionWaiter {
  readonly pool: BackendPool;
  #owner: AttemptOwner;
  readonly #seeker: ConnectionSeeker;
  #room: WaitingRoom | null = null;
  #connection: PooledConnection | null = null;
  #stream: ClientStream | null = null;
  #reused = false;
  /** The backend has enough of the request for now. */
  #blocked = false;
  #over = false;
  #deadline: Deadline | null = null;
  #wheel: DeadlineWheel | null = null;

  /** @param seeker hears that there is no connection; else it is the owner that hears */
  constructor(pool: BackendPool, owner: AttemptOwner, seeker: ConnectionSeeker) {
    this.pool = pool;
    this.#owner = owner;
    this.#seeker = seeker;
  }

  /** Null until there is one; then the one that was used, also when it is over. */
  get connection(): PooledConnection | null {
    return this.#connection;
  }

  /** The connection had carried another request before. */
  get reused(): boolean {
    return this.#reused;
  }

  /** The connection speaks HTTP/1.1. */
  get overHttp1(): boolean {
    return this.#connection?.connected?.connection.protocol === 'HTTP/1.1';
  }

  get opened(): boolean {
    return this.#stream !== null;
  }

  get blocked(): boolean {
    return this.#blocked;
  }

  /**
   * Null where the connection is there or awaited, else why there can be none.
   *
   * @param authority as the backend gets it
   */
  start(
    demand: Demand,
    authority: string,
    http1Only: boolean,
    tried: readonly EndpointPool[] | null,
  ): Exclude<Acquired, WaitingRoom | 'given'> | null {
    const acquired = this.pool.acquire(this, demand, authority, http1Only, tried);
    if (acquired === 'given') return null;
    if (typeof acquired === 'string') return acquired;
    this.#room = acquired;
    return null;
  }

  /** @param timeout milliseconds until the last byte of the response, or null */
  open(head: RequestHead, ended: boolean, timeout: number | null, wheel: DeadlineWheel): void {
    if (timeout !== null) {
      this.#wheel = wheel;
      this.#deadline = new Deadline(() => this.#owner.onBackendTimeout());
      wheel.arm(this.#deadline, timeout);
    }
    this.#stream = (this.#connection as PooledConnection).open(head, ended, this);
  }

  /** False where the backend has enough for now. */
  write(chunk: Buffer): boolean {
    if (this.#stream?.write(chunk) === false) this.#blocked = true;
    return !this.#blocked;
  }

  end(trailers: readonly Field[] | null): void {
    this.#stream?.end(trailers);
  }

  resume(): void {
    this.#stream?.resume();
  }

  /** A tunnel has no end in time. */
  disarm(): void {
    if (this.#deadline !== null) this.#wheel?.disarm(this.#deadline);
  }

  /** Gives up, wherever it stands. No calls follow. */
  abort(): void {
    if (this.#over) return;
    this.#room?.leave(this);
    this.#stream?.abort();
    this.#close();
  }

  /**
   * The response, whose head was just told, is not wanted. What is left of it is read and dropped, so that the connection
   * can carry the next request. The request must have been sent whole. No calls follow.
   *
   * @param limit bytes
   * @param timeout milliseconds; what is more or slower gives the connection up
   */
  discard(limit: number, timeout: number, wheel: DeadlineWheel): void {
    if (this.#over) return;
    this.disarm();
    this.#owner = new DiscardedResponse(this, limit);
    this.#wheel = wheel;
    this.#deadline = new Deadline(() => this.#owner.onBackendTimeout());
    wheel.arm(this.#deadline, timeout);
  }

  /** Both directions have ended. No calls follow. */
  close(): void {
    if (!this.#over) this.#close();
  }

  onConnection(connection: PooledConnection): void {
    this.#room = null;
    this.#connection = connection;
    this.#reused = connection.reused;
    this.#owner.onConnection(this);
  }

  onConnectFailed(failure: ConnectFailure, endpoint: EndpointPool): void {
    if (this.#over) return;
    this.#over = true;
    this.#seeker.onConnectFailed(failure, endpoint);
  }

  onPoolRetired(): void {
    if (this.#over) return;
    this.#over = true;
    this.#seeker.onPoolRetired();
  }

  onInformational(status: number, fields: readonly Field[]): void {
    if (!this.#over) this.#owner.onInformational(status, fields);
  }

  onHead(head: ResponseHead, ended: boolean): void {
    if (this.#over) return;
    if (ended) this.#close();
    this.#owner.onResponse(head, ended);
  }

  onData(chunk: Buffer): void {
    if (!this.#over && !this.#owner.onContent(chunk)) this.#stream?.pause();
  }

  onEnd(trailers: readonly Field[] | null): void {
    if (!this.#over) this.#owner.onResponseEnd(trailers);
  }

  onAbort(failure: StreamFailure): void {
    if (this.#over) return;
    this.#close();
    this.#owner.onBroken(failure);
  }

  onWritable(): void {
    if (this.#over) return;
    this.#blocked = false;
    this.#owner.onRequestWritable();
  }

  #close(): void {
    this.#over = true;
    this.disarm();
    if (this.#stream !== null) this.#connection?.release();
  }
}
