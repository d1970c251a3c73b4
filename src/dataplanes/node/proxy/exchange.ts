import { inTurn } from '../balancing/balancer.ts';
import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { AbortReason, ServerStream, ServerStreamHandler, StreamFailure } from '../http/stream.ts';
import { Deadline } from '../io/deadlines.ts';
import type { Attempt } from './attempt.ts';
import { Attempts, type AttemptsOwner, type Sequel } from './attempts.ts';
import { Admission, type Admitted, isFree } from './authorization/admission.ts';
import type { Denied } from './authorization/authorization.ts';
import { ClientContent } from './client-content.ts';
import { ClientResponse } from './client-response.ts';
import type { ConnectFailure } from './connector.ts';
import type { ExchangeContext } from './context.ts';
import { type Answer, decide, type Onward } from './decision.ts';
import { concludeExchange } from './exchange-record.ts';
import { classOfStream, type Failure, failureOf, type Refusal, refusal } from './failure.ts';
import { isGrpc } from './grpc-status.ts';
import type { HeaderEdit } from './headers/edit.ts';
import { fillEdits } from './headers/fill.ts';
import { newRequestId } from './headers/forwarded.ts';
import { MirroredRequest } from './mirror.ts';
import type { EndpointPool } from './pool/endpoint.ts';
import { type Found, findRoute } from './routing/find-route.ts';
import type { DestinationPlan } from './routing/plan.ts';
import type { CompiledRoute } from './routing/virtual-host.ts';
import type { Session } from './sessions/rule-sessions.ts';
import { verdictOnSilence } from './silence.ts';
import { upgradeOf, type WebSocketUpgrade } from './upgrade.ts';
import { type RoutedRequest, upstreamHead } from './upstream-head.ts';

/**
 * One request, from its head until both directions have ended. It finds the route, answers itself or sends the request
 * on by an `Attempt`, and carries contents, trailers and pauses between the two streams.
 */
export class Exchange implements ServerStreamHandler, AttemptsOwner {
  /** Links of the list of exchanges under way. */
  next: Exchange | null = null;
  previous: Exchange | null = null;
  readonly stream: ServerStream;
  readonly requestId: string;
  readonly startedAt: number;
  /** When the backend's response began, or -1. */
  respondedAt = -1;
  failure: Failure | null = null;
  /** Both directions carry bytes of another protocol. */
  upgraded = false;
  readonly #context: ExchangeContext;
  /** The request as it goes on: the client's, with what was added where somebody was asked about it. */
  #request: RequestHead;
  #found: Found;
  /** Whoever is asked about the request, or null. */
  #admission: Admission | null = null;
  #isWaiting = true;
  #destination: DestinationPlan | null = null;
  /** Null where the route keeps none. */
  #session: Session | null = null;
  /** Null where the request goes nowhere. */
  #attempts: Attempts | null = null;
  #head: RequestHead | null = null;
  readonly #upgrade: WebSocketUpgrade | null;
  readonly #content: ClientContent;
  readonly #response: ClientResponse;
  #responseEnded = false;
  #finished = false;
  #deadline: Deadline | null = null;
  #mirrored: MirroredRequest | null = null;
  /** Sweeps without a byte in either direction. */
  #quiet = 0;

  constructor(stream: ServerStream, context: ExchangeContext) {
    this.stream = stream;
    this.requestId = newRequestId();
    this.startedAt = context.now();
    this.#context = context;
    this.#content = new ClientContent(stream);
    this.#response = new ClientResponse(stream);
    this.#upgrade = upgradeOf(stream);
    this.#request = stream.head;
    this.#found = findRoute(stream, context.routing, context.view);
  }

  /** 0 before there is a response. */
  get status(): number {
    return this.#response.status;
  }

  get requestBytes(): number {
    return this.#content.bytes;
  }

  get responseBytes(): number {
    return this.#response.bytes;
  }

  get section(): string {
    return this.#found.section?.name ?? '';
  }

  get route(): CompiledRoute | null {
    return this.#found.route;
  }

  /** The present attempt, or the last; null where there was none. */
  get attempt(): Attempt | null {
    return this.#attempts?.current ?? null;
  }

  /** How many attempts were begun. */
  get attempts(): number {
    return this.#attempts?.count ?? 0;
  }

