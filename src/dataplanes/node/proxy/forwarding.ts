import type { Route } from '../../../model/route.ts';
import { inTurn } from '../balancing/balancer.ts';
import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { ServerStream, StreamFailure } from '../http/stream.ts';
import { Deadline } from '../io/deadlines.ts';
import type { Attempt } from './attempt.ts';
import { Attempts, type AttemptsOwner } from './attempts.ts';
import type { EarlyContent } from './authorization/early-content.ts';
import type { ClientContent } from './client-content.ts';
import type { ClientResponse } from './client-response.ts';
import type { ExchangeContext } from './context.ts';
import type { Onward } from './decision.ts';
import { classOfStream, type Failure, failureOf, type Refusal, refusal } from './failure.ts';
import type { HeaderEdit } from './headers/edit.ts';
import { MirroredRequest } from './mirror.ts';
import type { MirrorPlan } from './routing/plan.ts';
import { upgradeOf, type WebSocketUpgrade } from './upgrade.ts';
import { type RoutedRequest, upstreamHead } from './upstream-head.ts';

type Timeouts = Route['timeouts'];

/** What a request that goes on needs of its exchange, which looks at it as its route does. */
export interface ForwardedExchange extends RoutedRequest {
  readonly stream: ServerStream;
  readonly content: ClientContent;
  /** What came of it before it was known where the request goes, or null. */
  readonly early: EarlyContent | null;
  readonly response: ClientResponse;
  readonly finished: boolean;
  /** A byte has moved. */
  moved(): void;
  /** Answers with an error, or breaks off where the response has begun. */
  fail(refused: Refusal): void;
  /** Both directions have ended, as they should where there is no failure. */
  finish(failure: Failure | null): void;
}

/** A request on its way to its destination, and the response on its way back: contents, trailers, pauses, timeouts. */
export class Forwarding implements AttemptsOwner {
  readonly attempts: Attempts;
  /** When the backend's response began, or -1. */
  respondedAt = -1;
  /** Both directions carry bytes of another protocol. */
  upgraded = false;
  readonly #exchange: ForwardedExchange;
  readonly #head: RequestHead;
  readonly #timeouts: Timeouts;
  readonly #onward: Onward;
  readonly #upgrade: WebSocketUpgrade | null;
  readonly #context: ExchangeContext;
  #mirrored: MirroredRequest | null = null;
  #deadline: Deadline | null = null;
  #responseEnded = false;

  constructor(exchange: ForwardedExchange, timeouts: Timeouts, onward: Onward, context: ExchangeContext) {
    const { stream, response } = exchange;
    const { destination, backend, retries, session } = onward;
    this.#exchange = exchange;
    this.#timeouts = timeouts;
    this.#onward = onward;
    this.#context = context;
    this.#upgrade = upgradeOf(stream);
    const upgrades = this.#upgrade !== null;
    this.#head = upstreamHead(exchange, destination, context.forwarded, upgrades ? stream.head.upgrade : '');
    const asked = destination.balancing?.(stream) ?? null;
    response.cookie = asked?.cookie ?? null;
    const chosen = asked?.demand ?? inTurn;
    const demand = session === null ? chosen : session.demand(chosen);
    this.attempts = new Attempts(this, context, backend, demand, retries, upgrades);
  }

