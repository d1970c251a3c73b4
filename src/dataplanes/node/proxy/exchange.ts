import type { PathMatch, Route } from '../../../model/route.ts';
import type { Field } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import type { AbortReason, ClientConnectionInfo, ServerStream, ServerStreamHandler } from '../http/stream.ts';
import type { Attempts } from './attempts.ts';
import { Admission, type Admitted, isFree } from './authorization/admission.ts';
import type { Denied } from './authorization/authorization.ts';
import type { EarlyContent } from './authorization/early-content.ts';
import { ClientContent } from './client-content.ts';
import { ClientResponse } from './client-response.ts';
import type { ExchangeContext } from './context.ts';
import { decide, type Onward } from './decision.ts';
import { concludeExchange } from './exchange-record.ts';
import { type Failure, failureOf, type Refusal, refusal } from './failure.ts';
import { type ForwardedExchange, Forwarding } from './forwarding.ts';
import { isGrpc } from './grpc-status.ts';
import { newRequestId } from './headers/forwarded.ts';
import { type Found, findRoute } from './routing/find-route.ts';
import type { DestinationPlan } from './routing/plan.ts';
import type { CompiledRoute } from './routing/virtual-host.ts';
import { verdictOnSilence } from './silence.ts';

/**
 * One request, from its head until both directions have ended. It finds the route, asks whoever is to be asked, and then
 * answers itself or lets the request go on.
 */
export class Exchange implements ServerStreamHandler, ForwardedExchange {
  /** Links of the list of exchanges under way. */
  next: Exchange | null = null;
  previous: Exchange | null = null;
  readonly stream: ServerStream;
  readonly requestId: string;
  readonly startedAt: number;
  readonly content: ClientContent;
  readonly response: ClientResponse;
  failure: Failure | null = null;
  readonly #context: ExchangeContext;
  /** The request as it goes on: the client's, with what was added where somebody was asked about it. */
  #request: RequestHead;
  #found: Found;
  /** Whoever is asked about the request, or null. */
  #admission: Admission | null = null;
  #destination: DestinationPlan | null = null;
  /** Null where the request goes nowhere. */
  #forwarding: Forwarding | null = null;
  #finished = false;
  /** Sweeps without a byte in either direction. */
  #quiet = 0;

  constructor(stream: ServerStream, context: ExchangeContext) {
    this.stream = stream;
    this.requestId = newRequestId();
    this.startedAt = context.now();
    this.#context = context;
    this.content = new ClientContent(stream);
    this.response = new ClientResponse(stream);
    this.#request = stream.head;
    this.#found = findRoute(stream, context.routing, context.view);
  }

  get section(): string {
    return this.#found.section?.name ?? '';
  }

  get route(): CompiledRoute | null {
    return this.#found.route;
  }

  // The request as it goes on.

  get head(): RequestHead {
    return this.#request;
  }

  get client(): ClientConnectionInfo {
    return this.stream.client;
  }

  get path(): string {
    return this.#found.path;
  }

  get match(): PathMatch {
    return this.#taker.match.path;
  }

