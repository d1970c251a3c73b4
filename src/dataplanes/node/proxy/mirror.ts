import { inTurn } from '../balancing/balancer.ts';
import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { StreamFailure } from '../http/stream.ts';
import { Deadline } from '../io/deadlines.ts';
import { Attempt, type AttemptOwner, type ConnectionSeeker } from './attempt.ts';
import type { ConnectFailure } from './connector.ts';
import type { ExchangeContext } from './context.ts';
import type { EndpointPool } from './pool/endpoint.ts';
import type { MirrorPlan } from './routing/plan.ts';
import { type RoutedRequest, upstreamHead } from './upstream-head.ts';

/** What the copies of a request need of its exchange. */
export interface MirrorContext extends Pick<ExchangeContext, 'backends' | 'forwarded' | 'limits' | 'wheel'> {}

/** The copies of one request. Nothing that becomes of them reaches the request itself. */
export class MirroredRequest {
  readonly #copies: readonly Copy[];

  private constructor(copies: readonly Copy[]) {
    this.#copies = copies;
  }

  /**
   * Starts the copies that the shares of the mirrors choose for this request, or null where they choose none.
   *
   * @param early content that is there already, and held anyway
   * @param ended nothing else follows
   * @param timeout milliseconds that a response may take, or null where the route does not say
   */
  static start(
    mirrors: readonly MirrorPlan[],
    request: RoutedRequest,
    early: readonly Buffer[],
    ended: boolean,
    timeout: number | null,
    context: MirrorContext,
  ): MirroredRequest | null {
    const chosen = mirrors.filter(({ share }) => share > 0 && (share >= 1 || Math.random() < share));
    if (chosen.length === 0) return null;
    const copies = chosen.map((mirror) => new Copy(mirror, timeout ?? context.limits.mirrorTimeout, context));
    for (const copy of copies) copy.start(request, early, ended);
    return new MirroredRequest(copies);
  }

  write(chunk: Buffer): void {
    for (const copy of this.#copies) copy.write(chunk);
  }

  end(trailers: readonly Field[] | null): void {
    for (const copy of this.#copies) copy.end(trailers);
  }

  /** The request's exchange is over. A copy that is whole goes on by itself; another one must not look whole. */
  leave(): void {
    for (const copy of this.#copies) copy.leave();
  }
}

/** One copy on its way. It is sent once, waits for nobody, and its response is read and dropped. */
class Copy implements AttemptOwner, ConnectionSeeker {
  readonly #mirror: MirrorPlan;
  readonly #timeout: number;
  readonly #context: MirrorContext;
  readonly #deadline = new Deadline(() => this.#lose());
  #head: RequestHead | null = null;
  #attempt: Attempt | null = null;
  /** Content that the backend does not take yet. */
  readonly #held: Buffer[] = [];
  #heldBytes = 0;
  #responseBytes = 0;
  #ended = false;
  #trailers: readonly Field[] | null = null;
  /** Nothing of the request is left to be sent. */
  #sent = false;
  #responded = false;
  #over = false;

  constructor(mirror: MirrorPlan, timeout: number, context: MirrorContext) {
    this.#mirror = mirror;
    this.#timeout = timeout;
    this.#context = context;
  }

  start(request: RoutedRequest, early: readonly Buffer[], ended: boolean): void {
    const pool = this.#context.backends.get(this.#mirror.backend);
    if (pool === null || pool.backend.security.type === 'refused') {
      this.#lose();
      return;
    }
    for (const chunk of early) this.#hold(chunk);
    this.#ended = ended;
    if (ended) this.#context.wheel.arm(this.#deadline, this.#timeout);
    const head = upstreamHead(request, this.#mirror, this.#context.forwarded, '');
    // The content comes as the client sends it: it is not this backend's to ask for.
    this.#head = { ...head, expectContinue: false };
    const attempt = new Attempt(pool, this, this);
    this.#attempt = attempt;
    if (attempt.start(inTurn, head.authority, false, null) !== null) this.#lose();
  }

  write(chunk: Buffer): void {
    const attempt = this.#attempt;
    if (this.#over || attempt === null) return;
    if (attempt.opened && !attempt.blocked) {
      attempt.write(chunk);
      return;
    }
    this.#hold(chunk);
    if (this.#heldBytes > this.#context.limits.mirroredContent) this.#lose();
  }

  end(trailers: readonly Field[] | null): void {
    if (this.#over) return;
    this.#ended = true;
    this.#trailers = trailers;
    this.#context.wheel.arm(this.#deadline, this.#timeout);
    this.#flush();
  }

  leave(): void {
    if (!this.#ended) this.#lose();
  }

  onConnection(attempt: Attempt): void {
    const bare = this.#ended && this.#held.length === 0 && this.#trailers === null;
    this.#sent = bare;
    attempt.open(this.#head as RequestHead, bare, null, this.#context.wheel);
    this.#flush();
  }

  onRequestWritable(): void {
    this.#flush();
  }

  onResponse(_head: ResponseHead, ended: boolean): void {
    this.#responded = true;
    this.#mirror.series.mirrored += 1;
    if (ended) this.#finish();
  }

  onContent(chunk: Buffer): boolean {
    this.#responseBytes += chunk.length;
    if (this.#responseBytes > this.#context.limits.discardedContent) this.#lose();
    return true;
  }

  onResponseEnd(_trailers: readonly Field[] | null): void {
    this.#finish();
  }

  onInformational(_status: number, _fields: readonly Field[]): void {}

  onConnectFailed(_failure: ConnectFailure, _endpoint: EndpointPool): void {
    this.#lose();
  }

  onPoolRetired(): void {
    this.#lose();
  }

  onBroken(_failure: StreamFailure): void {
    this.#lose();
  }

  onBackendTimeout(): void {
    this.#lose();
  }

  #hold(chunk: Buffer): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
  }

  /** Sends what is held, as far as the backend takes it, and the end after it. */
  #flush(): void {
    const attempt = this.#attempt;
    if (this.#over || this.#sent || attempt === null || !attempt.opened) return;
    while (this.#held.length > 0 && !attempt.blocked) {
      const chunk = this.#held.shift() as Buffer;
      this.#heldBytes -= chunk.length;
      attempt.write(chunk);
    }
    if (!this.#ended || this.#held.length > 0) return;
    this.#sent = true;
    attempt.end(this.#trailers);
  }

  #lose(): void {
    if (this.#over) return;
    if (!this.#responded) this.#mirror.series.mirrorsLost += 1;
    this.#attempt?.abort();
    this.#finish();
  }

  #finish(): void {
    this.#over = true;
    this.#context.wheel.disarm(this.#deadline);
    this.#held.length = 0;
    this.#attempt?.close();
  }
}
