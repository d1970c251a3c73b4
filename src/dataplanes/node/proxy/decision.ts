import type { Cause } from '../../../model/cause.ts';
import type { Redirect } from '../../../model/route.ts';
import type { Field } from '../http/field.ts';
import type { ServerStream } from '../http/stream.ts';
import { type Refusal, refusal } from './failure.ts';
import type { HeaderEdit } from './headers/edit.ts';
import { remainingHops } from './headers/max-forwards.ts';
import { locationField } from './local-response.ts';
import type { Backends } from './pool/backends.ts';
import type { RetryPolicy } from './retry.ts';
import type { Found } from './routing/find-route.ts';
import type { DestinationPlan } from './routing/plan.ts';
import type { CompiledRoute } from './routing/virtual-host.ts';
import type { Session } from './sessions/rule-sessions.ts';

/** What becomes of a request: an error, another response of the gateway's own, or its way to a backend. */
export type Decision =
  | { readonly type: 'refuse'; readonly refusal: Refusal; readonly destination: DestinationPlan | null }
  | Answer
  | Onward;

export interface Onward {
  readonly type: 'forward';
  readonly destination: DestinationPlan;
  /** Id of the destination's. */
  readonly backend: string;
  readonly retries: RetryPolicy;
  /** Null where the route keeps none. */
  readonly session: Session | null;
}

/** A response of the gateway's own that is meant, without what cross-origin sharing adds to every response. */
export interface Answer {
  readonly type: 'answer';
  readonly status: number;
  readonly fields: readonly Field[];
  readonly edits: readonly HeaderEdit[];
  readonly content: string;
}

/** Does what the route says. Weighted destinations are chosen here, so each request asks once; a session is where it is. */
export function decide({ route, refusal: refused, path }: Found, stream: ServerStream, backends: Backends): Decision {
  if (route === null) return refuse(refused ?? noRoute);
  if (route.clients !== null && !route.clients.admits(stream.client.remoteAddress)) return refuse(notAdmitted);
  if (remainingHops(stream.head) === 0) return { type: 'answer', status: 200, fields: [], edits: [], content: '' };
  const { plan, cors } = route;
  const preflight = cors?.answerPreflight(stream.head) ?? null;
  if (preflight !== null) {
    const edits = [...preflight.edits, ...plan.responseEdits];
    return { type: 'answer', status: preflight.status, fields: [], edits, content: '' };
  }
  switch (plan.type) {
    case 'redirect':
      return redirect(route, plan.redirect, plan.responseEdits, path, stream);
    case 'respond': {
      const { status, reason, cause, content } = plan.respond;
      if (content !== undefined) return { type: 'answer', status, fields: [], edits: [], content };
      return refuse(
        invalidRoute(status, 'the route answers itself', cause ?? { message: reason, origin: route.route.origin }),
      );
    }
    case 'forward': {
      if (!plan.webSockets && stream.head.upgrade === 'websocket') return refuse(noWebSockets);
      const session = plan.sessions?.find(stream.head.fields, backends) ?? null;
      const choice = session?.destination ?? plan.choose();
      if (choice === null) return refuse(noDestination);
      const { destination, responseEdits } = choice;
      switch (destination.type) {
        case 'backend':
          return {
            type: 'forward',
            destination: choice,
            backend: destination.backend,
            retries: plan.retries,
            session,
          };
        case 'redirect':
          return redirect(route, destination.redirect, responseEdits, path, stream);
        case 'respond': {
          const { status, reason, cause } = destination;
          return refuse(
            invalidRoute(
              status,
              'the destination cannot be used',
              cause ?? { message: reason, origin: route.route.origin },
            ),
            choice,
          );
        }
      }
    }
  }
}

const noRoute = refusal(404, 'no-route', 'no route matches the request');
const notAdmitted = refusal(403, 'client-not-allowed', 'the route does not serve the address of the client');
const noWebSockets = refusal(403, 'upgrade-not-allowed', 'the route does not let WebSockets through');
const noDestination = refusal(500, 'no-destination', 'the weights of all destinations are zero');

const invalidRoute = (status: number, what: string, { message, origin }: Cause): Refusal =>
  refusal(status, 'invalid-route', `${what}: ${message}`, origin);

function redirect(
  { route }: CompiledRoute,
  to: Redirect,
  edits: readonly HeaderEdit[],
  path: string,
  { head, client }: ServerStream,
): Decision {
  const { target, authority } = head;
  const request = { target, path, authority, secure: client.tls !== null };
  const location = locationField(to, route.match.path, request);
  return { type: 'answer', status: to.status, fields: [location], edits, content: '' };
}

function refuse(refused: Refusal, destination: DestinationPlan | null = null): Decision {
  return { type: 'refuse', refusal: refused, destination };
}