  /** The outcome may be there before this returns. */
  begin(): void {
    const chunks = this.#exchange.early?.chunks ?? none;
    for (const chunk of chunks) this.attempts.content.hold(chunk);
    if (this.#exchange.content.ended) this.#armTimeout();
    this.attempts.begin(this.#head.authority);
    const { mirrors } = this.#onward.destination;
    if (mirrors !== null && !this.#exchange.finished) this.#mirror(mirrors, chunks);
  }

  /** Sends copies to whoever is to have them. A tunnel has none: its bytes are no request. */
  #mirror(mirrors: readonly MirrorPlan[], early: readonly Buffer[]): void {
    if (this.#upgrade !== null) return;
    const { ended, trailers } = this.#exchange.content;
    const { request, backendRequest } = this.#timeouts;
    const whole = ended && trailers === null;
    const timeout = backendRequest ?? request;
    this.#mirrored = MirroredRequest.start(mirrors, this.#exchange, early, whole, timeout, this.#context);
    if (ended && !whole) this.#mirrored?.end(trailers);
  }

  // What the client does.

  onData(chunk: Buffer): void {
    const { attempts } = this;
    const { content, response } = this.#exchange;
    this.#mirrored?.write(chunk);
    if (!this.#sending) {
      attempts.content.hold(chunk);
      content.pause();
      return;
    }
    if (!response.begun) attempts.content.keepSent(chunk);
    if (attempts.current?.write(chunk) === false) content.pause();
  }

  onEnd(trailers: readonly Field[] | null): void {
    this.#mirrored?.end(trailers);
    if (!this.upgraded) this.#armTimeout();
    if (this.#sending) this.attempts.current?.end(trailers);
    this.#finishIfBothEnded();
  }

  /** The client takes more of the response. */
  onWritable(): void {
    this.attempts.current?.resume();
  }

  // What the attempt does.

  onAwaiting(): void {
    if (!this.#exchange.finished) this.#exchange.content.pause();
  }

  onNone(refused: Refusal): void {
    this.#exchange.fail(refused);
  }

  onConnection(attempt: Attempt): void {
    const head = this.#upgrade?.headFor(this.#head, attempt.overHttp1) ?? this.#head;
    const timeout = this.#timeouts.backendRequest;
    const chunks = this.attempts.content.chunks ?? [];
    const { wheel } = this.#context;
    if (head.upgrade !== '') {
      attempt.open(head, attempt.overHttp1, timeout, wheel);
      return;
    }
    const { content } = this.#exchange;
    const { ended, trailers } = content;
    const bare = ended && chunks.length === 0 && trailers === null;
    attempt.open(head, bare, timeout, wheel);
    for (const chunk of chunks) attempt.write(chunk);
    if (ended && !bare) attempt.end(trailers);
    this.attempts.content.sent();
    if (!attempt.blocked) this.#goOn();
  }

  onInformational(status: number, fields: readonly Field[]): void {
    const { response, stream } = this.#exchange;
    this.#exchange.moved();
    if (!response.begun) stream.inform(status, fields);
  }

  onResponse(head: ResponseHead, ended: boolean): void {
    const { attempts } = this;
    const { content, response } = this.#exchange;
    this.#exchange.moved();
    if (!response.begun && attempts.repeatsAfter(head)) {
      attempts.discard(content.ended);
      attempts.backOff();
      return;
    }
    this.respondedAt = this.#context.now();
    if (head.status === 101) {
      this.#switchProtocols(head);
      return;
    }
    attempts.content.drop();
    response.forward(head, ended, this.#sessionEdit());
    if (ended) this.#exchange.finish(null);
  }

  onContent(chunk: Buffer): boolean {
    this.#exchange.moved();
    return this.#exchange.response.write(chunk);
  }

  onResponseEnd(trailers: readonly Field[] | null): void {
    this.#exchange.moved();
    this.#responseEnded = true;
    this.#exchange.stream.end(trailers);
    if (this.upgraded) this.#finishIfBothEnded();
    else this.#exchange.finish(null);
  }

  onBroken(failure: StreamFailure): void {
    const { response, stream } = this.#exchange;
    if (response.begun) {
      stream.abort();
      const orderly = this.upgraded && failure.type === 'connection-closed';
      this.#exchange.finish(orderly ? null : failureOf(classOfStream(failure), failure.message));
    } else if (!this.attempts.afterBreak(failure, stream.head)) {
      this.#exchange.fail(refusal(502, classOfStream(failure), failure.message));
    }
  }

  onRequestWritable(): void {
    this.#exchange.moved();
    this.#goOn();
  }

  onBackendTimeout(): void {
    const { attempts } = this;
    const { response, stream } = this.#exchange;
    if (!response.begun && attempts.repeatsAfterTimeout(stream.head)) {
      attempts.current?.abort();
      attempts.backOff();
    } else this.#exchange.fail(backendTimeout);
  }

  /** The exchange is over. @param orderly both directions have ended as they should */
  finish(orderly: boolean): void {
    this.#disarm();
    this.#mirrored?.leave();
    this.attempts.finish(orderly);
  }

  /** The backend gets what comes from the client as it comes. */
  get #sending(): boolean {
    return this.attempts.sending && (this.#upgrade === null || this.upgraded);
  }

  /** The backend has got what there was. */
  #goOn(): void {
    this.#exchange.early?.drop();
    this.#exchange.content.resume();
  }

  #switchProtocols(head: ResponseHead): void {
    const { content, response } = this.#exchange;
    const attempt = this.attempts.current;
    if (attempt === null || this.#upgrade?.accepts(head) !== true) {
      this.#exchange.fail(notUpgraded);
      return;
    }
    this.upgraded = true;
    this.#context.counters.activeTunnels += 1;
    this.#disarm();
    attempt.disarm();
    content.reopen();
    const chunks = this.attempts.content.chunks ?? [];
    this.attempts.content.drop();
    const switched = { ...this.#upgrade.responseFor(head, attempt.overHttp1), status: 101 };
    response.forward(switched, false, this.#sessionEdit());
    for (const chunk of chunks) attempt.write(chunk);
    if (!attempt.blocked) content.resume();
  }

  /** What the response tells of the session, which is where the response comes from. */
  #sessionEdit(): HeaderEdit | null {
    const endpoint = this.attempts.current?.connection?.endpoint.endpoint;
    const { destination, session } = this.#onward;
    if (session === null || endpoint === undefined) return null;
    return session.editFor(destination, endpoint, this.#exchange.client.tls !== null);
  }

  #finishIfBothEnded(): void {
    if (this.upgraded && this.#exchange.content.ended && this.#responseEnded) this.#exchange.finish(null);
  }

  #armTimeout(): void {
    const { request } = this.#timeouts;
    if (request !== null) this.#arm(request);
  }

  /** Apart, because a function with a closure costs memory even where it makes none. */
  #arm(timeout: number): void {
    this.#deadline = new Deadline(() => this.#exchange.fail(requestTimeout));
    this.#context.wheel.arm(this.#deadline, timeout);
  }

  #disarm(): void {
    if (this.#deadline !== null) this.#context.wheel.disarm(this.#deadline);
  }
}

const none: readonly Buffer[] = [];

const requestTimeout = refusal(504, 'request-timeout', "the response was not whole within the route's request timeout");
const backendTimeout = refusal(
  504,
  'backend-timeout',
  "the backend's response was not whole within the route's backendRequest",
);
const notUpgraded = refusal(502, 'upgrade-failed', "the backend's 101 does not answer the request's upgrade");
