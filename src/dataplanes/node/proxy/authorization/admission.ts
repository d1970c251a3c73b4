import type { RequestHead } from '../../http/message.ts';
import type { ServerStream } from '../../http/stream.ts';
import type { ClientContent } from '../client-content.ts';
import type { ExchangeContext } from '../context.ts';
import { type Found, findRoute } from '../routing/find-route.ts';
import { Authorization, type Outcome } from './authorization.ts';
import { EarlyContent } from './early-content.ts';
import type { AuthorizationPlan } from './plan.ts';

/** What became of a request that somebody was asked about. */
export type Admitted =
  | { readonly type: 'granted'; readonly found: Found; readonly head: RequestHead }
  | Exclude<Outcome, { readonly type: 'granted' }>;

/** The request that is asked about. */
interface Asked {
  readonly stream: ServerStream;
  readonly requestId: string;
  readonly content: ClientContent;
}

/** Whether nobody is to be asked about a request. */
export function isFree({ section, route }: Found): boolean {
  return (section === null || section.authorization === null) && (route === null || route.authorization === null);
}

/**
 * Asks about one request: first whoever the listener names, since what they add may lead to another route, then whoever
 * the route names.
 */
export class Admission {
  /** Content that comes meanwhile. */
  readonly early: EarlyContent;
  readonly #stream: ServerStream;
  readonly #requestId: string;
  readonly #context: ExchangeContext;
  readonly #onAdmitted: (admitted: Admitted) => void;
  #found: Found;
  #asking: Authorization | null = null;

  constructor(
    { stream, requestId, content }: Asked,
    found: Found,
    context: ExchangeContext,
    onAdmitted: (admitted: Admitted) => void,
  ) {
    this.early = new EarlyContent(stream, content, context);
    this.#stream = stream;
    this.#requestId = requestId;
    this.#found = found;
    this.#context = context;
    this.#onAdmitted = onAdmitted;
  }

  /** The outcome may be there before this returns. */
  begin(): void {
    const { head, client } = this.#stream;
    const plans = this.#found.section?.authorization ?? null;
    if (plans === null) {
      this.#askOfRoute(head);
      return;
    }
    this.#ask(plans, head, (granted) => {
      const { routing, view } = this.#context;
      // Once, and with what was added (GEP-5224). The listener is another matter: that depends on the host alone.
      this.#found = findRoute({ head: granted, client }, routing, view);
      this.#askOfRoute(granted);
    });
  }

  /** The request is over. No outcome follows. */
  cancel(): void {
    this.#asking?.cancel();
    this.early.drop();
  }

  #askOfRoute(head: RequestHead): void {
    const { route } = this.#found;
    const plans = route?.authorization ?? null;
    const go = (granted: RequestHead): void => {
      const onward = this.early.asked ? { ...granted, expectContinue: false } : granted;
      this.#onAdmitted({ type: 'granted', found: this.#found, head: onward });
    };
    // A preflight request carries nothing that anybody could be asked about (WHATWG Fetch section 3.3.5). It is the client's
    // own head that makes it one, as for the answer: what was added must not spare it a question.
    if (plans === null || route?.cors?.answerPreflight(this.#stream.head)) go(head);
    else this.#ask(plans, head, go);
  }

  #ask(plans: readonly AuthorizationPlan[], head: RequestHead, then: (granted: RequestHead) => void): void {
    const { client, protocol } = this.#stream;
    const subject = { head, client, protocol, requestId: this.#requestId };
    this.#asking = new Authorization(plans, subject, this.early, this.#context, (outcome) => {
      if (outcome.type === 'granted') then(outcome.head);
      else this.#onAdmitted(outcome);
    });
    this.#asking.ask();
  }
}
