import type { Backend } from '../../../../model/backend.ts';
import type { Table } from '../../../../model/model.ts';
import {
  type Destination,
  type Forward,
  type HeaderModification,
  type Mirror,
  noRewrite,
  type Redirect,
  type Respond,
  type Rewrite,
  type Route,
} from '../../../../model/route.ts';
import { compileBalancing, type RequestBalancing } from '../balancing/request-balancing.ts';
import type { Counters, RequestLabels, RequestSeries } from '../counters.ts';
import { compileEdits, type HeaderEdit } from '../headers/edit.ts';
import { RetryPolicy } from '../retry.ts';
import { RuleSessions, type SessionContext } from '../sessions/rule-sessions.ts';

/** A route as one section of one listener serves it: what to do, ready to be done. */
export type Plan = ForwardPlan | RedirectPlan | RespondPlan;

export interface RedirectPlan {
  readonly type: 'redirect';
  readonly redirect: Redirect;
  readonly responseEdits: readonly HeaderEdit[];
  readonly series: RequestSeries;
}

export interface RespondPlan {
  readonly type: 'respond';
  readonly respond: Respond;
  readonly responseEdits: readonly HeaderEdit[];
  readonly series: RequestSeries;
}

/** One share of a route's requests. */
export interface DestinationPlan {
  readonly destination: Destination;
  /** The route's, then the destination's own. */
  readonly requestEdits: readonly HeaderEdit[];
  /** The destination's own, then the route's. */
  readonly responseEdits: readonly HeaderEdit[];
  /** The destination's own, else the route's. */
  readonly rewrite: Rewrite;
  /** The route's and the destination's own; null where there is none. */
  readonly mirrors: readonly MirrorPlan[] | null;
  /** The destination's own, else the route's; null for round robin. */
  readonly balancing: RequestBalancing | null;
  readonly series: RequestSeries;
}

/** Who gets a copy of requests, and what it looks like. */
export interface MirrorPlan {
  readonly backend: string;
  /** Of the requests, 0 to 1. */
  readonly share: number;
  readonly requestEdits: readonly HeaderEdit[];
  readonly rewrite: Rewrite;
  readonly series: RequestSeries;
}

/** The fractional part of the golden ratio: its multiples spread evenly over [0, 1). */
const goldenRatio = 0.618_033_988_749_894_9;

/** A forward action. Weighted shares are exact over few requests, because they follow a low-discrepancy sequence. */
export class ForwardPlan {
  readonly type = 'forward';
  readonly retries: RetryPolicy;
  /** The route's own, for a response that no destination has a part in. */
  readonly responseEdits: readonly HeaderEdit[];
  /** Where requests without a destination are counted. */
  readonly series: RequestSeries;
  /** Whether requests to become a WebSocket are forwarded. */
  readonly webSockets: boolean;
  /** Null where none are kept. */
  readonly sessions: RuleSessions | null;
  readonly #all: readonly DestinationPlan[];
  /** Those that have a weight. */
  readonly #destinations: readonly DestinationPlan[];
  /** Sums of the weights up to and including each destination. */
  readonly #sums: readonly number[];
  readonly #total: number;
  #position: number;

