import type { Finding } from '../../../model/finding.ts';
import type { Match, Retry, RouteName, Timeouts } from '../../../model/route.ts';
import type { SessionPersistence } from '../../../model/session.ts';
import type { HTTPBackendRef, HTTPRoute, HTTPRouteRetry, HTTPRouteRule } from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import type { Grant } from '../../../resources/resolve.ts';
import type { ResourceSet } from '../../../resources/set.ts';
import { kinds } from '../names.ts';
import { type ReadBackendRef, readBackendRef } from '../service/backend-ref.ts';
import { parseDuration } from './duration.ts';
import { type Fault, findingOf } from './fault.ts';
import { type Filters, type ResolveBackendRef, readFilters } from './filters.ts';
import type { GrpcSpecificity } from './grpc-match.ts';
import { type ReadMatch, readMatch } from './match.ts';
import { readSessions } from './rule-sessions.ts';

/** A rule of an HTTPRoute or GRPCRoute as it reads by itself, before listeners and backends add their part. */
export interface ReadRule {
  readonly name: RouteName;
  readonly matches: readonly RuleMatch[];
  /** Why the rule is refused: its requests are answered with 500 rather than without what was asked for. */
  readonly problems: readonly Finding[];
  /** What its owner should know, and what changes nothing. */
  readonly notes: readonly Finding[];
  readonly filters: Filters;
  readonly timeouts: Timeouts;
  /** Absent where the rule does not say. */
  readonly retry?: Retry;
  /** Absent where none are kept. */
  readonly sessions?: SessionPersistence;
  readonly backends: readonly RuleBackend[];
}

export interface RuleMatch {
  /** Position in `matches`. */
  readonly index: number;
  readonly match: Match;
  /** Of a GRPCRoute, whose matches have an order of their own. */
  readonly grpc?: GrpcSpecificity;
}

export interface RuleBackend {
  readonly ref: ReadBackendRef;
  /** What is wrong with the reference, where something is. */
  readonly problem: Finding | null;
  readonly weight: number;
  readonly filters: Filters;
}

export interface RuleContext {
  readonly resources: ResourceSet;
  readonly grants: readonly Grant[];
}

export function readRule(
  context: RuleContext,
  route: Resource<HTTPRoute>,
  stated: HTTPRouteRule,
  index: number,
): ReadRule {
  const field = `spec.rules[${index}]`;
  const faults: Fault[] = [];
  const matches: RuleMatch[] = [];
  for (const [position, each] of stated.matches.entries()) {
    const read = readMatch(each);
    if (read.type === 'match') matches.push({ index: position, match: read.match });
    else faults.push(badPattern(read, index, `${field}.matches[${position}]`));
  }
  const resolve = backendResolver(context, route, kinds.httpRoute);
  const read = readFilters(stated.filters ?? [], 'rule', `${field}.filters`, resolve);
  const backends = readBackends(context, route, kinds.httpRoute, stated.backendRefs ?? [], field);
  const { sessions, notes, faults: ofSessions } = readSessions(route, index, stated, backends.backends);
  faults.push(...read.faults, ...ofSessions, ...backends.faults);
  return {
    ...nameAndProblems(route, index, stated.name, faults),
    notes,
    matches,
    filters: read.filters,
    timeouts: readTimeouts(stated),
    ...(stated.retry === undefined ? {} : { retry: readRetry(stated.retry) }),
    ...(sessions === undefined ? {} : { sessions }),
    backends: backends.backends,
  };
}

/** What a rule of any kind is called, and its faults as findings: whatever is wrong, its requests are answered with 500. */
export function nameAndProblems(
  route: Resource,
  rule: number,
  ruleName: string | undefined,
  faults: readonly Fault[],
): Pick<ReadRule, 'name' | 'problems'> {
  const { kind, namespace, name } = route.reference;
  const effect = `requests of rule ${rule} are answered with 500`;
  return {
    name: { kind, namespace, name, rule, ruleName: ruleName ?? '' },
    problems: faults.map((fault) => findingOf(route, { effect, ...fault })),
  };
}

/** A match, in a list at `field`, whose pattern is none. */
export function badPattern(read: Extract<ReadMatch, { type: 'invalid' }>, rule: number, field: string): Fault {
  return {
    reason: 'UnsupportedValue',
    message: `"${read.value}" is not a regular expression of RE2: ${read.cause}`,
    effect: `nothing matches it, and requests of the other matches of rule ${rule} are answered with 500`,
    remedy: 'correct the expression (github.com/google/re2/wiki/Syntax)',
    field: `${field}.${read.field}`,
  };
}

/** Resolves what a route refers to, in its rules and in their filters. */
export function backendResolver(context: RuleContext, route: Resource, kind: GroupKind): ResolveBackendRef {
  return (ref, at) => readBackendRef(context.resources, context.grants, route, kind, ref, at);
}

/** Reads the `backendRefs` of a rule that stands at `field`; the faults are those of their filters. */
export function readBackends(
  context: RuleContext,
  route: Resource,
  kind: GroupKind,
  refs: readonly HTTPBackendRef[],
  field: string,
): { readonly backends: readonly RuleBackend[]; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  const resolve = backendResolver(context, route, kind);
  const backends = refs.map((ref, position): RuleBackend => {
    const at = `${field}.backendRefs[${position}]`;
    const filters = readFilters(ref.filters ?? [], 'backendRef', `${at}.filters`, resolve);
    faults.push(...filters.faults);
    const resolved = resolve(ref, at);
    const problem =
      resolved.type === 'invalid' ? findingOf(route, { effect: share(refs, ref.weight), ...resolved.fault }) : null;
    return { ref: resolved, problem, weight: ref.weight, filters: filters.filters };
  });
  return { backends, faults };
}

/** `500 answers 1 of 4 requests of the rule`. */
function share(backendRefs: readonly HTTPBackendRef[], weight: number): string {
  const total = backendRefs.reduce((sum, ref) => sum + ref.weight, 0);
  if (weight === total) return 'requests of the rule are answered with 500';
  return `${weight} of ${total} requests of the rule are answered with 500`;
}

/** The longest time that timers take (2^31 - 1 ms, 24 days). */
const longest = 2_147_483_647;

function readTimeouts({ timeouts }: HTTPRouteRule): Timeouts {
  return { request: readTimeout(timeouts?.request), backendRequest: readTimeout(timeouts?.backendRequest) };
}

/** A duration of zero means no limit (HTTPRouteTimeouts). The schema lets no other text in than durations. */
function readTimeout(text: string | undefined): number | null {
  const duration = text === undefined ? 0 : (parseDuration(text) ?? 0);
  return duration === 0 ? null : Math.min(duration, longest);
}

/** An interval of zero is none: the data plane's own is as near to it as can be. */
function readRetry({ attempts, codes = [], backoff }: HTTPRouteRetry): Retry {
  return { attempts, codes, backoff: readTimeout(backoff) };
}
