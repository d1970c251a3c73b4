import type { Authorization } from '../../../model/authorization.ts';
import type { Cause } from '../../../model/cause.ts';
import type { Finding } from '../../../model/finding.ts';
import { type Action, type Destination, type Mirror, noRewrite } from '../../../model/route.ts';
import type { Resource } from '../../../resources/object.ts';
import type { ListenerState } from '../gateway/state.ts';
import type { BackendCollector, PlacedBackend, Way } from '../service/backends.ts';
import { placeExternalAuth } from './external-auth.ts';
import { causeOf } from './fault.ts';
import { placeMirrors, type ReadMirror } from './mirror.ts';
import { type OpenPort, placeRedirect } from './redirect.ts';
import type { ReadRule } from './rule.ts';

/** Where a rule is served: what the listener and its Gateway contribute to its action. */
export interface Place {
  readonly gateway: Way['gateway'];
  readonly listener: ListenerState;
  readonly openPort: OpenPort;
}

export interface PlacedAction {
  readonly action: Action;
  /** Who is asked before. */
  readonly authorization: readonly Authorization[];
  /**
   * A suffix that tells the actions of one rule apart where listeners make them differ; empty where they do not. It
   * follows from the action alone, so that equal actions share it.
   */
  readonly variant: string;
  /** What is wrong with the backends' TLS, as they are reached here. */
  readonly problems: readonly Finding[];
}

export function placeAction(route: Resource, rule: ReadRule, place: Place, backends: BackendCollector): PlacedAction {
  const [problem] = rule.problems;
  if (problem !== undefined) return respond(problem.reason, { message: problem.message, origin: problem.origin });
  const { redirect, requestHeaders, responseHeaders, rewrite } = rule.filters;
  const way: Way = {
    gateway: place.gateway,
    // A section of the Gateway: what names one never means the listener of a ListenerSet.
    listener: place.listener.owner === place.gateway ? place.listener.stated.name : '',
    route,
    ruleName: rule.name.ruleName,
  };
  const variants = new Set<string>();
  const problems: Finding[] = [];
  const note = ({ variant, problem }: PlacedBackend): void => {
    variants.add(variant);
    if (problem !== null) problems.push(problem);
  };
  const { authorization, placed: asked } = placeExternalAuth(route, rule.filters.externalAuth, way, backends);
  asked.forEach(note);
  if (redirect !== null) {
    const action = placeRedirect(redirect, responseHeaders, place.listener, place.openPort);
    if (action.port !== null) variants.add(`@${action.port}`);
    return { action, authorization, variant: [...variants].join(''), problems };
  }
  if (rule.backends.length === 0) return respond('NoBackendRefs');
  const mirrorsOf = (read: readonly ReadMirror[]): { readonly mirrors?: readonly Mirror[] } => {
    const { mirrors, placed } = placeMirrors(read, way, backends);
    placed.forEach(note);
    return mirrors.length === 0 ? {} : { mirrors };
  };
  const destinations = rule.backends.map(({ ref, weight, filters: own }): Destination => {
    if (ref.type === 'invalid') {
      const cause = causeOf(route, ref.fault);
      return { type: 'respond', status: 500, reason: ref.fault.reason, cause, weight };
    }
    if (own.redirect !== null) {
      const placed = placeRedirect(own.redirect, own.responseHeaders, place.listener, place.openPort);
      if (placed.port !== null) variants.add(`@${placed.port}`);
      return { type: 'redirect', redirect: placed, weight };
    }
    const placed = backends.place(ref.target, way);
    note(placed);
    return {
      type: 'backend',
      backend: placed.id,
      weight,
      requestHeaders: own.requestHeaders,
      responseHeaders: own.responseHeaders,
      ...(own.rewrite === noRewrite ? {} : { rewrite: own.rewrite }),
      ...mirrorsOf(own.mirrors),
    };
  });
  const action: Action = {
    type: 'forward',
    destinations,
    requestHeaders,
    responseHeaders,
    rewrite,
    ...(rule.retry === undefined ? {} : { retry: rule.retry }),
    ...(rule.sessions === undefined ? {} : { sessions: rule.sessions }),
    ...mirrorsOf(rule.filters.mirrors),
  };
  return { action, authorization, variant: [...variants].join(''), problems };
}

/** Refused rules keep their place: their requests must not fall to a rule that asks for less. */
function respond(reason: string, cause?: Cause): PlacedAction {
  const action: Action = { type: 'respond', status: 500, reason, ...(cause === undefined ? {} : { cause }) };
  return { action, authorization: [], variant: '', problems: [] };
}
