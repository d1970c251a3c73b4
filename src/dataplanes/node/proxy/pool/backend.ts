import type { Backend, Endpoint, EndpointSet } from '../../../../model/backend.ts';
import { Balancer, type Demand } from '../../balancing/balancer.ts';
import { eligible, panics } from '../../balancing/candidate.ts';
import type { HealthTable } from '../../health/health-table.ts';
import type { Limits } from '../../limits.ts';
import type { Connector } from '../connector.ts';
import type { ConnectionSeries, PoolGauge } from '../counters.ts';
import { hostOf } from '../routing/host.ts';
import type { EjectedEndpoint } from './backends.ts';
import { EndpointPool } from './endpoint.ts';
import type { Sweep } from './sweep.ts';
import type { Acquired, ConnectionWaiter } from './waiter.ts';

/** What all pools of a worker share. */
export interface PoolContext {
  readonly connector: Connector;
  readonly limits: Limits;
  readonly health: HealthTable;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
  /** Where round robin starts, so that workers do not choose in step. 0 up to 1. */
  readonly start: number;
}

const none: EndpointSet = { id: '', endpoints: [] };

/** The connections to one backend, as long as its TLS settings and certificates stay the same. */
export class BackendPool {
  readonly context: PoolContext;
  readonly series: ConnectionSeries;
  /** Whether one connection carries many requests; null where ALPN tells. */
  readonly multiplexed: boolean | null;
  readonly #byHost: boolean;
  readonly #speaksHttp1: boolean;
  #backend: Backend;
  #set: EndpointSet = none;
  readonly #balancer: Balancer<EndpointPool>;
  /** Nothing speaks against any endpoint: the usual case, in which nothing is looked at. */
  #sound = true;

  constructor(backend: Backend, set: EndpointSet, context: PoolContext, series: ConnectionSeries) {
    this.context = context;
    this.series = series;
    this.#backend = backend;
    this.multiplexed = multiplexes(backend);
    this.#byHost = backend.security.type === 'tls' && backend.security.tls.serverName.value.type === 'host-header';
    this.#speaksHttp1 = speaksHttp1(backend);
    this.#balancer = new Balancer(context.start);
    this.update(backend, set);
  }

  get backend(): Backend {
    return this.#backend;
  }

  /** Whether a connection may speak HTTP/1.1, which an upgrade needs. */
  get speaksHttp1(): boolean {
    return this.#speaksHttp1;
  }

  get size(): number {
    return this.#balancer.all.length;
  }

  get endpoints(): EndpointSet {
    return this.#set;
  }

  /** Whether requests have anywhere to go. */
  get usable(): boolean {
    return this.#backend.security.type !== 'refused' && this.#balancer.all.some(({ health }) => health !== 'unhealthy');
  }

  /** Open, or about to be. */
  get connections(): number {
    return this.#balancer.all.reduce((sum, endpoint) => sum + endpoint.connections, 0);
  }

