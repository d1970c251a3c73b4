import type { Backend, Endpoint } from '../../../model/backend.ts';
import type { Model } from '../../../model/model.ts';
import { Deadline } from '../io/deadlines.ts';
import { hostOf } from '../proxy/routing/host.ts';
import { type CheckServices, type RunningCheck, startCheck } from './check.ts';
import { EndpointHealth } from './endpoint-health.ts';
import type { HealthTable } from './health-table.ts';
import { type Verdict, type VerdictKey, verdictKey } from './verdict.ts';

/** The first check of an endpoint comes within this time, in milliseconds, so that a new model does not check all at once. */
const longestStart = 1_000;
/** Up to this share of the interval is added by chance, so that endpoints are not checked in step. */
const jitter = 0.1;

export interface HealthCheckerOptions extends CheckServices {
  /** What is known already, from another worker. */
  readonly table: HealthTable;
  /** How many checks may be under way. */
  readonly limit: number;
  /** Called when a verdict is new or another. */
  readonly onVerdict: (verdict: Verdict) => void;
  readonly random?: () => number;
}

/** Checks that have ended, for one backend service. */
export interface HealthCheckCount {
  readonly backend: string;
  readonly passed: number;
  readonly failed: number;
}

interface CheckedEndpoint {
  backend: Backend;
  endpoint: Endpoint;
  readonly health: EndpointHealth;
  readonly next: Deadline;
  running: RunningCheck | null;
}

/** Makes the health checks of a model: each endpoint in its own rhythm, so many at once and no more. */
export class HealthChecker {
  readonly #options: HealthCheckerOptions;
  readonly #random: () => number;
  readonly #checked = new Map<VerdictKey, CheckedEndpoint>();
  readonly #counts = new Map<string, { passed: number; failed: number }>();
  /** Those whose time has come while as many checks as may be were under way. */
  readonly #waiting = new Set<CheckedEndpoint>();
  #running = 0;
  #model: Model | null = null;
  #active = false;

  constructor(options: HealthCheckerOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
  }

  /** Checks from here on, or leaves it to another worker. */
  setActive(active: boolean): void {
    if (active === this.#active) return;
    this.#active = active;
    this.#reconcile();
  }

  /** Follows a model. Endpoints that stay keep what their checks added up to, services that stay what was counted. */
  configure(model: Model): void {
    this.#model = model;
    const services = new Set(Object.values(model.backends).map(({ service }) => service));
    for (const service of this.#counts.keys()) if (!services.has(service)) this.#counts.delete(service);
    this.#reconcile();
  }

  counts(): readonly HealthCheckCount[] {
    return [...this.#counts].map(([backend, count]) => ({ backend, ...count }));
  }

  stop(): void {
    this.setActive(false);
  }

  #reconcile(): void {
    const wanted = this.#active && this.#model !== null ? checkedEndpoints(this.#model) : [];
    const keys = new Set<VerdictKey>();
    for (const { key, backend, endpoint } of wanted) {
      keys.add(key);
      const known = this.#checked.get(key);
      if (known === undefined) this.#add(key, backend, endpoint);
      else if (known.backend !== backend || known.endpoint !== endpoint) {
        known.backend = backend;
        known.endpoint = endpoint;
        if (known.running === null) this.#schedule(known, this.#start(backend));
      }
    }
    for (const [key, checked] of this.#checked) if (!keys.has(key)) this.#remove(key, checked);
  }

  #add(key: VerdictKey, backend: Backend, endpoint: Endpoint): void {
    const checked: CheckedEndpoint = {
      backend,
      endpoint,
      health: new EndpointHealth(this.#options.table.verdictOf(backend, endpoint)?.healthy ?? null),
      next: new Deadline(() => this.#due(checked)),
      running: null,
    };
    this.#checked.set(key, checked);
    this.#schedule(checked, this.#start(backend));
  }

  #remove(key: VerdictKey, checked: CheckedEndpoint): void {
    this.#checked.delete(key);
    this.#waiting.delete(checked);
    this.#options.wheel.disarm(checked.next);
    if (checked.running === null) return;
    checked.running.cancel();
    this.#ended(checked);
  }

  #start({ healthCheck }: Backend): number {
    return this.#random() * Math.min(longestStart, healthCheck?.interval ?? 0);
  }

  #schedule(checked: CheckedEndpoint, delay: number): void {
    this.#waiting.delete(checked);
    this.#options.wheel.arm(checked.next, delay);
  }

  #due(checked: CheckedEndpoint): void {
    if (this.#running >= this.#options.limit) {
      this.#waiting.add(checked);
      return;
    }
    const { backend, endpoint } = checked;
    const target = {
      backend,
      endpoint: { address: endpoint.address, port: endpoint.healthPort ?? endpoint.port },
      host: hostFor(backend, endpoint),
      http1Only: false,
      fullHandshake: true,
    } as const;
    this.#running += 1;
    checked.running = startCheck(target, this.#options, (cause) => this.#conclude(checked, cause));
    if (checked.running === null) this.#ended(checked);
  }

  #conclude(checked: CheckedEndpoint, cause: string | null): void {
    const { backend, endpoint, health } = checked;
    this.#ended(checked);
    const { healthCheck } = backend;
    if (healthCheck === undefined) return;
    this.#count(backend.service, cause === null);
    this.#schedule(checked, healthCheck.interval * (1 + jitter * this.#random()));
    if (!health.record(cause, healthCheck)) return;
    const { address, port } = endpoint;
    this.#options.onVerdict({
      backend: backend.id,
      address,
      port,
      healthy: health.healthy === true,
      cause: health.healthy === true ? '' : health.cause,
    });
  }

  #ended(checked: CheckedEndpoint): void {
    checked.running = null;
    this.#running -= 1;
    const [first] = this.#waiting;
    if (first === undefined) return;
    this.#waiting.delete(first);
    this.#options.wheel.arm(first.next, 0);
  }

  #count(backend: string, passed: boolean): void {
    const count = this.#counts.get(backend) ?? { passed: 0, failed: 0 };
    if (passed) count.passed += 1;
    else count.failed += 1;
    this.#counts.set(backend, count);
  }
}

/** All endpoints of a model that are to be checked. Refused backends are never connected to, and datagrams have no answer. */
export function checkedEndpoints(
  model: Model,
): readonly { readonly key: VerdictKey; readonly backend: Backend; readonly endpoint: Endpoint }[] {
  return Object.values(model.backends).flatMap((backend) => {
    const { id, healthCheck, security, protocol, endpoints } = backend;
    if (healthCheck === undefined || security.type === 'refused' || protocol === 'udp') return [];
    const set = model.endpoints[endpoints]?.endpoints ?? [];
    return set.map((endpoint) => ({ key: verdictKey(id, endpoint), backend, endpoint }));
  });
}

/** The server name's source where the backend's TLS takes it from the request. */
function hostFor({ security, healthCheck }: Backend, { address }: Endpoint): string {
  if (security.type !== 'tls' || security.tls.serverName.value.type !== 'host-header') return '';
  const host = healthCheck?.type === 'http' ? healthCheck.host : null;
  return host === null ? address : hostOf(host);
}
