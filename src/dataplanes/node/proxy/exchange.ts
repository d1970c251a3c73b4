import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { AbortReason, ServerStream, ServerStreamHandler, StreamFailure } from '../http/stream.ts';
import { Deadline } from '../io/deadlines.ts';
import { Attempt, type AttemptOwner } from './attempt.ts';
import type { ConnectFailure } from './connector.ts';
import type { ExchangeContext } from './context.ts';
import { type Answer, decide } from './decision.ts';
import { recordOf } from './exchange-record.ts';
import {
  classOfStream,
  describeToClient,
  type Failure,
  type FailureClass,
  failureOf,
  type Refusal,
  refusal,
  refusalOfConnect,
} from './failure.ts';
import { withDate } from './headers/date.ts';
import { applyEdits, type HeaderEdit } from './headers/edit.ts';
import { newRequestId } from './headers/forwarded.ts';
import { respondLocally } from './local-response.ts';
import { MirroredRequest } from './mirror.ts';
import type { EndpointPool } from './pool/endpoint.ts';
import { isRepeatable, isUnprocessed, KeptContent } from './replay.ts';
import { RetryPolicy } from './retry.ts';
import { type Found, findRoute } from './routing/find-route.ts';
import { joinHostPort } from './routing/host.ts';
import type { DestinationPlan } from './routing/plan.ts';
import type { CompiledRoute } from './routing/virtual-host.ts';
import { verdictOnSilence } from './silence.ts';
import { upgradeOf, type WebSocketUpgrade } from './upgrade.ts';
import { type RoutedRequest, upstreamHead } from './upstream-head.ts';

const unaskedRetries = new RetryPolicy();

/** What the log and the counters write where the client left before there was a status. */
const clientLeft = 499;

/**
 * One request, from its head until both directions have ended. It finds the route, answers itself or sends the request
 * on by an `Attempt`, and carries contents, trailers and pauses between the two streams.
 */
export class Exchange implements ServerStreamHandler, AttemptOwner {
  /** Links of the list of exchanges under way. */
  next: Exchange | null = null;
  previous: Exchange | null = null;
  readonly stream: ServerStream;
  readonly requestId: string;
  readonly startedAt: number;
  /** When the backend's response began, or -1. */
  respondedAt = -1;
  status = 0;
  requestBytes = 0;
  responseBytes = 0;
  attempts = 0;
  attempt: Attempt | null = null;
  failure: Failure | null = null;
  /** Both directions carry bytes of another protocol. */
  upgraded = false;
  readonly #context: ExchangeContext;
  readonly #found: Found;
  #destination: DestinationPlan | null = null;
  #head: RequestHead | null = null;
  readonly #content: KeptContent;
  readonly #upgrade: WebSocketUpgrade | null;
  /** The backend turned out to speak HTTP/2 alone, which carries WebSockets in a way of its own (RFC 8441). */
  #upgradesOverHttp2 = false;
  #requestEnded: boolean;
  #requestTrailers: readonly Field[] | null = null;
  #responseEnded = false;
  /** A final response's head has been sent. */
  #responding = false;
  #finished = false;
  #paused = false;
  #deadline: Deadline | null = null;
  #tried: EndpointPool[] | null = null;
  #retries = unaskedRetries;
  /** The wait before the next attempt. */
  #backOff: NodeJS.Timeout | null = null;
  #mirrored: MirroredRequest | null = null;
  /** Sweeps without a byte in either direction. */
  #quiet = 0;

  constructor(stream: ServerStream, context: ExchangeContext) {
    this.stream = stream;
    this.requestId = newRequestId();
    this.startedAt = context.now();
    this.#context = context;
    this.#content = new KeptContent(context.limits.replayedContent);
    this.#requestEnded = stream.ended;
    this.#upgrade = upgradeOf(stream);
    this.#found = findRoute(stream, context.routing, context.view);
  }

  get section(): string {
    return this.#found.section?.name ?? '';
  }

  get route(): CompiledRoute | null {
    return this.#found.route;
  }

