import type { Backend, EndpointSet } from '../../../../model/backend.ts';
import type { Limits } from '../../limits.ts';
import type { Connector } from '../connector.ts';
import type { ConnectionSeries, PoolGauge } from '../counters.ts';
import { hostOf } from '../routing/host.ts';
import { EndpointPool } from './endpoint.ts';
import type { Acquired, ConnectionWaiter } from './waiter.ts';

/** What all pools of a worker share. */
export interface PoolContext {
  readonly connector: Connector;
  readonly limits: Limits;
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
  #endpoints: readonly EndpointPool[] = [];
  #next = 0;

  constructor(backend: Backend, set: EndpointSet, context: PoolContext, series: ConnectionSeries) {
    this.context = context;
    this.series = series;
    this.#backend = backend;
    this.multiplexed = multiplexes(backend);
    this.#byHost = backend.security.type === 'tls' && backend.security.tls.serverName.value.type === 'host-header';
    this.#speaksHttp1 = speaksHttp1(backend);
    this.update(backend, set);
    this.#next = Math.floor(context.start * set.endpoints.length);
  }

  get backend(): Backend {
    return this.#backend;
  }

  /** Whether a connection may speak HTTP/1.1, which an upgrade needs. */
  get speaksHttp1(): boolean {
    return this.#speaksHttp1;
  }

  get size(): number {
    return this.#endpoints.length;
  }

  /**
   * Asks for a connection to the next endpoint.
   *
   * @param authority of the request, as the backend gets it
   * @param tried endpoints to leave out, or null
   */
  acquire(
    waiter: ConnectionWaiter,
    authority: string,
    http1Only: boolean,
    tried: readonly EndpointPool[] | null,
  ): Acquired {
    const endpoint = this.#choose(tried);
    if (endpoint === null) return 'no-endpoints';
    return endpoint.acquire(waiter, this.#byHost ? hostOf(authority) : '', http1Only && this.multiplexed !== false);
  }

  /** Takes a backend with the same settings and its present endpoints. Connections to those that stay are kept. */
  update(backend: Backend, set: EndpointSet = none): void {
    this.#backend = backend;
    if (set === this.#set) return;
    const before = new Map(this.#endpoints.map((each) => [keyOf(each.endpoint), each]));
    const kept = new Map<string, EndpointPool>();
    for (const endpoint of set.endpoints) {
      const key = keyOf(endpoint);
      kept.set(key, kept.get(key) ?? before.get(key) ?? new EndpointPool(this, endpoint));
    }
    this.#set = set;
    this.#endpoints = [...kept.values()];
    for (const [key, endpoint] of before) if (!kept.has(key)) endpoint.retire();
  }

  sweep(limit: number): void {
    for (const endpoint of this.#endpoints) endpoint.sweep(limit);
  }

  retire(): void {
    const endpoints = this.#endpoints;
    this.#endpoints = [];
    for (const endpoint of endpoints) endpoint.retire();
  }

  gauge(): PoolGauge {
    const groups = this.#endpoints.flatMap((endpoint) => endpoint.groups);
    const connections = groups.flatMap((group) => [...group.connections]).filter((each) => each.connected !== null);
    const active = connections.filter((each) => each.active > 0).length;
    return {
      backend: this.#backend.service,
      connecting: groups.reduce((sum, group) => sum + group.connecting, 0),
      idle: connections.length - active,
      active,
      waitingRequests: groups.reduce((sum, group) => sum + group.waiting, 0),
      endpoints: this.#endpoints.length,
      failingEndpoints: this.#endpoints.filter((each) => each.failing).length,
    };
  }

  /** Round robin. An endpoint that is failing is taken only where all are. */
  #choose(tried: readonly EndpointPool[] | null): EndpointPool | null {
    const endpoints = this.#endpoints;
    let lastResort: EndpointPool | null = null;
    for (let step = 0; step < endpoints.length; step += 1) {
      const index = (this.#next + step) % endpoints.length;
      const endpoint = endpoints[index] as EndpointPool;
      if (tried?.includes(endpoint)) continue;
      if (!endpoint.failing) {
        this.#next = index + 1;
        return endpoint;
      }
      lastResort ??= endpoint;
    }
    if (lastResort !== null) this.#next = endpoints.indexOf(lastResort) + 1;
    return lastResort;
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
