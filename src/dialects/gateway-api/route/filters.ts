import {
  type Cors,
  type HeaderModification,
  noModification,
  noRewrite,
  type PathRewrite,
  type Redirect,
  type Rewrite,
} from '../../../model/route.ts';
import type { BackendObjectReference, HTTPPathModifier, HTTPRouteFilter } from '../../../resources/generated/types.ts';
import type { ReadBackendRef } from '../service/backend-ref.ts';
import { readCors } from './cors.ts';
import { type ReadExternalAuth, readExternalAuth } from './external-auth.ts';
import type { Fault } from './fault.ts';
import { readHeaderModifier } from './header-modifier.ts';
import { type ReadMirror, readMirror } from './mirror.ts';

/** What the filters of a rule or of a backendRef do. */
export interface Filters {
  readonly requestHeaders: HeaderModification;
  readonly responseHeaders: HeaderModification;
  readonly rewrite: Rewrite;
  /** A redirect as stated: what the listener contributes (scheme, port) is still open. */
  readonly redirect: StatedRedirect | null;
  readonly cors: Cors | null;
  readonly mirrors: readonly ReadMirror[];
  readonly externalAuth: readonly ReadExternalAuth[];
}

/** Resolves a backendRef of a filter, which stands at `field`. */
export type ResolveBackendRef = (ref: BackendObjectReference, field: string) => ReadBackendRef;

export interface StatedRedirect {
  readonly status: number;
  readonly scheme: 'http' | 'https' | null;
  readonly hostname: string | null;
  readonly port: number | null;
  readonly path: Redirect['path'];
}

const noFilters: Filters = {
  requestHeaders: noModification,
  responseHeaders: noModification,
  rewrite: noRewrite,
  redirect: null,
  cors: null,
  mirrors: [],
  externalAuth: [],
};

type FilterType = HTTPRouteFilter['type'];
type Place = 'rule' | 'backendRef';

/** Where each type of filter works. A filter that does not work refuses its rule: it is never skipped. */
const places: Readonly<Record<FilterType, readonly Place[]>> = {
  RequestHeaderModifier: ['rule', 'backendRef'],
  ResponseHeaderModifier: ['rule', 'backendRef'],
  RequestRedirect: ['rule', 'backendRef'],
  URLRewrite: ['rule', 'backendRef'],
  RequestMirror: ['rule', 'backendRef'],
  // A preflight request is answered before a backend is chosen.
  CORS: ['rule'],
  // Whoever is asked is asked before a backend is chosen.
  ExternalAuth: ['rule'],
  ExtensionRef: [],
};

/**
 * Reads the filters that stand at `field` of a route.
 *
 * @param resolve null for a kind of route whose requests are not mirrored
 */
export function readFilters(
  stated: readonly HTTPRouteFilter[],
  place: Place,
  field: string,
  resolve: ResolveBackendRef | null = null,
): { readonly filters: Filters; readonly faults: readonly Fault[] } {
  let filters = noFilters;
  const faults: Fault[] = [];
  for (const [index, filter] of stated.entries()) {
    if (filter.requestMirror !== undefined && resolve !== null) {
      const mirror = readMirror(filter.requestMirror, resolve, `${field}[${index}].requestMirror`);
      filters = { ...filters, mirrors: [...filters.mirrors, mirror] };
      continue;
    }
    if (filter.externalAuth !== undefined && place === 'rule' && resolve !== null) {
      const { read, faults: own } = readExternalAuth(filter.externalAuth, resolve, `${field}[${index}].externalAuth`);
      filters = { ...filters, externalAuth: [...filters.externalAuth, read] };
      faults.push(...own);
      continue;
    }
    const read = readFilter(filter, place, `${field}[${index}]`);
    if (read.type === 'fault') faults.push(read.fault);
    else filters = { ...filters, ...read.part };
  }
  if (filters.redirect !== null) faults.push(...incompatibleWithRedirect(filters, field));
  return { filters, faults };
}

function incompatibleWithRedirect({ rewrite, mirrors }: Filters, field: string): readonly Fault[] {
  const others = [...(rewrite === noRewrite ? [] : ['URLRewrite']), ...(mirrors.length === 0 ? [] : ['RequestMirror'])];
  return others.map((other) => ({
    reason: 'IncompatibleFilters',
    message: `RequestRedirect and ${other} do not go together: a redirected request is not forwarded`,
    remedy: 'keep one of the two filters',
    field,
  }));
}

type ReadFilter =
  | { readonly type: 'part'; readonly part: Partial<Filters> }
  | { readonly type: 'fault'; readonly fault: Fault };

function readFilter(filter: HTTPRouteFilter, place: Place, field: string): ReadFilter {
  // A type that a newer schema admits is unknown here; the specification asks for this very refusal.
  if (!(places[filter.type] ?? []).includes(place)) return unsupported(filter, place, field);
  if (filter.requestHeaderModifier !== undefined) {
    const read = readHeaderModifier(filter.requestHeaderModifier);
    if (read.type === 'invalid') return invalidHeader(read, `${field}.requestHeaderModifier`);
    return { type: 'part', part: { requestHeaders: read.modification } };
  }
  if (filter.responseHeaderModifier !== undefined) {
    const read = readHeaderModifier(filter.responseHeaderModifier);
    if (read.type === 'invalid') return invalidHeader(read, `${field}.responseHeaderModifier`);
    return { type: 'part', part: { responseHeaders: read.modification } };
  }
  if (filter.urlRewrite !== undefined) {
    const { hostname, path } = filter.urlRewrite;
    return { type: 'part', part: { rewrite: { hostname: hostname ?? null, path: readPathModifier(path) } } };
  }
  if (filter.requestRedirect !== undefined) {
    const { statusCode, scheme, hostname, port, path } = filter.requestRedirect;
    const redirect: StatedRedirect = {
      status: statusCode,
      scheme: scheme ?? null,
      hostname: hostname ?? null,
      port: port ?? null,
      path: readPathModifier(path),
    };
    return { type: 'part', part: { redirect } };
  }
  if (filter.cors !== undefined) return { type: 'part', part: { cors: readCors(filter.cors) } };
  return unsupported(filter, place, field);
}

function readPathModifier(modifier: HTTPPathModifier | undefined): PathRewrite | null {
  if (modifier === undefined) return null;
  return modifier.type === 'ReplaceFullPath'
    ? { type: 'full', value: modifier.replaceFullPath ?? '' }
    : { type: 'prefix', value: modifier.replacePrefixMatch ?? '' };
}

function unsupported({ type }: HTTPRouteFilter, place: Place, field: string): ReadFilter {
  const elsewhere = place === 'backendRef' && (places[type] ?? []).includes('rule');
  return {
    type: 'fault',
    fault: {
      reason: 'UnsupportedValue',
      message: elsewhere
        ? `filter ${type} is not supported on a backendRef`
        : `filter ${type} is not supported by this version`,
      remedy: elsewhere ? 'move the filter to the rule' : 'remove the filter, or give the rule to another gateway',
      field: `${field}.type`,
    },
  };
}

function invalidHeader(
  invalid: { readonly field: string; readonly cause: string; readonly remedy: string },
  field: string,
): ReadFilter {
  return {
    type: 'fault',
    fault: {
      reason: 'UnsupportedValue',
      message: invalid.cause,
      remedy: invalid.remedy,
      field: `${field}.${invalid.field}`,
    },
  };
}
