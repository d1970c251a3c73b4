import type { Demand } from '../balancing/balancer.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { StreamFailure } from '../http/stream.ts';
import { Attempt, type AttemptOwner, type ConnectionSeeker } from './attempt.ts';
import type { ConnectFailure } from './connector.ts';
import type { ExchangeContext } from './context.ts';
import { type Refusal, refusal, refusalOfConnect } from './failure.ts';
import type { BackendPool } from './pool/backend.ts';
import type { EndpointPool } from './pool/endpoint.ts';
import { isRepeatable, isUnprocessed, KeptContent } from './replay.ts';
import type { RetryPolicy } from './retry.ts';
import { joinHostPort } from './routing/host.ts';

/** Whose request it is. */
export interface AttemptsOwner extends AttemptOwner {
  /** An attempt has begun that has no connection yet. */
  onAwaiting(): void;
  /** There is no connection to be had, or no further one. */
  onNone(refused: Refusal): void;
}

/** What follows from an attempt that failed: another one at once or after a while, or the end. */
type Sequel = 'at-once' | 'later' | Refusal;

/** The attempts of one request, one after the other: which endpoints were tried, what may be sent again, and when. */
export class Attempts implements ConnectionSeeker {
  /** What was sent, as long as it may have to be sent again. */
  readonly content: KeptContent;
  /** How many were begun. */
  count = 0;
  #current: Attempt | null = null;
  #authority = '';
  readonly #owner: AttemptsOwner;
  readonly #context: ExchangeContext;
  readonly #backend: string;
  readonly #demand: Demand;
  readonly #retries: RetryPolicy;
  readonly #upgrades: boolean;
  /** The backend turned out to speak HTTP/2 alone, which carries WebSockets in a way of its own (RFC 8441). */
  #upgradesOverHttp2 = false;
  /** Where another attempt does not go. */
  #tried: EndpointPool[] | null = null;
  /** The one that took no connection last. */
  #failed: EndpointPool | null = null;
  /** All may be tried again where there is no other. */
  #lenient = false;
  /** Why the attempt before got no connection. */
  #last: Refusal | null = null;
  #backOff: NodeJS.Timeout | null = null;

  /**
   * @param backend id
   * @param demand how its endpoints are chosen
   * @param upgrades the request asks for a WebSocket
   */
  constructor(
    owner: AttemptsOwner,
    context: ExchangeContext,
    backend: string,
    demand: Demand,
    retries: RetryPolicy,
    upgrades: boolean,
  ) {
    this.#owner = owner;
    this.#context = context;
    this.#backend = backend;
    this.#demand = demand;
    this.#retries = retries;
    this.#upgrades = upgrades;
    this.content = new KeptContent(context.limits.replayedContent);
  }

  /** The present one, or the last. */
  get current(): Attempt | null {
    return this.#current;
  }

  /** The request is open on a connection, and its content goes there. */
  get sending(): boolean {
    return this.#backOff === null && this.#current?.opened === true;
  }

  /** `10.0.0.7:443`: the endpoint that took no connection last, or an empty string. */
  get failedEndpoint(): string {
    const endpoint = this.#failed?.endpoint;
    return endpoint === undefined ? '' : joinHostPort(endpoint.address, endpoint.port);
  }

  /**
   * Begins the first one. The owner may hear of it before this returns.
   *
   * @param authority as the backend gets it
   */
  begin(authority: string): void {
    this.#authority = authority;
    this.#try();
  }

  #try(): void {
    const refused = this.#next();
    if (refused !== null) this.#owner.onNone(refused);
    else if (this.#current?.opened === false) this.#owner.onAwaiting();
  }

