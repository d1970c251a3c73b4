import type { Endpoint } from '../../../model/backend.ts';
import type { LoadBalancing } from '../../../model/balancing.ts';
import type { Model } from '../../../model/model.ts';
import type { StreamDestination, StreamRoute } from '../../../model/stream.ts';
import { type Demand, inTurn } from '../balancing/balancer.ts';
import { hashOf } from '../balancing/hash.ts';
import type { BackendPool } from '../proxy/pool/backend.ts';
import type { Backends } from '../proxy/pool/backends.ts';
import { WeightedChoice } from './weighted-choice.ts';

/** A stream route, ready to choose where the next connection goes. */
export class StreamPlan {
  readonly route: StreamRoute;
  readonly #choice: WeightedChoice<StreamDestination>;
  readonly #backends: Backends;

  constructor(route: StreamRoute, backends: Backends, start: number) {
    this.route = route;
    this.#choice = new WeightedChoice(route.destinations, start);
    this.#backends = backends;
  }

  /** Where the next one goes, or why it is rejected. */
  choose(): BackendPool | { readonly rejected: string } {
    const destination = this.#choice.next();
    if (destination === null) return { rejected: 'every weight is zero' };
    if (destination.type === 'reject') return { rejected: destination.reason };
    return this.#backends.get(destination.backend) ?? { rejected: 'BackendNotFound' };
  }

  /** How the endpoint of a client's stream is chosen. */
  demandOf(clientAddress: string): Demand {
    return demandOf(this.route.balancing, clientAddress);
  }

  /** Whether one of its backends still has the endpoint. */
  has(endpoint: Endpoint): boolean {
    return this.route.destinations.some(
      (destination) =>
        destination.type === 'backend' && this.#backends.get(destination.backend)?.has(endpoint) === true,
    );
  }
}

/** Of what a hash may be made of, a stream has the address of its client alone. */
function demandOf(balancing: LoadBalancing | undefined, clientAddress: string): Demand {
  if (balancing === undefined) return inTurn;
  if (balancing.type !== 'consistent-hash') return balancing;
  const byAddress = balancing.keys.some(({ type }) => type === 'source-address');
  return byAddress ? { type: 'hash', key: hashOf(clientAddress) } : inTurn;
}

/** All stream routes of a model, compiled. What did not change keeps its turn. */
export class StreamTable {
  readonly #backends: Backends;
  readonly #start: number;
  #plans: ReadonlyMap<string, StreamPlan> = new Map();

  constructor(backends: Backends, start: number) {
    this.#backends = backends;
    this.#start = start;
  }

  get(id: string): StreamPlan | null {
    return this.#plans.get(id) ?? null;
  }

  update(model: Model): void {
    const plans = new Map<string, StreamPlan>();
    for (const route of Object.values(model.streams)) {
      const known = this.#plans.get(route.id);
      plans.set(route.id, known?.route === route ? known : new StreamPlan(route, this.#backends, this.#start));
    }
    this.#plans = plans;
  }
}
