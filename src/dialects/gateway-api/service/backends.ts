import type { Authorization } from '../../../model/authorization.ts';
import type { Backend, EndpointSet } from '../../../model/backend.ts';
import type { Finding } from '../../../model/finding.ts';
import type { Model } from '../../../model/model.ts';
import type { Mirror, Route } from '../../../model/route.ts';
import type { StreamRoute } from '../../../model/stream.ts';
import type { BackendSecurity } from '../../../model/tls.ts';
import { indexSlices, readEndpoints, type SliceIndex } from '../../../resources/endpoints.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import type { BackendTlsDecisions, Reach } from '../backend-tls/contract.ts';
import { type BackendTarget, backendName, backendOrigin, resourceOf } from './target.ts';
import { indexSelectors, readXBackendEndpoints, type SelectorIndex } from './xbackend-endpoints.ts';

/** The way to a backend: all of `Reach` but what the target itself tells. */
export type Way = Omit<Reach, 'target'>;

export interface PlacedBackend {
  readonly id: string;
  /** Part of the id where the way makes a difference; empty where it makes none. */
  readonly variant: string;
  /** What the route must tell of the backend's TLS. It is a finding of backend TLS already. */
  readonly problem: Finding | null;
}

/** Milliseconds for the TCP and TLS handshakes; what is slower is not there (Envoy takes 5 s too). */
const connectTimeout = 5_000;

/** Gathers the backends that routes reach. Made anew for every translation. */
export class BackendCollector {
  readonly #slices: SliceIndex;
  readonly #selectors: SelectorIndex;
  readonly #decisions: BackendTlsDecisions;
  readonly #backends = new Map<string, Backend>();
  readonly #endpoints = new Map<string, EndpointSet>();
  readonly #findings: Finding[] = [];

  constructor(resources: ResourceSet, decisions: BackendTlsDecisions) {
    this.#slices = indexSlices(resources);
    this.#selectors = indexSelectors(resources);
    this.#decisions = decisions;
  }

  place(target: BackendTarget, way: Way): PlacedBackend {
    const service = backendName(target);
    const { variant, security, problem } = this.#decisions.decide({ target, ...way });
    const id = service + variant;
    if (!this.#endpoints.has(service)) this.#addEndpoints(service, target);
    if (!this.#backends.has(id)) this.#addBackend(id, service, target, security);
    return { id, variant, problem };
  }

  /** A port whose TLS, where it has any, is between client and backend: the gateway adds none. */
  placePassthrough(target: BackendTarget, way: Way): PlacedBackend {
    this.#decisions.passThrough({ target, ...way });
    return this.#placePlain(target, '@passthrough', backendName(target));
  }

  /** A UDP port. Its endpoints are a set of their own: a TCP port of the same number is another port. */
  placeDatagrams(target: BackendTarget): PlacedBackend {
    return this.#placePlain(target, '@udp', `${backendName(target)}/udp`);
  }

  #placePlain(target: BackendTarget, variant: string, endpoints: string): PlacedBackend {
    const service = backendName(target);
    const id = service + variant;
    if (!this.#endpoints.has(endpoints)) this.#addEndpoints(endpoints, target);
    const origin = originOf(resourceOf(target), 'spec');
    if (!this.#backends.has(id)) this.#addBackend(id, service, target, { type: 'plaintext', origin }, endpoints);
    return { id, variant, problem: null };
  }

  /** The tables of the model: of the backends that were placed, those that routes and listeners of the model name. */
  reachedBy(
    routes: readonly Route[],
    streams: readonly StreamRoute[],
    authorizations: readonly Authorization[],
  ): Pick<Model, 'backends' | 'endpoints'> {
    const backends: Record<string, Backend> = {};
    const endpoints: Record<string, EndpointSet> = {};
    const ids = [...routes.flatMap(backendsOf), ...streams.flatMap(backendsOfStream), ...askedBy(authorizations)];
    for (const id of ids) {
      const backend = this.#backends.get(id);
      if (backend === undefined) throw new Error(`${id} was never placed`);
      const set = this.#endpoints.get(backend.endpoints);
      if (set === undefined) throw new Error(`${id} has no endpoint set`);
      backends[id] = backend;
      endpoints[set.id] = set;
    }
    return { backends, endpoints };
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  #addEndpoints(id: string, target: BackendTarget): void {
    const { endpoints, fault } =
      target.type === 'service'
        ? readEndpoints(this.#slices, target)
        : readXBackendEndpoints(this.#slices, this.#selectors, target);
    this.#endpoints.set(id, { id, endpoints });
    if (fault !== null) this.#findings.push(fault);
  }

  #addBackend(
    id: string,
    service: string,
    target: BackendTarget,
    security: BackendSecurity,
    endpoints = service,
  ): void {
    const origin = backendOrigin(target);
    // h2c is HTTP/2 without TLS; where a policy adds TLS, ALPN chooses HTTP/2 instead.
    const { protocol: spoken } = target.appProtocol;
    const isUdp = target.type === 'service' && target.port.protocol === 'UDP';
    const http2 = security.type === 'tls' ? 'auto' : 'h2c';
    const protocol = spoken === 'h2' || spoken === 'h2c' ? http2 : spoken === 'tcp' && isUdp ? 'udp' : spoken;
    this.#backends.set(id, { id, service, protocol, security, endpoints, connectTimeout, origin });
  }
}

/** All that requests of a route may be sent to, copies and questions included. */
function backendsOf({ action, authorization }: Route): readonly string[] {
  const asked = askedBy(authorization);
  if (action.type !== 'forward') return asked;
  const { destinations, mirrors = [] } = action;
  const ofDestinations = destinations.flatMap((each) =>
    each.type === 'backend' ? [each.backend, ...backendsOfMirrors(each.mirrors)] : [],
  );
  return [...ofDestinations, ...backendsOfMirrors(mirrors), ...asked];
}

function backendsOfStream({ destinations }: StreamRoute): readonly string[] {
  return destinations.flatMap((destination) => (destination.type === 'backend' ? [destination.backend] : []));
}

const askedBy = (authorizations: readonly Authorization[] = []): readonly string[] =>
  authorizations.flatMap((each) => (each.type === 'refuse' ? [] : [each.backend]));

const backendsOfMirrors = (mirrors: readonly Mirror[] = []): readonly string[] => mirrors.map(({ backend }) => backend);
