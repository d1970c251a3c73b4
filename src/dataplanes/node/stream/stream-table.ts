import type { Backend, Endpoint } from '../../../model/backend.ts';
import type { Model } from '../../../model/model.ts';
import type { StreamDestination, StreamRoute } from '../../../model/stream.ts';
import { WeightedChoice } from './weighted-choice.ts';

/** Milliseconds for which an endpoint that took no connection is passed over. */
const backOff = 5_000;

/** The endpoints of one backend, in turn. One that took no connection lately is taken only where all are alike. */
export class EndpointRotation {
  readonly backend: Backend;
  readonly endpoints: readonly Endpoint[];
  readonly #failedAt = new Map<Endpoint, number>();
  readonly #now: () => number;
  #next: number;

  constructor(backend: Backend, endpoints: readonly Endpoint[], start: number, now: () => number) {
    this.backend = backend;
    this.endpoints = endpoints;
    this.#next = Math.floor(start * endpoints.length);
    this.#now = now;
  }

  /** Null where there are no endpoints beside those that were tried. */
  choose(tried: readonly Endpoint[]): Endpoint | null {
    const { endpoints } = this;
    let lastResort: Endpoint | null = null;
    for (let step = 0; step < endpoints.length; step += 1) {
      const endpoint = endpoints[(this.#next + step) % endpoints.length] as Endpoint;
      if (tried.includes(endpoint)) continue;
      const failedAt = this.#failedAt.get(endpoint);
      if (failedAt === undefined || this.#now() - failedAt > backOff) {
        this.#next = (this.#next + step + 1) % endpoints.length;
        return endpoint;
      }
      lastResort ??= endpoint;
    }
    return lastResort;
  }

  failed(endpoint: Endpoint): void {
    this.#failedAt.set(endpoint, this.#now());
  }

  connected(endpoint: Endpoint): void {
    this.#failedAt.delete(endpoint);
  }
}

/** A stream route, ready to choose where the next connection goes. */
export class StreamPlan {
  readonly route: StreamRoute;
  readonly #choice: WeightedChoice<StreamDestination>;
  readonly #rotations: ReadonlyMap<string, EndpointRotation>;

  constructor(route: StreamRoute, rotations: ReadonlyMap<string, EndpointRotation>, start: number) {
    this.route = route;
    this.#choice = new WeightedChoice(route.destinations, start);
    this.#rotations = rotations;
  }

  /** Where the next one goes, or why it is rejected. */
  choose(): EndpointRotation | { readonly rejected: string } {
    const destination = this.#choice.next();
    if (destination === null) return { rejected: 'every weight is zero' };
    if (destination.type === 'reject') return { rejected: destination.reason };
    return this.#rotations.get(destination.backend) ?? { rejected: 'BackendNotFound' };
  }

  /** Whether one of its backends still has the endpoint. */
  has({ address, port }: Endpoint): boolean {
    return this.route.destinations.some(
      (destination) =>
        destination.type === 'backend' &&
        this.#rotations
          .get(destination.backend)
          ?.endpoints.some((endpoint) => endpoint.address === address && endpoint.port === port) === true,
    );
  }
}

/** All stream routes of a model, compiled. What did not change keeps its turn. */
export class StreamTable {
  readonly #start: number;
  readonly #now: () => number;
  #plans: ReadonlyMap<string, StreamPlan> = new Map();
  #rotations: ReadonlyMap<string, EndpointRotation> = new Map();

  /** @param now milliseconds of a clock that never goes back */
  constructor(start: number, now: () => number) {
    this.#start = start;
    this.#now = now;
  }

  get(id: string): StreamPlan | null {
    return this.#plans.get(id) ?? null;
  }

  update(model: Model): void {
    const rotations = new Map<string, EndpointRotation>();
    const plans = new Map<string, StreamPlan>();
    for (const route of Object.values(model.streams)) {
      const known = this.#plans.get(route.id);
      let changed = known?.route !== route;
      const own = new Map<string, EndpointRotation>();
      for (const destination of route.destinations) {
        if (destination.type !== 'backend') continue;
        const rotation = rotations.get(destination.backend) ?? this.#rotation(destination.backend, model);
        if (rotation === null) continue;
        changed ||= this.#rotations.get(destination.backend) !== rotation;
        rotations.set(destination.backend, rotation);
        own.set(destination.backend, rotation);
      }
      plans.set(route.id, known !== undefined && !changed ? known : new StreamPlan(route, own, this.#start));
    }
    this.#plans = plans;
    this.#rotations = rotations;
  }

  #rotation(id: string, model: Model): EndpointRotation | null {
    const backend = model.backends[id];
    if (backend === undefined) return null;
    const endpoints = model.endpoints[backend.endpoints]?.endpoints ?? [];
    const known = this.#rotations.get(id);
    if (known !== undefined && known.backend === backend && known.endpoints === endpoints) return known;
    return new EndpointRotation(backend, endpoints, this.#start, this.#now);
  }
}
