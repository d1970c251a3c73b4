import { compareSpecificity } from '../../../model/hostname.ts';
import type { Match, PathMatch } from '../../../model/route.ts';
import { compareText } from '../names.ts';
import type { GrpcSpecificity } from './grpc-match.ts';

/** What decides which of the routes of one host is tried first. */
export interface Standing {
  /** The hostname that the route itself states. */
  readonly stated: string;
  readonly match: Match;
  /** Null for an HTTPRoute. Routes of both kinds never share a host. */
  readonly grpc: GrpcSpecificity | null;
  /** Milliseconds since 1970 of the route's creation. */
  readonly created: number;
  /** `namespace/name` of the route. */
  readonly route: string;
  readonly rule: number;
  readonly matchIndex: number;
}

/**
 * The order in which the specification has requests matched (HTTPRouteRule.matches), from first to last:
 *
 * 1. the more specific of the hostnames that the routes state (HTTPRoute.hostnames), which differ only where a listener's
 *    own hostname narrows them to the same host;
 * 2. an exact path, then a regular expression, then a prefix; of two alike the one with more characters;
 * 3. a method match; 4. more header matches; 5. more query parameter matches;
 * 6. the older route; 7. `namespace/name`; 8. the order within the route.
 *
 * For GRPCRoutes the characters of the service, then those of the method stand in the place of 2, 3 and 5
 * (GRPCRouteRule.matches).
 *
 * Where regular expressions stand is left to implementations; this is also Envoy Gateway's place for them.
 */
export function byPrecedence(a: Standing, b: Standing): number {
  return (
    compareSpecificity(a.stated, b.stated) ||
    compareGrpc(a.grpc, b.grpc) ||
    pathRank(a.match.path) - pathRank(b.match.path) ||
    b.match.path.value.length - a.match.path.value.length ||
    Number(b.match.method !== null) - Number(a.match.method !== null) ||
    b.match.headers.length - a.match.headers.length ||
    b.match.queryParameters.length - a.match.queryParameters.length ||
    a.created - b.created ||
    compareText(a.route, b.route) ||
    a.rule - b.rule ||
    a.matchIndex - b.matchIndex
  );
}

function compareGrpc(a: GrpcSpecificity | null, b: GrpcSpecificity | null): number {
  return a === null || b === null ? 0 : b.service - a.service || b.method - a.method;
}

function pathRank(path: PathMatch): number {
  return path.type === 'exact' ? 0 : path.type === 'regex' ? 1 : 2;
}