  /** `10.0.0.7:443`: the endpoint that took no connection last, or an empty string. */
  get failedEndpoint(): string {
    const endpoint = this.#tried?.at(-1)?.endpoint;
    return endpoint === undefined ? '' : joinHostPort(endpoint.address, endpoint.port);
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Does what the route says. */
  begin(): void {
    const decision = decide(this.#found, this.stream);
    switch (decision.type) {
      case 'refuse':
        this.#destination = decision.destination;
        this.#refuse(decision.refusal);
        break;
      case 'answer':
        this.#answer(decision);
        break;
      case 'forward':
        this.#destination = decision.destination;
        this.#retries = decision.retries;
        if (this.#requestEnded) this.#armRequestTimeout();
        this.#try(null);
        if (decision.destination.mirrors !== null && !this.#finished) this.#mirror(decision.destination);
        break;
    }
  }

  // What the client does.

  onData(chunk: Buffer): void {
    if (this.#finished) return;
    this.#quiet = 0;
    this.requestBytes += chunk.length;
    this.#mirrored?.write(chunk);
    const attempt = this.attempt;
    if (attempt === null || !attempt.opened || this.#backOff !== null || (this.#upgrade !== null && !this.upgraded)) {
      this.#content.hold(chunk);
      this.#pause();
      return;
    }
    if (!this.#responding) this.#content.keepSent(chunk);
    if (!attempt.write(chunk)) this.#pause();
  }

  onEnd(trailers: readonly Field[] | null): void {
    if (this.#finished) return;
    this.#quiet = 0;
    this.#requestEnded = true;
    this.#requestTrailers = trailers;
    this.#mirrored?.end(trailers);
    if (!this.upgraded) this.#armRequestTimeout();
    const sending = this.attempt?.opened === true && this.#backOff === null;
    if (sending && (this.#upgrade === null || this.upgraded)) this.attempt?.end(trailers);
    this.#finishIfBothEnded();
  }

  onAbort(reason: AbortReason): void {
    if (this.#finished) return;
    if (this.status === 0) this.status = clientLeft;
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
    const chunks = this.#content.chunks ?? [];
    const { wheel } = this.#context;
    if (head.upgrade !== '') {
      attempt.open(head, attempt.overHttp1, timeout, wheel);
      return;
    }
    const bare = this.#requestEnded && chunks.length === 0 && this.#requestTrailers === null;
    attempt.open(head, bare, timeout, wheel);
    for (const chunk of chunks) attempt.write(chunk);
    if (this.#requestEnded && !bare) attempt.end(this.#requestTrailers);
    if (!attempt.blocked) this.#resume();
  }

  onConnectFailed(failure: ConnectFailure, endpoint: EndpointPool): void {
    const mayBeHttp2 = this.attempt?.pool.multiplexed === null && !this.#upgradesOverHttp2;
    if (this.#upgrade !== null && mayBeHttp2 && failure.reason === 'alpn-mismatch') {
      this.#upgradesOverHttp2 = true;
      this.#try(null);
      return;
    }
    this.#tried ??= [];
    this.#tried.push(endpoint);
    const refused = refusalOfConnect(failure);
    const pool = this.attempt?.pool ?? null;
    if (pool === null || this.attempts >= this.#retries.maxAttempts) this.#refuse(refused);
    else if (this.#tried.length < pool.size) this.#try(refused);
    else if (this.#retries.asked) this.#tryLater();
    else this.#refuse(refused);
  }

  onPoolRetired(): void {
    this.#tried = null;
    this.attempts -= 1;
    this.#try(null);
  }

  onInformational(status: number, fields: readonly Field[]): void {
    this.#quiet = 0;
    if (!this.#responding) this.stream.inform(status, fields);
  }

  onResponse(head: ResponseHead, ended: boolean): void {
    this.#quiet = 0;
    if (this.#retries.covers(head.status) && this.#mayTryAgain()) {
      this.#discardResponse();
      this.#tryLater();
      return;
    }
    this.respondedAt = this.#context.now();
    if (head.status === 101) {
      this.#switchProtocols(head);
      return;
    }
    this.#content.drop();
    this.#respond(head.status, head, ended);
    if (ended) this.#finish(null);
  }

  onContent(chunk: Buffer): boolean {
    this.#quiet = 0;
    this.responseBytes += chunk.length;
    return this.stream.write(chunk);
  }

  onResponseEnd(trailers: readonly Field[] | null): void {
    this.#quiet = 0;
    this.#responseEnded = true;
    this.stream.end(trailers);
    if (this.upgraded) this.#finishIfBothEnded();
    else this.#finish(null);
  }

  onBroken(failure: StreamFailure): void {
    if (this.#responding) {
      this.stream.abort();
      const orderly = this.upgraded && failure.type === 'connection-closed';
      this.#finish(orderly ? null : failureOf(classOfStream(failure), failure.message));
      return;
    }
    const connection = this.attempt?.connection ?? null;
    const late = connection?.connected?.refusal(failure) ?? null;
    if (connection !== null && late !== null) {
      connection.endpoint.failed(late);
      // That it was a refusal may be inferred from a mere close: what may have been acted on is not repeated.
      const again = this.#content.chunks !== null && isRepeatable(this.stream.head);
      if (again) this.onConnectFailed(late, connection.endpoint);
      else this.#refuse(refusalOfConnect(late));
      return;
    }
    const overHttp1 = this.attempt?.overHttp1 === true;
    if (isUnprocessed(failure, this.stream.head, overHttp1) && this.#mayTryAgain()) {
      if (overHttp1) connection?.endpoint.endAllIdle();
      this.#try(null);
    } else this.#refuse(refusal(502, classOfStream(failure), failure.message));
  }

  onRequestWritable(): void {
    this.#quiet = 0;
    this.#resume();
  }

  onBackendTimeout(): void {
    // What may have been acted on is not repeated unless that does no harm.
    if (this.#retries.asked && this.#mayTryAgain() && isRepeatable(this.stream.head)) {
      this.attempt?.abort();
      this.#tryLater();
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
  #answer({ status, fields, edits, content }: Answer): void {
    this.#responding = true;
    this.status = status;
    this.responseBytes += respondLocally(this.stream, status, content, fields, this.#responseEdits(edits));
    this.#finish(null);
  }

  /** Whether nothing stands in the way of one more attempt. */
  #mayTryAgain(): boolean {
    return !this.#responding && this.attempts < this.#retries.maxAttempts && this.#content.chunks !== null;
  }

  /** Tries any endpoint again after a while. The present attempt is over. */
  #tryLater(): void {
    this.#tried = null;
    this.#backOff = setTimeout(
      () => {
        this.#backOff = null;
        this.#try(null);
      },
      this.#retries.delay(this.attempts, Math.random()),
    );
  }

  #discardResponse(): void {
    const { discardedContent, lingerTimeout } = this.#context.limits;
    if (this.#requestEnded) this.attempt?.discard(discardedContent, lingerTimeout, this.#context.wheel);
    else this.attempt?.abort();
  }

  /** Sends copies to whoever is to have them. A tunnel has none: its bytes are no request. */
  #mirror({ mirrors }: DestinationPlan): void {
    if (mirrors === null || this.#upgrade !== null) return;
    const { request, backendRequest } = (this.route as CompiledRoute).route.timeouts;
    const timeout = backendRequest ?? request;
    this.#mirrored = MirroredRequest.start(mirrors, this.#routed(), this.#requestEnded, timeout, this.#context);
  }

  /** Starts an attempt. @param last why the one before it got no connection */
  #try(last: Refusal | null): void {
    const destination = this.#destination?.destination;
    if (destination?.type !== 'backend') return;
    const pool = this.#context.backends.get(destination.backend);
    if (pool === null) {
      this.#refuse(refusal(503, 'backend-missing', `${destination.backend} is not configured`));
      return;
    }
    const attempt = new Attempt(pool, this);
    this.attempts += 1;
    this.attempt = attempt;
    const { security, service } = pool.backend;
    if (security.type === 'refused') {
      this.#refuse(refusal(503, 'backend-refused', `${service}: ${security.message}`, security.origin));
      return;
    }
    this.#head ??= this.#makeHead();
    const http1Only = this.#upgrade !== null && pool.speaksHttp1 && !this.#upgradesOverHttp2;
    const none = attempt.start(this.#head.authority, http1Only, this.#tried);
    if (none === 'no-endpoints') {
      this.#refuse(last ?? refusal(503, 'no-endpoints', `${service} has no endpoints`));
    } else if (none === 'pending-overflow') {
      this.#refuse(refusal(503, 'pending-overflow', `too many requests wait for ${service}`));
    } else if (!attempt.opened && !this.#finished) this.#pause();
  }

  #makeHead(): RequestHead {
    const upgrade = this.#upgrade === null ? '' : this.stream.head.upgrade;
    return upstreamHead(this.#routed(), this.#destination as DestinationPlan, this.#context.forwarded, upgrade);
  }

  #routed(): RoutedRequest {
    const { head, client } = this.stream;
    const { route, path } = this.#found;
    return { head, client, requestId: this.requestId, path, match: (route as CompiledRoute).route.match.path };
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
    // What was an ended request is an open direction now.
    this.#requestEnded = false;
    const chunks = this.#content.chunks ?? [];
    this.#content.drop();
    this.#respond(101, this.#upgrade.responseFor(head, attempt.overHttp1), false);
    for (const chunk of chunks) attempt.write(chunk);
    if (!attempt.blocked) this.#resume();
  }

  #respond(status: number, head: ResponseHead, ended: boolean): void {
    this.#responding = true;
    this.status = status;
    const edited = applyEdits(head.fields, this.#responseEdits(this.#destination?.responseEdits ?? []));
    this.stream.respond({ ...head, fields: withDate(edited) }, ended);
  }

  /** What the route says itself comes after what follows from its cross-origin sharing, and so has the last word. */
  #responseEdits(own: readonly HeaderEdit[]): readonly HeaderEdit[] {
    const cors = this.#found.route?.cors ?? null;
    return cors === null ? own : [cors.editFor(this.stream.head), ...own];
  }

  /** Answers with an error, or breaks off where the response has begun: it must not look whole. */
  #fail(refused: Refusal): void {
    if (this.#responding) this.#breakOff(refused.failure.class, refused.failure.message);
    else this.#refuse(refused);
  }

  #refuse({ status, failure }: Refusal): void {
    if (this.#finished || this.#responding) return;
    this.#responding = true;
    this.status = status;
    const edits = this.#responseEdits(this.#destination?.responseEdits ?? []);
    this.responseBytes += respondLocally(this.stream, status, describeToClient(failure.class), [], edits);
    this.#finish(failure);
  }

  #breakOff(failureClass: FailureClass, message: string): void {
    this.stream.abort();
    this.#finish(failureOf(failureClass, message));
  }

  #finishIfBothEnded(): void {
    if (this.upgraded && this.#requestEnded && this.#responseEnded) this.#finish(null);
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

  #pause(): void {
    if (this.#paused || (this.#requestEnded && !this.upgraded)) return;
    this.#paused = true;
    this.stream.pause();
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.stream.resume();
  }

  /** The last thing that happens, once. */
  #finish(failure: Failure | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.failure = failure;
    this.#disarm();
    if (this.#backOff !== null) clearTimeout(this.#backOff);
    this.#mirrored?.leave();
    this.#content.drop();
    if (failure === null) this.attempt?.close();
    else this.attempt?.abort();
    const context = this.#context;
    const { counters, accessLog } = context;
    const duration = context.now() - this.startedAt;
    const series =
      this.#destination?.series ?? this.route?.plan.series ?? this.#found.section?.series ?? context.unrouted;
    series.record(this.status, duration / 1000, this.requestBytes, this.responseBytes);
    if (this.attempts > 1) series.retries += this.attempts - 1;
    if (failure !== null) series.recordFailure(failure.class);
    if (this.upgraded) counters.activeTunnels -= 1;
    context.onFinished(this);
    if (accessLog !== null) accessLog.write(recordOf(this, context.epoch, duration));
  }
}