  constructor(
    forward: Forward,
    destinations: readonly DestinationPlan[],
    sessions: RuleSessions | null,
    series: RequestSeries,
    start: number,
  ) {
    this.retries = new RetryPolicy(forward.retry);
    this.responseEdits = compileEdits([forward.responseHeaders]);
    this.series = series;
    this.webSockets = forward.webSockets !== false;
    this.sessions = sessions;
    this.#all = destinations;
    this.#destinations = destinations.filter(({ destination }) => destination.weight > 0);
    let sum = 0;
    this.#sums = this.#destinations.map(({ destination }) => {
      sum += destination.weight;
      return sum;
    });
    this.#total = sum;
    this.#position = start;
  }

  *destinationSeries(): Iterable<RequestSeries> {
    for (const { series, mirrors } of this.#all) {
      yield series;
      for (const mirror of mirrors ?? []) yield mirror.series;
    }
  }

  /** The next request's destination, or null where the total weight is zero. */
  choose(): DestinationPlan | null {
    const destinations = this.#destinations;
    if (destinations.length <= 1) return destinations[0] ?? null;
    this.#position = (this.#position + goldenRatio) % 1;
    const point = this.#position * this.#total;
    let index = 0;
    while (index < destinations.length - 1 && point >= (this.#sums[index] as number)) index += 1;
    return destinations[index] as DestinationPlan;
  }
}

/** What compiling a route needs beside it. */
export interface PlanContext {
  readonly section: string;
  readonly backends: Table<Backend>;
  readonly counters: Counters;
  /** Where weighted choice starts, so that workers do not choose in step. 0 up to 1. */
  readonly start: number;
  readonly sessions: SessionContext;
}

export function planOf(route: Route, context: PlanContext): Plan {
  const { action } = route;
  const labels: RequestLabels = {
    section: context.section,
    route: `${route.name.kind}/${route.name.namespace}/${route.name.name}`,
    rule: route.name.rule,
    backend: '',
  };
  const series = context.counters.requests(labels);
  if (action.type === 'respond') return { type: 'respond', respond: action, responseEdits: [], series };
  if (action.type === 'redirect') {
    return { type: 'redirect', redirect: action, responseEdits: compileEdits([action.responseHeaders]), series };
  }
  const destinations = action.destinations.map((each) => planOfDestination(each, action, labels, context));
  return new ForwardPlan(action, destinations, planSessions(action, destinations, context), series, context.start);
}

function planSessions(
  { sessions }: Forward,
  destinations: readonly DestinationPlan[],
  context: PlanContext,
): RuleSessions | null {
  if (sessions === undefined) return null;
  return RuleSessions.create(sessions, destinations, (backend) => serviceOf(backend, context), context.sessions);
}

function planOfDestination(
  destination: Destination,
  forward: Forward,
  labels: RequestLabels,
  context: PlanContext,
): DestinationPlan {
  const { counters } = context;
  if (destination.type !== 'backend') {
    const own = destination.type === 'redirect' ? [destination.redirect.responseHeaders] : [];
    const responseEdits = compileEdits([...own, forward.responseHeaders]);
    const series = counters.requests(labels);
    return { destination, requestEdits: [], responseEdits, rewrite: noRewrite, mirrors: null, balancing: null, series };
  }
  const ofRoute = [forward.requestHeaders];
  const ofBoth = [forward.requestHeaders, destination.requestHeaders];
  const rewrite = withDefaults(destination.rewrite ?? noRewrite, forward.rewrite);
  // The copy of a route's own mirror is what the route makes of a request, whichever destination that one goes to.
  const mirrors = [
    ...planMirrors(forward.mirrors, ofRoute, forward.rewrite, labels, context),
    ...planMirrors(destination.mirrors, ofBoth, rewrite, labels, context),
  ];
  return {
    destination,
    requestEdits: compileEdits(ofBoth),
    responseEdits: compileEdits([destination.responseHeaders, forward.responseHeaders]),
    rewrite,
    mirrors: mirrors.length === 0 ? null : mirrors,
    balancing: compileBalancing(destination.balancing ?? forward.balancing),
    series: counters.requests({ ...labels, backend: serviceOf(destination.backend, context) }),
  };
}

function withDefaults(own: Rewrite, defaults: Rewrite): Rewrite {
  const from = own.hostname === null ? (own.hostnameFrom ?? defaults.hostnameFrom) : undefined;
  return {
    hostname: own.hostname ?? defaults.hostname,
    path: own.path ?? defaults.path,
    ...(from === undefined ? {} : { hostnameFrom: from }),
  };
}

function planMirrors(
  mirrors: readonly Mirror[] | undefined,
  requestHeaders: readonly HeaderModification[],
  rewrite: Rewrite,
  labels: RequestLabels,
  context: PlanContext,
): readonly MirrorPlan[] {
  return (mirrors ?? []).map(({ backend, numerator, denominator }) => ({
    backend,
    share: numerator / denominator,
    requestEdits: compileEdits(requestHeaders),
    rewrite,
    series: context.counters.requests({ ...labels, backend: serviceOf(backend, context) }),
  }));
}

function serviceOf(backend: string, { backends }: PlanContext): string {
  return backends[backend]?.service ?? backend;
}