  /** `10.0.0.7:443`: the endpoint that took no connection last, or an empty string. */
  get failedEndpoint(): string {
    return this.#attempts?.failedEndpoint ?? '';
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Asks whoever is to be asked, then does what the route says. */
  begin(): void {
    if (isFree(this.#found)) {
      this.#proceed();
      return;
    }
    this.#admission = new Admission(this, this.#found, this.#context, (admitted) => this.#onAdmitted(admitted));
    this.#admission.begin();
    if (this.#isWaiting) this.#content.pause();
  }

  #onAdmitted(admitted: Admitted): void {
    this.#isWaiting = false;
    this.#quiet = 0;
    if (admitted.type === 'failed') this.#refuse(admitted.refusal);
    else if (admitted.type === 'denied') this.#deny(admitted);
    else {
      this.#found = admitted.found;
      this.#request = admitted.head;
      this.#proceed();
    }
  }

  /** Does what the route says. */
  #proceed(): void {
    const decision = decide(this.#found, this.stream, this.#context.backends);
    switch (decision.type) {
      case 'refuse':
        this.#destination = decision.destination;
        this.#refuse(decision.refusal);
        break;
      case 'answer':
        this.#answer(decision);
        break;
      case 'forward':
        this.#forward(decision);
        break;
    }
  }

  // What the client does.

  onData(chunk: Buffer): void {
    if (this.#finished) return;
    this.#quiet = 0;
    this.#content.bytes += chunk.length;
    this.#mirrored?.write(chunk);
    const attempts = this.#attempts;
    if (attempts === null) {
      this.#admission?.content.push(chunk);
      this.#content.pause();
      return;
    }
    if (!attempts.sending || (this.#upgrade !== null && !this.upgraded)) {
      attempts.content.hold(chunk);
      this.#content.pause();
      return;
    }
    if (!this.#response.begun) attempts.content.keepSent(chunk);
    if (attempts.current?.write(chunk) === false) this.#content.pause();
  }

  onEnd(trailers: readonly Field[] | null): void {
    if (this.#finished) return;
    this.#quiet = 0;
    this.#content.end(trailers);
    this.#mirrored?.end(trailers);
    // Before it is known where the request goes, it is not known how long that may take.
    if (!this.upgraded && this.#attempts !== null) this.#armRequestTimeout();
    const sending = this.#attempts?.sending === true;
    if (sending && (this.#upgrade === null || this.upgraded)) this.attempt?.end(trailers);
    this.#finishIfBothEnded();
  }

  onAbort(reason: AbortReason): void {
    if (this.#finished) return;
    this.#response.leave();
    this.attempt?.abort();
    // A tunnel has no other end than that one side closes.
    const orderly = this.upgraded && reason === 'client-closed';
    this.#finish(orderly ? null : failureOf(reason, `the client's side ended the exchange: ${reason}`));
  }

  onWritable(): void {
    this.#quiet = 0;
    this.attempt?.resume();
  }

  // What the attempt does.

  onConnection(attempt: Attempt): void {
    const made = this.#head as RequestHead;
    const head = this.#upgrade?.headFor(made, attempt.overHttp1) ?? made;
    const timeout = this.route?.route.timeouts.backendRequest ?? null;
    const chunks = this.#attempts?.content.chunks ?? [];
    const { wheel } = this.#context;
    if (head.upgrade !== '') {
      attempt.open(head, attempt.overHttp1, timeout, wheel);
      return;
    }
    const { ended, trailers } = this.#content;
    const bare = ended && chunks.length === 0 && trailers === null;
    attempt.open(head, bare, timeout, wheel);
    for (const chunk of chunks) attempt.write(chunk);
    if (ended && !bare) attempt.end(trailers);
    if (!attempt.blocked) this.#content.resume();
  }

  onConnectFailed(failure: ConnectFailure, endpoint: EndpointPool): void {
    this.#follow((this.#attempts as Attempts).afterConnectFailure(failure, endpoint));
  }

  onPoolRetired(): void {
    this.#attempts?.afterRetirement();
    this.#try();
  }

  onBackOffOver(): void {
    this.#try();
  }

  onInformational(status: number, fields: readonly Field[]): void {
    this.#quiet = 0;
    if (!this.#response.begun) this.stream.inform(status, fields);
  }

  onResponse(head: ResponseHead, ended: boolean): void {
    this.#quiet = 0;
    const attempts = this.#attempts as Attempts;
    if (!this.#response.begun && attempts.repeatsAfter(head)) {
      attempts.discard(this.#content.ended);
      attempts.backOff();
      return;
    }
    this.respondedAt = this.#context.now();
    if (head.status === 101) {
      this.#switchProtocols(head);
      return;
    }
    attempts.content.drop();
    this.#respond(head, ended);
    if (ended) this.#finish(null);
  }

  onContent(chunk: Buffer): boolean {
    this.#quiet = 0;
    return this.#response.write(chunk);
  }

  onResponseEnd(trailers: readonly Field[] | null): void {
    this.#quiet = 0;
    this.#responseEnded = true;
    this.stream.end(trailers);
    if (this.upgraded) this.#finishIfBothEnded();
    else this.#finish(null);
  }

  onBroken(failure: StreamFailure): void {
    if (this.#response.begun) {
      this.stream.abort();
      const orderly = this.upgraded && failure.type === 'connection-closed';
      this.#finish(orderly ? null : failureOf(classOfStream(failure), failure.message));
      return;
    }
    const attempts = this.#attempts as Attempts;
    const late = attempts.current?.connection?.connected?.refusal(failure) ?? null;
    const sequel = attempts.afterBreak(failure, late, this.stream.head);
    this.#follow(sequel ?? refusal(502, classOfStream(failure), failure.message));
  }

  onRequestWritable(): void {
    this.#quiet = 0;
    this.#content.resume();
  }

  onBackendTimeout(): void {
    const attempts = this.#attempts as Attempts;
    if (!this.#response.begun && attempts.repeatsAfterTimeout(this.stream.head)) {
      attempts.current?.abort();
      attempts.backOff();
      return;
    }
    this.#fail(
      refusal(504, 'backend-timeout', "the backend's response was not whole within the route's backendRequest"),
    );
  }

  /** Called once a sweep. @param period milliseconds between sweeps */
  sweep(period: number): void {
    this.#quiet += 1;
    const { upgraded } = this;
    const blocked = this.attempt?.blocked === true;
    const idle = this.route?.route.timeouts.idle;
    const verdict = verdictOnSilence(this.#quiet * period, { upgraded, blocked, idle }, this.#context.limits);
    if (verdict !== null) this.#fail(verdict);
  }

  /** Ends at once, whatever is under way. */
  destroy(): void {
    if (this.#finished) return;
    this.stream.abort();
    this.onAbort('shutdown');
  }

  /** A response of the gateway's own that is no failure. */
  #answer(answer: Answer): void {
    this.#response.answer(answer, this.#responseEdits(answer.edits));
    this.#finish(null);
  }

  /** The answer of whoever refused the request. */
  #deny({ head, content, message }: Denied): void {
    if (content === null || isGrpc(this.stream.head)) {
      this.#refuse(refusal(head.status, 'denied', message));
      return;
    }
    this.#response.passOn(head, content, this.#responseEdits([]));
    this.#finish(failureOf('denied', message));
  }

  /** Sends copies to whoever is to have them. A tunnel has none: its bytes are no request. */
  #mirror({ mirrors }: DestinationPlan, early: readonly Buffer[]): void {
    if (mirrors === null || this.#upgrade !== null) return;
    const { request, backendRequest } = (this.route as CompiledRoute).route.timeouts;
    const { ended, trailers } = this.#content;
    const bare = ended && early.length === 0 && trailers === null;
    const copies = MirroredRequest.start(mirrors, this.#routed(), bare, backendRequest ?? request, this.#context);
    for (const chunk of early) copies?.write(chunk);
    if (ended && !bare) copies?.end(trailers);
    this.#mirrored = copies;
  }

  #forward({ destination, retries, session }: Onward): void {
    this.#destination = destination;
    this.#session = session;
    if (destination.destination.type !== 'backend') return;
    const { backend } = destination.destination;
    const asked = destination.balancing?.(this.stream) ?? null;
    this.#response.cookie = asked?.cookie ?? null;
    const chosen = asked?.demand ?? inTurn;
    const demand = session === null ? chosen : session.demand(chosen);
    this.#attempts = new Attempts(this, this.#context, backend, demand, retries, this.#upgrade !== null);
    const early = this.#admission?.content.splice(0) ?? [];
    for (const chunk of early) this.#attempts.content.hold(chunk);
    if (this.#content.ended) this.#armRequestTimeout();
    this.#try();
    if (destination.mirrors !== null && !this.#finished) this.#mirror(destination, early);
  }

  /** Starts an attempt. */
  #try(): void {
    const attempts = this.#attempts as Attempts;
    this.#head ??= this.#makeHead();
    const refused = attempts.next(this.#head);
    if (refused !== null) this.#refuse(refused);
    else if (attempts.current?.opened === false && !this.#finished) this.#content.pause();
  }

  #follow(sequel: Sequel): void {
    if (sequel === 'at-once') this.#try();
    else if (sequel === 'later') this.#attempts?.backOff();
    else this.#refuse(sequel);
  }

  #makeHead(): RequestHead {
    const upgrade = this.#upgrade === null ? '' : this.stream.head.upgrade;
    return upstreamHead(this.#routed(), this.#destination as DestinationPlan, this.#context.forwarded, upgrade);
  }

  #routed(): RoutedRequest {
    const { client } = this.stream;
    const { route, path } = this.#found;
    return {
      head: this.#request,
      client,
      requestId: this.requestId,
      path,
      match: (route as CompiledRoute).route.match.path,
    };
  }

  #switchProtocols(head: ResponseHead): void {
    const { attempt } = this;
    if (attempt === null || this.#upgrade?.accepts(head) !== true) {
      this.#fail(refusal(502, 'upgrade-failed', "the backend's 101 does not answer the request's upgrade"));
      return;
    }
    this.upgraded = true;
    this.#context.counters.activeTunnels += 1;
    this.#disarm();
    attempt.disarm();
    this.#content.reopen();
    const content = this.#attempts?.content;
    const chunks = content?.chunks ?? [];
    content?.drop();
    this.#respond({ ...this.#upgrade.responseFor(head, attempt.overHttp1), status: 101 }, false);
    for (const chunk of chunks) attempt.write(chunk);
    if (!attempt.blocked) this.#content.resume();
  }

  #respond(head: ResponseHead, ended: boolean): void {
    const own = this.#destination?.responseEdits ?? [];
    const edit = this.#sessionEdit();
    this.#response.forward(head, ended, this.#responseEdits(edit === null ? own : [edit, ...own]));
  }

  /** What the response tells of the session, which is where the response comes from. */
  #sessionEdit(): HeaderEdit | null {
    const endpoint = this.attempt?.connection?.endpoint.endpoint;
    if (this.#session === null || this.#destination === null || endpoint === undefined) return null;
    return this.#session.editFor(this.#destination, endpoint, this.stream.client.tls !== null);
  }

  /** What the route says itself comes after what follows from its cross-origin sharing, and so has the last word. */
  #responseEdits(own: readonly HeaderEdit[]): readonly HeaderEdit[] {
    const cors = this.#found.route?.cors ?? null;
    const edits = cors === null ? own : [cors.editFor(this.stream.head), ...own];
    return fillEdits(edits, this.stream);
  }

  /** Answers with an error, or breaks off where the response has begun: it must not look whole. */
  #fail(refused: Refusal): void {
    if (!this.#response.begun) {
      this.#refuse(refused);
      return;
    }
    this.stream.abort();
    this.#finish(refused.failure);
  }

  #refuse(refused: Refusal): void {
    if (this.#finished || this.#response.begun) return;
    this.#response.refuse(refused, this.#responseEdits(this.#destination?.responseEdits ?? []));
    this.#finish(refused.failure);
  }

  #finishIfBothEnded(): void {
    if (this.upgraded && this.#content.ended && this.#responseEnded) this.#finish(null);
  }

  #armRequestTimeout(): void {
    const timeout = this.route?.route.timeouts.request ?? null;
    if (timeout === null || this.#finished) return;
    this.#deadline = new Deadline(() =>
      this.#fail(refusal(504, 'request-timeout', "the response was not whole within the route's request timeout")),
    );
    this.#context.wheel.arm(this.#deadline, timeout);
  }

  #disarm(): void {
    if (this.#deadline !== null) this.#context.wheel.disarm(this.#deadline);
  }

  /** The last thing that happens, once. */
  #finish(failure: Failure | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.failure = failure;
    this.#disarm();
    this.#mirrored?.leave();
    this.#admission?.cancel();
    this.#attempts?.finish(failure === null);
    const series = this.#destination?.series ?? this.route?.plan.series ?? this.#found.section?.series ?? null;
    concludeExchange(this, series, this.#context);
  }
}