  /** The route that takes it. */
  get #taker(): Route {
    return (this.route as CompiledRoute).route;
  }

  get early(): EarlyContent | null {
    return this.#admission?.early ?? null;
  }

  /** Null where there were none. */
  get attempts(): Attempts | null {
    return this.#forwarding?.attempts ?? null;
  }

  /** When the backend's response began, or -1. */
  get respondedAt(): number {
    return this.#forwarding?.respondedAt ?? -1;
  }

  /** Both directions carry bytes of another protocol. */
  get upgraded(): boolean {
    return this.#forwarding?.upgraded === true;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Asks whoever is to be asked, then does what the route says. */
  begin(): void {
    this.response.cors = this.route?.cors ?? null;
    if (isFree(this.#found)) this.#proceed();
    else this.#ask();
  }

  #ask(): void {
    this.#admission = new Admission(this, this.#found, this.#context, (admitted) => this.#onAdmitted(admitted));
    this.content.pause();
    this.#admission.begin();
  }

  #onAdmitted(admitted: Admitted): void {
    this.#quiet = 0;
    if (admitted.type === 'failed') this.fail(admitted.refusal);
    else if (admitted.type === 'denied') this.#deny(admitted);
    else {
      this.#found = admitted.found;
      this.#request = admitted.head;
      this.response.cors = this.route?.cors ?? null;
      this.#proceed();
    }
  }

  /** Does what the route says. */
  #proceed(): void {
    const decision = decide(this.#found, this.stream, this.#context.backends);
    switch (decision.type) {
      case 'refuse':
        if (decision.destination !== null) this.#choose(decision.destination);
        this.fail(decision.refusal);
        break;
      case 'answer':
        this.response.answer(decision);
        this.finish(null);
        break;
      case 'forward':
        this.#choose(decision.destination);
        this.#forward(decision);
        break;
    }
  }

  // What the client does.

  onData(chunk: Buffer): void {
    if (this.#finished) return;
    this.#quiet = 0;
    this.content.bytes += chunk.length;
    if (this.#forwarding !== null) this.#forwarding.onData(chunk);
    else this.#admission?.early.push(chunk);
  }

  onEnd(trailers: readonly Field[] | null): void {
    if (this.#finished) return;
    this.#quiet = 0;
    this.content.end(trailers);
    if (this.#forwarding !== null) this.#forwarding.onEnd(trailers);
    else this.#admission?.early.end();
  }

  onAbort(reason: AbortReason): void {
    if (this.#finished) return;
    this.response.leave();
    this.attempts?.current?.abort();
    // A tunnel has no other end than that one side closes.
    const orderly = this.upgraded && reason === 'client-closed';
    this.finish(orderly ? null : failureOf(reason, `the client's side ended the exchange: ${reason}`));
  }

  onWritable(): void {
    this.#quiet = 0;
    this.#forwarding?.onWritable();
  }

  // What becomes of it.

  moved(): void {
    this.#quiet = 0;
  }

  /** Called once a sweep. @param period milliseconds between sweeps */
  sweep(period: number): void {
    this.#quiet += 1;
    const { upgraded } = this;
    const blocked = this.attempts?.current?.blocked === true;
    const idle = this.route?.route.timeouts.idle;
    const verdict = verdictOnSilence(this.#quiet * period, { upgraded, blocked, idle }, this.#context.limits);
    if (verdict !== null) this.fail(verdict);
  }

  /** Ends at once, whatever is under way. */
  destroy(): void {
    if (this.#finished) return;
    this.stream.abort();
    this.onAbort('shutdown');
  }

  /** Answers with an error, or breaks off where the response has begun: it must not look whole. */
  fail(refused: Refusal): void {
    if (this.#finished) return;
    if (this.response.begun) this.stream.abort();
    else this.response.refuse(refused);
    this.finish(refused.failure);
  }

  /** The last thing that happens, once. */
  finish(failure: Failure | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.failure = failure;
    this.#admission?.cancel();
    this.#forwarding?.finish(failure === null);
    const series = this.#destination?.series ?? this.route?.plan.series ?? this.#found.section?.series ?? null;
    concludeExchange(this, series, this.#context);
  }

  #choose(destination: DestinationPlan): void {
    this.#destination = destination;
    this.response.edits = destination.responseEdits;
  }

  /** Lets the request go on. */
  #forward(onward: Onward): void {
    this.#forwarding = new Forwarding(this, this.#taker.timeouts, onward, this.#context);
    this.#forwarding.begin();
  }

  /** The answer of whoever refused the request. */
  #deny({ head, content, message }: Denied): void {
    if (content === null || isGrpc(this.stream.head)) {
      this.fail(refusal(head.status, 'denied', message));
      return;
    }
    this.response.passOn(head, content);
    this.finish(failureOf('denied', message));
  }
}