  #follow(sequel: Sequel): void {
    if (sequel === 'at-once') this.#try();
    else if (sequel === 'later') this.backOff();
    else this.#owner.onNone(sequel);
  }

  /** Begins the next one. @returns why there can be none, or null */
  #next(): Refusal | null {
    const pool = this.#context.backends.get(this.#backend);
    if (pool === null) return refusal(503, 'backend-missing', `${this.#backend} is not configured`);
    const attempt = new Attempt(pool, this.#owner, this);
    this.count += 1;
    this.#current = attempt;
    const { security, service } = pool.backend;
    if (security.type === 'refused') {
      return refusal(503, 'backend-refused', `${service}: ${security.message}`, security.origin);
    }
    const http1Only = this.#upgrades && pool.speaksHttp1 && !this.#upgradesOverHttp2;
    let none = attempt.start(this.#demand, this.#authority, http1Only, this.#tried);
    if (this.#lenient && this.#tried !== null && (none === 'no-endpoints' || none === 'no-healthy-endpoints')) {
      this.#tried = null;
      none = attempt.start(this.#demand, this.#authority, http1Only, null);
    }
    switch (none) {
      case 'no-endpoints':
        return this.#last ?? refusal(503, 'no-endpoints', `${service} has no endpoints`);
      case 'no-healthy-endpoints':
        return this.#last ?? refusal(503, 'no-healthy-endpoints', `no endpoint of ${service} is healthy`);
      case 'pending-overflow':
        return refusal(503, 'pending-overflow', `too many requests wait for ${service}`);
      case null:
        return null;
    }
  }

  /** There is no connection to an endpoint: no byte was sent. */
  onConnectFailed(failure: ConnectFailure, endpoint: EndpointPool): void {
    this.#follow(this.#afterConnectFailure(failure, endpoint));
  }

  #afterConnectFailure(failure: ConnectFailure, endpoint: EndpointPool): Sequel {
    const pool = this.#current?.pool ?? null;
    this.#last = null;
    if (
      this.#upgrades &&
      pool?.multiplexed === null &&
      !this.#upgradesOverHttp2 &&
      failure.reason === 'alpn-mismatch'
    ) {
      this.#upgradesOverHttp2 = true;
      return 'at-once';
    }
    this.#failed = endpoint;
    this.#leaveOut(endpoint);
    const refused = refusalOfConnect(failure);
    if (pool === null || this.count >= this.#retries.maxAttempts) return refused;
    if (this.#triedAll(pool)) return this.#retries.asked ? 'later' : refused;
    this.#last = refused;
    return 'at-once';
  }

  /**
   * The response broke off before its head.
   *
   * @param head as the client sent it
   * @returns whether the owner hears what follows; else there is nothing more to be done
   */
  afterBreak(failure: StreamFailure, head: RequestHead): boolean {
    const sequel = this.#afterBreak(failure, head);
    if (sequel !== null) this.#follow(sequel);
    return sequel !== null;
  }

  #afterBreak(failure: StreamFailure, head: RequestHead): Sequel | null {
    const attempt = this.#current;
    const connection = attempt?.connection ?? null;
    // Why that means that the connection was refused after all, or null.
    const refused = connection?.connected?.refusal(failure) ?? null;
    if (connection !== null && refused !== null) {
      connection.endpoint.failed(refused, connection.group, true);
      // That it was a refusal may be inferred from a mere close: what may have been acted on is not repeated.
      const again = this.content.chunks !== null && isRepeatable(head);
      return again ? this.#afterConnectFailure(refused, connection.endpoint) : refusalOfConnect(refused);
    }
    const overHttp1 = attempt?.overHttp1 === true;
    if (!isUnprocessed(failure, head, overHttp1) || !this.mayRepeat) return null;
    if (overHttp1) connection?.endpoint.endAllIdle();
    this.#last = null;
    return 'at-once';
  }

  /** The attempt does not count. */
  onPoolRetired(): void {
    this.#tried = null;
    this.#failed = null;
    this.#last = null;
    this.count -= 1;
    this.#try();
  }

  /** Whether nothing stands in the way of one more attempt, of what has not been answered. */
  get mayRepeat(): boolean {
    return this.count < this.#retries.maxAttempts && this.content.chunks !== null;
  }

  /** Whether the route asks for another attempt after a response with this head, and it can be made. */
  repeatsAfter(head: ResponseHead): boolean {
    return this.#retries.covers(head) && this.mayRepeat;
  }

  /** Whether another attempt follows one that took too long: what may have been acted on is repeated only where that does no harm. */
  repeatsAfterTimeout(head: RequestHead): boolean {
    return this.#retries.asked && this.mayRepeat && isRepeatable(head);
  }

  /** Tries again after a while, and elsewhere as long as there is an endpoint that was not tried. The present attempt is over. */
  backOff(): void {
    const attempt = this.#current;
    const endpoint = attempt?.connection?.endpoint;
    if (endpoint !== undefined) this.#leaveOut(endpoint);
    if (attempt !== null && this.#triedAll(attempt.pool)) this.#tried = null;
    this.#lenient = true;
    this.#last = null;
    this.#backOff = setTimeout(
      () => {
        this.#backOff = null;
        this.#try();
      },
      this.#retries.delay(this.count, Math.random()),
    );
  }

  /** The response that has begun is not wanted. @param sent the request has been sent whole */
  discard(sent: boolean): void {
    const { limits, wheel } = this.#context;
    if (sent) this.#current?.discard(limits.discardedContent, limits.lingerTimeout, wheel);
    else this.#current?.abort();
  }

  #leaveOut(endpoint: EndpointPool): void {
    this.#tried ??= [];
    if (!this.#tried.includes(endpoint)) this.#tried.push(endpoint);
  }

  #triedAll({ size }: BackendPool): boolean {
    return (this.#tried?.length ?? 0) >= size;
  }

  /** No further attempt. @param orderly both directions have ended as they should */
  finish(orderly: boolean): void {
    if (this.#backOff !== null) clearTimeout(this.#backOff);
    this.content.drop();
    if (orderly) this.#current?.close();
    else this.#current?.abort();
  }
}
