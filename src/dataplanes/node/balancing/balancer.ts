import type { Candidate, CandidateAddress } from './candidate.ts';
import { combine } from './hash.ts';

/** How one request's endpoint is to be chosen. */
export type Demand =
  | { readonly type: 'round-robin' | 'random' | 'least-request' }
  /** 32 bits. */
  | { readonly type: 'hash'; readonly key: number }
  /** The endpoint of a session, where it is among the candidates. */
  | { readonly type: 'pinned'; readonly endpoint: CandidateAddress; readonly otherwise: Demand };

export const inTurn: Demand = { type: 'round-robin' };

/** Chooses among the endpoints of one backend. */
export class Balancer<T extends Candidate> {
  #all: readonly T[] = [];
  /** Whose turn it is. */
  #next: number;
  readonly #random: () => number;

  /** @param start where round robin starts, so that workers do not choose in step; 0 up to 1 */
  constructor(start: number, random: () => number = Math.random) {
    this.#next = start;
    this.#random = random;
  }

  get all(): readonly T[] {
    return this.#all;
  }

  update(all: readonly T[]): void {
    // The first ones set where it starts; others keep the turn.
    if (this.#all.length === 0) this.#next = Math.floor((this.#next % 1) * all.length);
    this.#all = all;
  }

  /** One of the candidates, which are all endpoints or some of them in the same order; null where there are none. */
  choose(demand: Demand, candidates: readonly T[]): T | null {
    if (candidates.length === 0) return null;
    switch (demand.type) {
      case 'round-robin':
        return this.#inTurn(candidates);
      case 'random':
        return this.#drawn(candidates);
      case 'least-request':
        return this.#lessLoaded(candidates);
      case 'hash':
        return preferred(demand.key, candidates);
      case 'pinned':
        return at(demand.endpoint, candidates) ?? this.choose(demand.otherwise, candidates);
    }
  }

  #inTurn(candidates: readonly T[]): T | null {
    const all = this.#all;
    for (let step = 0; step < all.length; step += 1) {
      const index = (this.#next + step) % all.length;
      const candidate = all[index] as T;
      if (candidates !== all && !candidates.includes(candidate)) continue;
      this.#next = index + 1;
      return candidate;
    }
    return null;
  }

  #drawn(candidates: readonly T[]): T {
    return candidates[Math.floor(this.#random() * candidates.length)] as T;
  }

  /** Of all that are least loaded the fewest would be overrun by many workers at once; of two drawn by lot none is. */
  #lessLoaded(candidates: readonly T[]): T {
    const first = Math.floor(this.#random() * candidates.length);
    if (candidates.length === 1) return candidates[first] as T;
    const offset = 1 + Math.floor(this.#random() * (candidates.length - 1));
    const [one, other] = [candidates[first] as T, candidates[(first + offset) % candidates.length] as T];
    return other.load < one.load ? other : one;
  }
}

function at<T extends Candidate>({ address, port }: CandidateAddress, candidates: readonly T[]): T | null {
  return candidates.find(({ endpoint }) => endpoint.port === port && endpoint.address === address) ?? null;
}

/**
 * Rendezvous hashing: each key has an order of preference over all endpoints that depends on nothing else. So only what
 * went to an endpoint that left goes elsewhere, each to its own second choice, with no table to rebuild.
 */
function preferred<T extends Candidate>(key: number, candidates: readonly T[]): T {
  let best = candidates[0] as T;
  let highest = -1;
  for (const candidate of candidates) {
    const score = combine(key, candidate.identity);
    if (score <= highest) continue;
    highest = score;
    best = candidate;
  }
  return best;
}
