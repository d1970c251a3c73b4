import type { GRPCRoute, GRPCRouteRule } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { kinds } from '../names.ts';
import type { Fault } from './fault.ts';
import { readFilters } from './filters.ts';
import { grpcSpecificity, readGrpcMatch } from './grpc-match.ts';
import {
  backendResolver,
  badPattern,
  nameAndProblems,
  type ReadRule,
  type RuleContext,
  type RuleMatch,
  readBackends,
} from './rule.ts';
import { readSessions } from './rule-sessions.ts';

/** Reads one rule of a GRPCRoute. Without matches every call fits. */
export function readGrpcRule(
  context: RuleContext,
  route: Resource<GRPCRoute>,
  stated: GRPCRouteRule,
  index: number,
): ReadRule {
  const field = `spec.rules[${index}]`;
  const faults: Fault[] = [];
  const matches: RuleMatch[] = [];
  const statedMatches = stated.matches ?? [];
  for (const [position, each] of (statedMatches.length === 0 ? [{}] : statedMatches).entries()) {
    const read = readGrpcMatch(each);
    if (read.type === 'match') matches.push({ index: position, match: read.match, grpc: grpcSpecificity(each) });
    else faults.push(badPattern(read, index, `${field}.matches[${position}]`));
  }
  const resolve = backendResolver(context, route, kinds.grpcRoute);
  const filters = readFilters(stated.filters ?? [], 'rule', `${field}.filters`, resolve);
  const backends = readBackends(context, route, kinds.grpcRoute, stated.backendRefs ?? [], field);
  const { sessions, notes, faults: ofSessions } = readSessions(route, index, stated, backends.backends);
  faults.push(...filters.faults, ...ofSessions, ...backends.faults);
  return {
    ...nameAndProblems(route, index, stated.name, faults),
    notes,
    matches,
    filters: filters.filters,
    timeouts: { request: null, backendRequest: null },
    ...(sessions === undefined ? {} : { sessions }),
    backends: backends.backends,
  };
}
