import type { Authorization } from '../../../model/authorization.ts';
import type { Finding } from '../../../model/finding.ts';
import type { HTTPExternalAuthFilter } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import type { ReadBackendRef } from '../service/backend-ref.ts';
import type { BackendCollector, PlacedBackend, Way } from '../service/backends.ts';
import { type Fault, findingOf } from './fault.ts';
import type { ResolveBackendRef } from './filters.ts';

/** An ExternalAuth filter (GEP-1494) as it reads by itself, before listeners add their part. */
export interface ReadExternalAuth {
  readonly ref: ReadBackendRef;
  readonly pathPrefix: string;
  readonly requestHeaders: readonly string[];
  readonly responseHeaders: readonly string[] | null;
  /** Where it stands. */
  readonly field: string;
}

/** Reads a filter that stands at `field`. What cannot be asked as stated is a fault: whoever has it must not be open without. */
export function readExternalAuth(
  { backendRef, protocol, http = {}, forwardBody }: HTTPExternalAuthFilter,
  resolve: ResolveBackendRef,
  field: string,
): { readonly read: ReadExternalAuth; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  if (protocol !== 'HTTP') {
    faults.push({
      reason: 'UnsupportedValue',
      message: `external authorization over ${protocol} is not supported by this version`,
      remedy: 'use protocol HTTP',
      field: `${field}.protocol`,
    });
  }
  if ((forwardBody?.maxSize ?? 0) > 0) {
    faults.push({
      reason: 'UnsupportedValue',
      message: 'external authorization with the content of the request (forwardBody) is not supported by this version',
      remedy: 'remove forwardBody',
      field: `${field}.forwardBody`,
    });
  }
  const { path = '', allowedHeaders = [], allowedResponseHeaders = [] } = http;
  const lower = (names: readonly string[]): readonly string[] => names.map((name) => name.toLowerCase());
  return {
    read: {
      ref: resolve(backendRef, `${field}.backendRef`),
      pathPrefix: path === '' || path.startsWith('/') ? path : `/${path}`,
      requestHeaders: lower(allowedHeaders),
      responseHeaders: allowedResponseHeaders.length === 0 ? null : lower(allowedResponseHeaders),
      field,
    },
    faults,
  };
}

/** What is wrong with whom filters of a rule ask. */
export function externalAuthProblems(route: Resource, filters: readonly ReadExternalAuth[]): readonly Finding[] {
  const effect = 'requests of the rule are answered with 500';
  return filters.flatMap(({ ref }) => (ref.type === 'invalid' ? [findingOf(route, { effect, ...ref.fault })] : []));
}

/** Who is asked on one way to them. Where a reference leads nowhere, nobody is let in. */
export function placeExternalAuth(
  owner: Resource,
  filters: readonly ReadExternalAuth[],
  way: Way,
  backends: BackendCollector,
): { readonly authorization: readonly Authorization[]; readonly placed: readonly PlacedBackend[] } {
  const placed: PlacedBackend[] = [];
  const authorization = filters.map(({ ref, pathPrefix, requestHeaders, responseHeaders, field }): Authorization => {
    const origin = originOf(owner, field);
    if (ref.type === 'invalid') return { type: 'refuse', status: 500, reason: ref.fault.reason, origin };
    const backend = backends.place(ref.target, way);
    placed.push(backend);
    return { type: 'ask', backend: backend.id, pathPrefix, requestHeaders, responseHeaders, origin };
  });
  return { authorization, placed };
}
