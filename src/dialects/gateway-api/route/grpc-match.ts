import { RE2JS } from 're2js';
import type { Match, PathMatch } from '../../../model/route.ts';
import { patternFault } from '../../../policies/pattern.ts';
import type { GRPCMethodMatch, GRPCRouteMatch } from '../../../resources/generated/types.ts';
import { type ReadMatch, readValues } from './match.ts';

/** How specific the method match of a GRPCRoute is: the number of characters in each part (GRPCRouteRule.matches). */
export interface GrpcSpecificity {
  readonly service: number;
  readonly method: number;
}

/** A match of a GRPCRoute as the model has it: gRPC calls `/service/method` (gRPC over HTTP/2, "Requests"). */
export function readGrpcMatch(stated: GRPCRouteMatch): ReadMatch {
  const { method, headers = [] } = stated;
  if (method?.type === 'RegularExpression') {
    for (const part of ['service', 'method'] as const) {
      const value = method[part];
      const cause = value === undefined ? null : patternFault(value);
      if (value !== undefined && cause !== null) return { type: 'invalid', field: `method.${part}`, value, cause };
    }
  }
  for (const [index, { type, value }] of headers.entries()) {
    const cause = type === 'RegularExpression' ? patternFault(value) : null;
    if (cause !== null) return { type: 'invalid', field: `headers[${index}].value`, value, cause };
  }
  const match: Match = {
    path: readPath(method),
    method: null,
    headers: readValues(headers, (name) => name.toLowerCase()),
    queryParameters: [],
  };
  return { type: 'match', match };
}

export function grpcSpecificity({ method }: GRPCRouteMatch): GrpcSpecificity {
  return { service: method?.service?.length ?? 0, method: method?.method?.length ?? 0 };
}

/** Any name of a service or method. */
const anyName = '[^/]+';

function readPath(stated: GRPCMethodMatch | undefined): PathMatch {
  if (stated === undefined) return { type: 'prefix', value: '/' };
  const { type, service, method } = stated;
  if (type === 'RegularExpression') {
    return { type: 'regex', value: `/${group(service)}/${group(method)}` };
  }
  if (service === undefined) {
    return method === undefined
      ? { type: 'prefix', value: '/' }
      : { type: 'regex', value: `/${anyName}/${RE2JS.quote(method)}` };
  }
  return method === undefined
    ? { type: 'prefix', value: `/${service}` }
    : { type: 'exact', value: `/${service}/${method}` };
}

/** In a group of its own, so that an alternative stays within its part of the path. */
const group = (pattern: string | undefined): string => (pattern === undefined ? anyName : `(?:${pattern})`);
