import { inTurn } from '../../balancing/balancer.ts';
import type { Field } from '../../http/field.ts';
import type { RequestHead, ResponseHead } from '../../http/message.ts';
import type { StreamFailure } from '../../http/stream.ts';
import type { Attempt } from '../attempt.ts';
import { Attempts, type AttemptsOwner } from '../attempts.ts';
import type { ExchangeContext } from '../context.ts';
import { type Refusal, refusal } from '../failure.ts';
import { RetryPolicy } from '../retry.ts';
import { type Conversation, converse, type Subject, type Verdict } from './conversation.ts';
import type { EarlyContent } from './early-content.ts';
import type { AskPlan, AuthorizationPlan } from './plan.ts';

/** What became of a question. */
export type Outcome =
  /** The request goes on like this. */
  | { readonly type: 'granted'; readonly head: RequestHead }
  | Denied
  /** Nobody could be asked, or answered as they should: the request does not go on. */
  | { readonly type: 'failed'; readonly refusal: Refusal };

/** The answer that the client gets. */
export interface Denied extends Extract<Verdict, { readonly type: 'denied' }> {
  /** One sentence for the log. */
  readonly message: string;
}

const unaskedRetries = new RetryPolicy();

/** Asks, one after the other in their order, whoever decides whether one request goes on. The first refusal is the last word. */
export class Authorization implements AttemptsOwner {
  readonly #plans: readonly AuthorizationPlan[];
  readonly #context: ExchangeContext;
  readonly #onOutcome: (outcome: Outcome) => void;
  readonly #early: EarlyContent;
  #next = 0;
  #subject: Subject;
  #conversation: Conversation | null = null;
  #attempts: Attempts | null = null;
  /** The answer has begun. */
  #answered = false;
  #over = false;

  constructor(
    plans: readonly AuthorizationPlan[],
    subject: Subject,
    early: EarlyContent,
    context: ExchangeContext,
    onOutcome: (outcome: Outcome) => void,
  ) {
    this.#plans = plans;
    this.#subject = subject;
    this.#early = early;
    this.#context = context;
    this.#onOutcome = onOutcome;
  }

  /** Asks the next one. The outcome may be there before this returns. */
  ask(): void {
    const plan = this.#plans[this.#next];
    if (plan === undefined) {
      this.#end({ type: 'granted', head: this.#subject.head });
      return;
    }
    this.#next += 1;
    if (plan.type === 'refuse') {
      this.#end({ type: 'failed', refusal: plan.refusal });
      return;
    }
    if (plan.maxContent === 0) {
      this.#begin(plan, null);
      return;
    }
    this.#early.collect(plan.maxContent, (refused) => {
      if (refused === null) this.#begin(plan, this.#early.whole);
      else this.#end({ type: 'failed', refusal: refused });
    });
  }

  #begin(plan: AskPlan, content: Buffer | null): void {
    this.#answered = false;
    this.#conversation = converse(plan, this.#subject, content, this.#context.limits.authorizationContent);
    this.#attempts = new Attempts(this, this.#context, plan.backend, inTurn, unaskedRetries, false);
    this.#attempts.begin(this.#conversation.head.authority);
  }

  /** The request is over. No outcome follows. */
  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    this.#attempts?.finish(false);
  }

  onAwaiting(): void {}

  onNone(refused: Refusal): void {
    this.#fail(refused.failure.message, refused);
  }

  onConnection(attempt: Attempt): void {
    const { limits, wheel } = this.#context;
    const { head, content } = this.#conversation as Conversation;
    attempt.open(head, content === null, limits.authorizationTimeout, wheel);
    if (content === null) return;
    attempt.write(content);
    attempt.end(null);
  }

  onInformational(_status: number, _fields: readonly Field[]): void {}

  onResponse(head: ResponseHead, ended: boolean): void {
    if (this.#over) return;
    this.#answered = true;
    this.#heed((this.#conversation as Conversation).onHead(head, ended), ended);
  }

  onContent(chunk: Buffer): boolean {
    if (!this.#over) this.#heed((this.#conversation as Conversation).onContent(chunk), false);
    return true;
  }

  onResponseEnd(trailers: readonly Field[] | null): void {
    if (!this.#over) this.#heed((this.#conversation as Conversation).onEnd(trailers), true);
  }

  onBroken(failure: StreamFailure): void {
    const { head } = this.#conversation as Conversation;
    if (this.#answered || this.#attempts?.afterBreak(failure, head) !== true) this.#fail(failure.message);
  }

  onRequestWritable(): void {}

  onBackendTimeout(): void {
    this.#fail(`${this.#service} did not answer in time`);
  }

  get #service(): string {
    return this.#attempts?.current?.pool.backend.service ?? '';
  }

  /** @param whole nothing of the answer follows */
  #heed(verdict: Verdict | null, whole: boolean): void {
    if (verdict === null) return;
    if (verdict.type === 'failed') {
      this.#fail(`${this.#service} ${verdict.cause}`);
      return;
    }
    if (whole) this.#attempts?.finish(true);
    else this.#attempts?.discard(true);
    if (verdict.type === 'granted') {
      this.#subject = { ...this.#subject, head: verdict.head };
      this.ask();
    } else {
      const message = `${this.#service} refused the request with ${verdict.head.status}`;
      this.#end({ ...verdict, message });
    }
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
