import {
  type AskAuthorization,
  type AskedContent,
  type Authorization,
  type CheckAuthorization,
  largestAskedContent,
} from '../../../model/authorization.ts';
import type { Finding } from '../../../model/finding.ts';
import type { HTTPExternalAuthFilter } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import { readGrpcAppProtocol } from '../service/app-protocol.ts';
import type { ReadBackendRef } from '../service/backend-ref.ts';
import type { BackendCollector, PlacedBackend, Way } from '../service/backends.ts';
import { describeBackend } from '../service/target.ts';
import { causeOf, type Fault, findingOf } from './fault.ts';
import type { ResolveBackendRef } from './filters.ts';

/** An ExternalAuth filter (GEP-1494) as it reads by itself, before listeners add their part. */
export interface ReadExternalAuth {
  readonly ref: ReadBackendRef;
  readonly how: How;
  /** Where it stands. */
  readonly field: string;
}

/** What is asked, apart from whom. */
type How =
  | Pick<AskAuthorization, 'type' | 'pathPrefix' | 'requestHeaders' | 'responseHeaders' | 'content'>
  | Pick<CheckAuthorization, 'type' | 'requestHeaders' | 'content'>;

/** Reads a filter that stands at `field`. What cannot be asked as stated is a fault: whoever has it must not be open without. */
export function readExternalAuth(
  filter: HTTPExternalAuthFilter,
  resolve: ResolveBackendRef,
  field: string,
): { readonly read: ReadExternalAuth; readonly faults: readonly Fault[] } {
  const faults: Fault[] = [];
  if (filter.protocol !== 'HTTP' && filter.protocol !== 'GRPC') {
    faults.push({
      reason: 'UnsupportedValue',
      message: `external authorization over ${String(filter.protocol)} is not supported by this version`,
      remedy: 'use protocol HTTP or GRPC',
      field: `${field}.protocol`,
    });
  }
  const maxSize = filter.forwardBody?.maxSize ?? 0;
  if (maxSize > largestAskedContent) {
    faults.push({
      reason: 'UnsupportedValue',
      message: `external authorization with contents of up to ${maxSize} bytes is not supported by this version`,
      remedy: `use a maxSize of at most ${largestAskedContent}`,
      field: `${field}.forwardBody.maxSize`,
    });
  }
  const ref = resolve(filter.backendRef, `${field}.backendRef`);
  return { read: { ref: filter.protocol === 'GRPC' ? overGrpc(ref, field) : ref, how: howOf(filter), field }, faults };
}

function howOf({ protocol, http = {}, grpc = {}, forwardBody = {} }: HTTPExternalAuthFilter): How {
  const { maxSize = 0 } = forwardBody;
  // The field says that larger contents are refused, and the one below it that they are cut off. Whoever judges a request
  // by its beginning can be shown a harmless one.
  const content: { readonly content?: AskedContent } = maxSize > 0 ? { content: { maxSize } } : {};
  if (protocol === 'GRPC') {
    const { allowedHeaders = [] } = grpc;
    return { type: 'check', requestHeaders: allowedHeaders.length === 0 ? null : lower(allowedHeaders), ...content };
  }
  const { path = '', allowedHeaders = [], allowedResponseHeaders = [] } = http;
  return {
    type: 'ask',
    pathPrefix: path === '' || path.startsWith('/') ? path : `/${path}`,
    requestHeaders: lower(allowedHeaders),
    responseHeaders: allowedResponseHeaders.length === 0 ? null : lower(allowedResponseHeaders),
    ...content,
  };
}

const lower = (names: readonly string[]): readonly string[] => names.map((name) => name.toLowerCase());

/** A port that is spoken to by HTTP/2, as gRPC asks. */
function overGrpc(ref: ReadBackendRef, field: string): ReadBackendRef {
  if (ref.type === 'invalid' || ref.target.type !== 'service') return ref;
  const { target } = ref;
  const appProtocol = readGrpcAppProtocol(target.port.appProtocol);
  if (appProtocol !== null) return { type: 'port', target: { ...target, appProtocol } };
  const message = `${describeBackend(target)} says appProtocol "${target.port.appProtocol}", which gRPC cannot speak`;
  const remedy = 'correct the appProtocol, or use protocol HTTP';
  return {
    type: 'invalid',
    fault: { reason: 'UnsupportedProtocol', message, remedy, field: `${field}.backendRef.port` },
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
  const authorization = filters.map(({ ref, how, field }): Authorization => {
    const origin = originOf(owner, field);
    if (ref.type === 'invalid') {
      const { fault } = ref;
      return { type: 'refuse', status: 500, reason: fault.reason, cause: causeOf(owner, fault), origin };
    }
    const backend = backends.place(ref.target, way);
    placed.push(backend);
    return { ...how, backend: backend.id, origin };
  });
  return { authorization, placed };
}
