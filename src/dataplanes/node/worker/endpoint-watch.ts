import type { Finding } from '../../../model/finding.ts';
import type { Model } from '../../../model/model.ts';
import type { Observation } from '../../../model/observation.ts';
import { endpointEjected, endpointUnhealthy } from '../findings.ts';
import { checkedEndpoints } from '../health/health-checker.ts';
import { type Verdict, type VerdictKey, verdictKey } from '../health/verdict.ts';
import type { EjectedEndpoint } from '../proxy/pool/backends.ts';
import { joinHostPort } from '../proxy/routing/host.ts';
import type { Order } from './messages.ts';

/** A worker, as far as it is told what others know. */
export interface WatchedWorker {
  /** Whether there is a process that takes orders. */
  readonly ready: boolean;
  send(order: Order): void;
}

/** Milliseconds: endpoints that come and go in a flurry are told of together. */
const tellPeriod = 1_000;
/** More findings about endpoints are not told one by one. */
const maxFindings = 100;

/**
 * What all workers know of endpoints. One worker at a time makes the health checks: an endpoint is asked once, however many
 * workers there are, and what it says goes to all. Ejection is each worker's own; here it is put together to be told.
 */
export class EndpointWatch {
  readonly #workers: () => readonly WatchedWorker[];
  readonly #onFindings: () => void;
  readonly #verdicts = new Map<VerdictKey, Verdict>();
  readonly #ejections = new Map<WatchedWorker, readonly EjectedEndpoint[]>();
  #checker: WatchedWorker | null = null;
  #model: Model;
  #timer: NodeJS.Timeout | null = null;
  #findings: readonly Finding[] = [];

  /** @param onFindings called when `findings` are others, out of any caller's stack */
  constructor(model: Model, workers: () => readonly WatchedWorker[], onFindings: () => void) {
    this.#model = model;
    this.#workers = workers;
    this.#onFindings = onFindings;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  /** A model is on its way to the workers. */
  configure(model: Model): void {
    this.#model = model;
    const keys = new Set(checkedEndpoints(model).map(({ key }) => key));
    for (const key of this.#verdicts.keys()) if (!keys.has(key)) this.#verdicts.delete(key);
    this.#findings = this.#describe();
  }

  /** A worker takes orders from now on. */
  started(worker: WatchedWorker): void {
    if (this.#verdicts.size > 0) worker.send({ type: 'health', verdicts: [...this.#verdicts.values()] });
    this.#appoint();
  }

  died(worker: WatchedWorker): void {
    if (this.#checker === worker) this.#checker = null;
    if (this.#ejections.delete(worker)) this.#tellSoon();
    this.#appoint();
  }

  onHealth(from: WatchedWorker, verdicts: readonly Verdict[]): void {
    for (const verdict of verdicts) this.#verdicts.set(verdictKey(verdict.backend, verdict), verdict);
    for (const worker of this.#workers()) if (worker !== from) worker.send({ type: 'health', verdicts });
    this.#tellSoon();
  }

  onEjections(from: WatchedWorker, endpoints: readonly EjectedEndpoint[]): void {
    this.#ejections.set(from, endpoints);
    this.#tellSoon();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  /** Says of each observation whether its endpoint gets requests. */
  judge(observations: readonly Observation[]): readonly Observation[] {
    const ejected = new Set(this.#allEjections().map(nameOf));
    const unhealthy = new Map(
      [...this.#verdicts.values()].flatMap((verdict) => (verdict.healthy ? [] : [[nameOf(verdict), verdict.cause]])),
    );
    return observations.map((observation) => {
      const name = `${observation.backend} ${observation.endpoint}`;
      const cause = unhealthy.get(name);
      if (cause !== undefined) return { ...observation, passedOver: { because: 'unhealthy', cause } };
      if (ejected.has(name)) return { ...observation, passedOver: { because: 'ejected', cause: '' } };
      return observation;
    });
  }

  #appoint(): void {
    if (this.#checker?.ready === true) return;
    this.#checker = this.#workers().find(({ ready }) => ready) ?? null;
    this.#checker?.send({ type: 'check-health', on: true });
  }

  #tellSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      const findings = this.#describe();
      if (JSON.stringify(findings) === JSON.stringify(this.#findings)) return;
      this.#findings = findings;
      this.#onFindings();
    }, tellPeriod).unref();
  }

  /** By backend and endpoint, since one worker is enough to tell of one. */
  #allEjections(): readonly EjectedEndpoint[] {
    const all = new Map<string, EjectedEndpoint>();
    for (const each of [...this.#ejections.values()].flat()) if (!all.has(nameOf(each))) all.set(nameOf(each), each);
    return [...all.values()];
  }

  #describe(): readonly Finding[] {
    const { backends } = this.#model;
    const findings: Finding[] = [];
    for (const verdict of this.#verdicts.values()) {
      const backend = backends[verdict.backend];
      if (backend?.healthCheck !== undefined && !verdict.healthy) {
        findings.push(endpointUnhealthy(backend, backend.healthCheck, verdict));
      }
    }
    for (const ejected of this.#allEjections()) {
      const backend = backends[ejected.backend];
      if (backend !== undefined) findings.push(endpointEjected(backend, ejected));
    }
    return findings.sort((a, b) => (a.message < b.message ? -1 : 1)).slice(0, maxFindings);
  }
}

interface NamedEndpoint {
  readonly backend: string;
  readonly address: string;
  readonly port: number;
}

/** `Backend.id` and the endpoint, as observations name it. */
const nameOf = ({ backend, address, port }: NamedEndpoint): string => `${backend} ${joinHostPort(address, port)}`;
