import { inTurn } from '../../balancing/balancer.ts';
import type { Field } from '../../http/field.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import type { StreamFailure } from '../../http/stream.ts';
import type { Attempt } from '../attempt.ts';
import { Attempts, type AttemptsOwner, type Sequel } from '../attempts.ts';
import type { ConnectFailure } from '../connector.ts';
import type { ExchangeContext } from '../context.ts';
import { type Refusal, refusal } from '../failure.ts';
import type { EndpointPool } from '../pool/endpoint.ts';
import { RetryPolicy } from '../retry.ts';
import { grantedHead, questionHead } from './heads.ts';
import type { AskPlan, AuthorizationPlan } from './plan.ts';

/** What became of a question. */
export type Outcome =
  /** The request goes on like this. */
  | { readonly type: 'granted'; readonly head: RequestHead }
  | Denied
  /** Nobody answered as they should: the request does not go on. */
  | { readonly type: 'failed'; readonly refusal: Refusal };

/** The answer that the client gets. */
export interface Denied {
  readonly type: 'denied';
  readonly head: ResponseHead;
  /** Null where it was too long to be passed on. */
  readonly content: Buffer | null;
  /** One sentence for the log. */
  readonly message: string;
}

const unaskedRetries = new RetryPolicy();

/** Asks, one after the other in their order, whoever decides whether one request goes on. The first refusal is the last word. */
export class Authorization implements AttemptsOwner {
  readonly #plans: readonly AuthorizationPlan[];
  readonly #context: ExchangeContext;
  readonly #onOutcome: (outcome: Outcome) => void;
  #next = 0;
  #head: RequestHead;
  #plan: AskPlan | null = null;
  #question: RequestHead | null = null;
  #attempts: Attempts | null = null;
  #denied: ResponseHead | null = null;
  #content: Buffer[] = [];
  #size = 0;
  #over = false;

  constructor(
    plans: readonly AuthorizationPlan[],
    head: RequestHead,
    context: ExchangeContext,
    onOutcome: (outcome: Outcome) => void,
  ) {
    this.#plans = plans;
    this.#head = head;
    this.#context = context;
    this.#onOutcome = onOutcome;
  }

  /** Asks the next one. The outcome may be there before this returns. */
  ask(): void {
    const plan = this.#plans[this.#next];
    if (plan === undefined) {
      this.#end({ type: 'granted', head: this.#head });
      return;
    }
    this.#next += 1;
    if (plan.type === 'refuse') {
      this.#end({ type: 'failed', refusal: plan.refusal });
      return;
    }
    this.#plan = plan;
    this.#question = questionHead(this.#head, plan);
    this.#attempts = new Attempts(this, this.#context, plan.backend, inTurn, unaskedRetries, false);
    this.#try();
  }

  /** The request is over. No outcome follows. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#attempts?.finish(false);
  }

  onConnection(attempt: Attempt): void {
    const { limits, wheel } = this.#context;
    attempt.open(this.#question as RequestHead, true, limits.authorizationTimeout, wheel);
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

  onInformational(_status: number, _fields: readonly Field[]): void {}

  onResponse(head: ResponseHead, ended: boolean): void {
    if (this.#over) return;
    if (head.status === 200) {
      if (!ended) this.#attempts?.discard(true);
      else this.#attempts?.finish(true);
      this.#head = grantedHead(this.#head, head, this.#plan as AskPlan);
      this.ask();
    } else if (head.status >= 500 || head.status < 200) {
      this.#fail(`${this.#service} answered with ${head.status}`);
    } else {
      this.#denied = head;
      if (ended) this.#deny();
    }
  }

  onContent(chunk: Buffer): boolean {
    this.#size += chunk.length;
    if (this.#size > this.#context.limits.authorizationContent) this.#deny();
    else this.#content.push(chunk);
    return true;
  }

  onResponseEnd(_trailers: readonly Field[] | null): void {
    this.#deny();
  }

  onBroken(failure: StreamFailure): void {
    const attempts = this.#attempts as Attempts;
    const late = attempts.current?.connection?.connected?.refusal(failure) ?? null;
    const sequel = this.#denied === null ? attempts.afterBreak(failure, late, this.#question as RequestHead) : null;
    if (sequel === null) this.#fail(failure.message);
    else this.#follow(sequel);
  }

  onRequestWritable(): void {}

  onBackendTimeout(): void {
    this.#fail(`${this.#service} did not answer in time`);
  }

  get #service(): string {
    return this.#attempts?.current?.pool.backend.service ?? '';
  }

  #try(): void {
    if (this.#over) return;
    const refused = (this.#attempts as Attempts).next(this.#question as RequestHead);
    if (refused !== null) this.#follow(refused);
  }

  #follow(sequel: Sequel): void {
    if (this.#over) return;
    if (sequel === 'at-once') this.#try();
    else if (sequel === 'later') this.#attempts?.backOff();
    else this.#fail(sequel.failure.message, sequel);
  }

  #deny(): void {
    const head = this.#denied;
    if (head === null || this.#over) return;
    const isWhole = this.#size <= this.#context.limits.authorizationContent;
    const content = isWhole ? Buffer.concat(this.#content) : null;
    this.#attempts?.finish(isWhole);
    this.#end({ type: 'denied', head, content, message: `${this.#service} refused the request with ${head.status}` });
  }

  /** Without an answer nobody is let in. */
  #fail(cause: string, because: Refusal | null = null): void {
    if (this.#over) return;
    this.#attempts?.finish(false);
    const { status, failure } = refusal(
      503,
      'authorization-failed',
      `it is not known whether the request may go on: ${cause}`,
    );
    const { origin = null, connect = null } = because?.failure ?? {};
    this.#end({ type: 'failed', refusal: { status, failure: { ...failure, origin, connect } } });
  }

  #end(outcome: Outcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOutcome(outcome);
  }
}
