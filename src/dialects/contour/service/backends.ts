import { createHash } from 'node:crypto';
import type { Backend, Endpoint, EndpointSet } from '../../../model/backend.ts';
import type { Finding } from '../../../model/finding.ts';
import type { KeyPair, Model } from '../../../model/model.ts';
import type { Route } from '../../../model/route.ts';
import type { StreamRoute } from '../../../model/stream.ts';
import type { Certificate, TrustBundle } from '../../../model/tls.ts';
import { indexSlices, readEndpoints, type SliceIndex } from '../../../resources/endpoints.ts';
import { type ServicePortTarget, serviceName } from '../../../resources/service-port.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import type { ServedCertificate, TrustedBundle } from '../secret/secrets.ts';

/** What is said of a backend beside the Service that it is a port of. */
export type BackendSettings = Omit<Backend, 'id' | 'service' | 'endpoints' | 'origin'>;

/** Certificates and trust that a backend uses. */
export interface BackendKeys {
  readonly client: ServedCertificate | null;
  readonly trusted: TrustedBundle | null;
}

/** Gathers the backends that routes reach. Made anew for every translation. */
export class BackendCollector {
  readonly #slices: SliceIndex;
  readonly #backends = new Map<string, Backend>();
  readonly #endpoints = new Map<string, EndpointSet>();
  readonly #keys = new Map<string, BackendKeys>();
  readonly #findings: Finding[] = [];

  constructor(resources: ResourceSet) {
    this.#slices = indexSlices(resources);
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /**
   * The id of a backend. Routes that say the same of a port share one; its id follows from what they say, so that it means
   * the same tomorrow.
   *
   * @param health the port of the same Service that health checks go to
   */
  place(target: ServicePortTarget, settings: BackendSettings, keys: BackendKeys, health = target): string {
    const service = serviceName(target);
    const endpoints = health === target ? service : `${service}@health-${health.port.port}`;
    const id = `${service}@contour-${digest({ ...settings, endpoints })}`;
    if (this.#backends.has(id)) return id;
    const { portIndex } = target;
    const origin = originOf(target.service, portIndex === null ? 'spec' : `spec.ports[${portIndex}]`);
    this.#backends.set(id, { id, service, ...settings, endpoints, origin });
    this.#keys.set(id, keys);
    if (!this.#endpoints.has(endpoints)) this.#addEndpoints(endpoints, target, health);
    return id;
  }

  /** Where health checks go to another port, that of the same address: who has none is asked at its own. */
  #addEndpoints(id: string, target: ServicePortTarget, health: ServicePortTarget): void {
    const { endpoints, fault } = readEndpoints(this.#slices, target);
    if (fault !== null && !this.#findings.some(({ message }) => message === fault.message)) this.#findings.push(fault);
    if (health === target) {
      this.#endpoints.set(id, { id, endpoints });
      return;
    }
    const asked = new Map(readEndpoints(this.#slices, health).endpoints.map(({ address, port }) => [address, port]));
    const withHealth = endpoints.map((endpoint): Endpoint => {
      const healthPort = asked.get(endpoint.address);
      return healthPort === undefined || healthPort === endpoint.port ? endpoint : { ...endpoint, healthPort };
    });
    this.#endpoints.set(id, { id, endpoints: withHealth });
  }

  /** The parts of the model that its routes lead to, and `others`, which something else than a route does. */
  reachedBy(
    routes: readonly Route[],
    streams: readonly StreamRoute[],
    others: readonly string[] = [],
  ): ReachedBackends {
    const ids = new Set([...routes.flatMap(backendsOfRoute), ...streams.flatMap(backendsOfStream), ...others]);
    const backends = [...ids].map((id) => {
      const backend = this.#backends.get(id);
      if (backend === undefined) throw new Error(`${id} was never placed`);
      return backend;
    });
    const keys = [...ids].flatMap((id) => this.#keys.get(id) ?? []);
    const clients = keys.flatMap(({ client }) => client ?? []);
    const trusted = keys.flatMap((each) => each.trusted ?? []);
    return {
      backends: Object.fromEntries(backends.map((backend) => [backend.id, backend])),
      endpoints: Object.fromEntries(
        backends.map(({ endpoints }) => [
          endpoints,
          this.#endpoints.get(endpoints) ?? { id: endpoints, endpoints: [] },
        ]),
      ),
      certificates: Object.fromEntries(clients.map(({ certificate }) => [certificate.id, certificate])),
      pairs: Object.fromEntries(clients.map(({ certificate, pair }) => [certificate.id, pair])),
      trustBundles: Object.fromEntries(trusted.map(({ bundle }) => [bundle.id, bundle])),
      pem: Object.fromEntries(trusted.map(({ bundle, pem }) => [bundle.id, pem])),
    };
  }
}

export interface ReachedBackends extends Pick<Model, 'backends' | 'endpoints'> {
  readonly certificates: Readonly<Record<string, Certificate>>;
  readonly pairs: Readonly<Record<string, KeyPair>>;
  readonly trustBundles: Readonly<Record<string, TrustBundle>>;
  readonly pem: Readonly<Record<string, string>>;
}

/** Equal exactly for settings that mean the same, whoever asked for them. */
function digest(settings: BackendSettings & Pick<Backend, 'endpoints'>): string {
  const content = JSON.stringify(settings, (key, value: unknown) => (key === 'origin' ? undefined : value));
  return createHash('sha256').update(content).digest('hex').slice(0, 10);
}

function backendsOfRoute({ action }: Route): readonly string[] {
  if (action.type !== 'forward') return [];
  const mirrors = action.mirrors ?? [];
  return [
    ...action.destinations.flatMap((each) => (each.type === 'backend' ? [each.backend] : [])),
    ...mirrors.map(({ backend }) => backend),
  ];
}

function backendsOfStream({ destinations }: StreamRoute): readonly string[] {
  return destinations.flatMap((each) => (each.type === 'backend' ? [each.backend] : []));
}