  /**
   * Asks for a connection to an endpoint.
   *
   * @param authority of the request, as the backend gets it
   * @param tried endpoints to leave out, or null
   */
  acquire(
    waiter: ConnectionWaiter,
    demand: Demand,
    authority: string,
    http1Only: boolean,
    tried: readonly EndpointPool[] | null,
  ): Acquired {
    const host = this.#byHost ? hostOf(authority) : '';
    const separate = http1Only && this.multiplexed !== false;
    const balancer = this.#balancer;
    const endpoint =
      this.#sound && tried === null
        ? balancer.choose(demand, balancer.all)
        : this.#chooseWithCare(demand, host, separate, tried);
    if (!this.#sound) this.#probeOthers(endpoint, host, separate);
    if (endpoint !== null) return endpoint.acquire(waiter, host, separate);
    const unhealthy = balancer.all.some(({ health }) => health === 'unhealthy');
    return unhealthy ? 'no-healthy-endpoints' : 'no-endpoints';
  }

  /**
   * The endpoint of a stream, which makes a connection of its own and tells the endpoint what became of it; null where there
   * is none. Where the back-off of one is over, this stream finds out: it loses nothing by trying another one then.
   */
  chooseForStream(demand: Demand, tried: readonly EndpointPool[]): EndpointPool | null {
    const now = this.context.now();
    const { all } = this.#balancer;
    const due = this.#sound
      ? undefined
      : all.find((each) => !tried.includes(each) && each.health !== 'unhealthy' && each.ejection.takeTurn(now));
    return due ?? this.#chooseWithCare(demand, '', false, tried);
  }

  has({ address, port }: Endpoint): boolean {
    return this.#balancer.all.some(({ endpoint }) => endpoint.address === address && endpoint.port === port);
  }

  /** Whether something speaks against endpoints may have changed. */
  assess(): void {
    this.#sound = this.#balancer.all.every((endpoint) => endpoint.sound);
  }

  /** Endpoints that are passed over, whatever the request. */
  ejections(): readonly EjectedEndpoint[] {
    if (this.#sound) return [];
    return this.#balancer.all.flatMap(({ endpoint, ejection: { cause } }) =>
      cause === null ? [] : [{ backend: this.#backend.id, address: endpoint.address, port: endpoint.port, cause }],
    );
  }

  /** Takes over what health checks say by now. */
  refreshHealth(): void {
    const { health } = this.context;
    for (const each of this.#balancer.all) each.health = health.healthOf(this.#backend, each.endpoint);
    this.assess();
  }

  /** Takes a backend with the same settings and its present endpoints. Connections to those that stay are kept. */
  update(backend: Backend, set: EndpointSet = none): void {
    const unchanged = backend === this.#backend && set === this.#set;
    this.#backend = backend;
    if (unchanged) return;
    if (set !== this.#set) this.#updateEndpoints(set);
    this.refreshHealth();
  }

  #updateEndpoints(set: EndpointSet): void {
    const before = new Map(this.#balancer.all.map((each) => [keyOf(each.endpoint), each]));
    const kept = new Map<string, EndpointPool>();
    for (const endpoint of set.endpoints) {
      const key = keyOf(endpoint);
      kept.set(key, kept.get(key) ?? before.get(key) ?? new EndpointPool(this, endpoint));
    }
    this.#set = set;
    this.#balancer.update([...kept.values()]);
    for (const [key, endpoint] of before) if (!kept.has(key)) endpoint.retire();
  }

  /** @param period milliseconds between sweeps */
  sweep(sweep: Sweep, period: number): void {
    const { idleTimeout } = this.#backend;
    if (idleTimeout === null) return;
    const after = idleTimeout === undefined ? null : Math.ceil(idleTimeout / period);
    for (const endpoint of this.#balancer.all) endpoint.sweep(sweep, after);
  }

  retire(): void {
    const endpoints = this.#balancer.all;
    this.#balancer.update([]);
    for (const endpoint of endpoints) endpoint.retire();
  }

  gauge(): PoolGauge {
    const endpoints = this.#balancer.all;
    const groups = endpoints.flatMap((endpoint) => endpoint.groups);
    const connections = groups.flatMap((group) => [...group.connections]).filter((each) => each.connected !== null);
    const active = connections.filter((each) => each.active > 0).length;
    return {
      backend: this.#backend.service,
      connecting: groups.reduce((sum, group) => sum + group.connecting, 0),
      idle: connections.length - active,
      active,
      waitingRequests: groups.reduce((sum, group) => sum + group.waiting, 0),
      endpoints: endpoints.length,
      failingEndpoints: endpoints.filter(({ ejection }) => ejection.active).length,
      unhealthyEndpoints: endpoints.filter(({ health }) => health === 'unhealthy').length,
    };
  }

  #probeOthers(chosen: EndpointPool | null, host: string, http1Only: boolean): void {
    for (const each of this.#balancer.all) {
      if (each !== chosen && each.isEjected(host, http1Only)) each.probe(host, http1Only);
    }
  }

  #chooseWithCare(
    demand: Demand,
    host: string,
    http1Only: boolean,
    tried: readonly EndpointPool[] | null,
  ): EndpointPool | null {
    const { all } = this.#balancer;
    const isEjected = (each: EndpointPool): boolean => each.isEjected(host, http1Only);
    const panicThreshold = this.#backend.healthCheck?.panicThreshold ?? null;
    if (panicThreshold !== null && panics(all, panicThreshold)) this.series.panics += 1;
    const chosen = this.#balancer.choose(demand, eligible(all, { tried, panicThreshold, isEjected }));
    return chosen;
  }
}

function keyOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address} ${port}`;
}

function multiplexes({ protocol, security }: Backend): boolean | null {
  if (protocol === 'h2c') return true;
  if (protocol === 'http1' || security.type !== 'tls') return false;
  return security.tls.alpn.value.includes('h2') ? null : false;
}

/** An empty list of protocols sends no ALPN extension, and HTTP/1.1 is spoken. */
function speaksHttp1({ protocol, security }: Backend): boolean {
  if (protocol === 'h2c') return false;
  if (protocol === 'http1' || security.type !== 'tls') return true;
  const alpn = security.tls.alpn.value;
  return alpn.length === 0 || alpn.includes('http/1.1');
}
