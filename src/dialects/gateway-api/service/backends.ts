import type { Backend, EndpointSet } from '../../../model/backend.ts';
import type { Finding } from '../../../model/finding.ts';
import type { Model } from '../../../model/model.ts';
import type { Route } from '../../../model/route.ts';
import type { BackendSecurity } from '../../../model/tls.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import type { BackendTlsDecisions, Reach } from '../backend-tls/contract.ts';
import { findingOf } from '../route/fault.ts';
import { type ServiceTarget, serviceName } from './backend-ref.ts';
import { indexSlices, readEndpoints, type SliceIndex } from './endpoints.ts';

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
  readonly #decisions: BackendTlsDecisions;
  readonly #backends = new Map<string, Backend>();
  readonly #endpoints = new Map<string, EndpointSet>();
  readonly #findings: Finding[] = [];

  constructor(resources: ResourceSet, decisions: BackendTlsDecisions) {
    this.#slices = indexSlices(resources);
    this.#decisions = decisions;
  }

  place(target: ServiceTarget, way: Way): PlacedBackend {
    const service = serviceName(target);
    const { variant, security, problem } = this.#decisions.decide({ target, ...way });
    const id = service + variant;
    if (!this.#endpoints.has(service)) this.#addEndpoints(service, target);
    if (!this.#backends.has(id)) this.#addBackend(id, service, target, security);
    return { id, variant, problem };
  }

  /** The tables of the model: of the backends that were placed, those that routes of the model name. */
  reachedBy(routes: readonly Route[]): Pick<Model, 'backends' | 'endpoints'> {
    const backends: Record<string, Backend> = {};
    const endpoints: Record<string, EndpointSet> = {};
    for (const id of routes.flatMap(backendsOf)) {
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

  #addEndpoints(id: string, target: ServiceTarget): void {
    const { endpoints, fault } = readEndpoints(this.#slices, target);
    this.#endpoints.set(id, { id, endpoints });
    if (fault !== null) this.#findings.push(findingOf(target.service, fault));
  }

  #addBackend(id: string, service: string, target: ServiceTarget, security: BackendSecurity): void {
    const { appProtocol, portIndex } = target;
    const origin = originOf(target.service, portIndex === null ? 'spec' : `spec.ports[${portIndex}]`);
    // h2c is HTTP/2 without TLS; where a policy adds TLS, ALPN chooses HTTP/2 instead.
    const protocol = appProtocol.protocol === 'h2c' && security.type === 'tls' ? 'auto' : appProtocol.protocol;
    this.#backends.set(id, { id, service, protocol, security, endpoints: service, connectTimeout, origin });
  }
}

function backendsOf({ action }: Route): readonly string[] {
  if (action.type !== 'forward') return [];
  return action.destinations.flatMap((destination) => (destination.type === 'backend' ? [destination.backend] : []));
}
