import type { Backend, EndpointSet } from '../../../../model/backend.ts';
import type { KeyMaterial, Model } from '../../../../model/model.ts';
import type { ConnectFailure } from '../connector.ts';
import type { ConnectionSeries, Counters, PoolGauge } from '../counters.ts';
import { BackendPool, type PoolContext } from './backend.ts';
import { type ConnectionSettings, sameSettings, settingsOf } from './settings.ts';
import type { Sweep } from './sweep.ts';

/** An endpoint that is passed over because no connection to it comes about, and why. */
export interface EjectedEndpoint {
  /** `Backend.id`. */
  readonly backend: string;
  readonly address: string;
  readonly port: number;
  readonly cause: ConnectFailure;
}

interface Entry {
  readonly settings: ConnectionSettings;
  readonly pool: BackendPool;
}

/** The pools of all backends in force. */
export class Backends {
  readonly #context: PoolContext;
  readonly #counters: Counters;
  #entries: ReadonlyMap<string, Entry> = new Map();

  constructor(context: PoolContext, counters: Counters) {
    this.#context = context;
    this.#counters = counters;
  }

  /** The pool for new requests, or null where the backend is not in the model. */
  get(id: string): BackendPool | null {
    return this.#entries.get(id)?.pool ?? null;
  }

  /**
   * Puts a model's backends in force. Where TLS settings or certificates changed, and where a backend went, the old pool
   * is retired: its requests finish, new ones get new connections at once.
   */
  update(model: Model, keys: KeyMaterial): void {
    const before = this.#entries;
    const entries = new Map<string, Entry>();
    for (const backend of Object.values(model.backends)) {
      entries.set(backend.id, this.#entry(backend, model.endpoints[backend.endpoints], keys, before.get(backend.id)));
    }
    // In force before the old ones go: requests that wait in those ask again at once.
    this.#entries = entries;
    for (const [id, { pool }] of before) if (entries.get(id)?.pool !== pool) pool.retire();
  }

  /** Endpoints that are passed over while their backend has others, the first so many. */
  ejections(limit: number): readonly EjectedEndpoint[] {
    const found: EjectedEndpoint[] = [];
    for (const { pool } of this.#entries.values()) {
      if (found.length >= limit) break;
      if (pool.size > 1) found.push(...pool.ejections());
    }
    return found.slice(0, limit);
  }

  /** Called once a sweep. @param period milliseconds between sweeps */
  sweep(period: number): void {
    const { backendCrowd, backendIdleTimeout, backendCrowdedIdleTimeout } = this.#context.limits;
    const sweep: Sweep = {
      after: Math.ceil(backendIdleTimeout / period),
      crowdedAfter: Math.ceil(Math.min(backendCrowdedIdleTimeout, backendIdleTimeout) / period),
      excess: this.connections - backendCrowd,
    };
    for (const { pool } of this.#entries.values()) pool.sweep(sweep, period);
  }

  retire(): void {
    const entries = this.#entries;
    this.#entries = new Map();
    for (const { pool } of entries.values()) pool.retire();
  }

  *series(): Iterable<ConnectionSeries> {
    for (const { pool } of this.#entries.values()) yield pool.series;
  }

  /** Open, or about to be. */
  get connections(): number {
    let connections = 0;
    for (const { pool } of this.#entries.values()) connections += pool.connections;
    return connections;
  }

  /** By service: what its backends have is added up. */
  gauges(): readonly PoolGauge[] {
    const gauges = new Map<string, PoolGauge>();
    for (const { pool } of this.#entries.values()) {
      const gauge = pool.gauge();
      const known = gauges.get(gauge.backend);
      gauges.set(gauge.backend, known === undefined ? gauge : sum(known, gauge));
    }
    return [...gauges.values()];
  }

  #entry(backend: Backend, set: EndpointSet | undefined, keys: KeyMaterial, known: Entry | undefined): Entry {
    const settings = settingsOf(backend, keys, known?.settings ?? null);
    if (known !== undefined && sameSettings(known.settings, settings)) {
      known.pool.update(backend, set);
      return { settings, pool: known.pool };
    }
    const series = this.#counters.connections(backend.service);
    return { settings, pool: new BackendPool(backend, set ?? { id: '', endpoints: [] }, this.#context, series) };
  }
}

function sum(left: PoolGauge, right: PoolGauge): PoolGauge {
  return {
    backend: left.backend,
    connecting: left.connecting + right.connecting,
    idle: left.idle + right.idle,
    active: left.active + right.active,
    waitingRequests: left.waitingRequests + right.waitingRequests,
    // Of one service: they are the same endpoints, asked in different ways.
    endpoints: Math.max(left.endpoints, right.endpoints),
    failingEndpoints: Math.max(left.failingEndpoints, right.failingEndpoints),
    unhealthyEndpoints: Math.max(left.unhealthyEndpoints, right.unhealthyEndpoints),
  };
}
