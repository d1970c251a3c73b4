import type { ConnectFailure, ConnectFailureReason, ConnectStage } from './connector.ts';
import type { FailureClass } from './failure.ts';

/** What a series of requests is told apart by. */
export interface RequestLabels {
  /** `ListenerSection.name` (`infra/edge/https`), or an empty string where no section serves the host. */
  readonly section: string;
  /** `HTTPRoute/shop/web`, or an empty string without a route. */
  readonly route: string;
  /** Index of the route's rule, or -1 without a route. */
  readonly rule: number;
  /** `Backend.service`, or an empty string where the gateway answers itself. */
  readonly backend: string;
}

/** Upper bounds of the duration histogram, in seconds. A last bucket has what is longer. */
export const durationBounds: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** The finished requests of one route and backend. Written on the hot path, so plain numbers. */
export class RequestSeries {
  readonly codes = new Map<number, number>();
  readonly failures = new Map<FailureClass, number>();
  /** One more than there are bounds; not cumulative. */
  readonly durations: number[] = new Array<number>(durationBounds.length + 1).fill(0);
  /** Seconds. */
  durationSum = 0;
  requestBytes = 0;
  responseBytes = 0;
  retries = 0;
  /** Copies of requests that the backend answered as a mirror, and copies that it did not get whole or did not answer. */
  mirrored = 0;
  mirrorsLost = 0;

  /** @param duration seconds */
  record(code: number, duration: number, requestBytes: number, responseBytes: number): void {
    this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    let bucket = 0;
    while (bucket < durationBounds.length && duration > (durationBounds[bucket] as number)) bucket += 1;
    this.durations[bucket] = (this.durations[bucket] as number) + 1;
    this.durationSum += duration;
    this.requestBytes += requestBytes;
    this.responseBytes += responseBytes;
  }

  recordFailure(failure: FailureClass): void {
    this.failures.set(failure, (this.failures.get(failure) ?? 0) + 1);
  }
}

/** Connections to one backend service. */
export class ConnectionSeries {
  established = 0;
  resumed = 0;
  http2 = 0;
  readonly failures = new Map<string, ConnectFailureCount>();
  /** Times that an endpoint began to be passed over. */
  readonly ejections = new Map<string, ConnectFailureCount>();
  /** Requests for which health was not looked at, since too few endpoints are healthy. */
  panics = 0;

  recordFailure(failure: ConnectFailure): void {
    count(this.failures, failure);
  }

  recordEjection(cause: ConnectFailure): void {
    count(this.ejections, cause);
  }
}

function count(counts: Map<string, ConnectFailureCount>, { stage, reason }: ConnectFailure): void {
  const key = `${stage} ${reason}`;
  counts.set(key, { stage, reason, count: (counts.get(key)?.count ?? 0) + 1 });
}

/** What one worker's proxy has counted since it started. Plain data that can cross processes and be added up. */
export interface CountersSnapshot {
  readonly activeRequests: number;
  readonly activeTunnels: number;
  readonly requests: readonly RequestCount[];
  readonly connections: readonly ConnectionCount[];
  /** Gauges by backend service. */
  readonly pools: readonly PoolGauge[];
}

export interface RequestCount {
  readonly labels: RequestLabels;
  readonly codes: readonly (readonly [code: number, count: number])[];
  readonly failures: readonly (readonly [failure: FailureClass, count: number])[];
  /** By `durationBounds`, not cumulative. */
  readonly durations: readonly number[];
  /** Seconds. */
  readonly durationSum: number;
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly retries: number;
  readonly mirrored: number;
  readonly mirrorsLost: number;
}

export interface ConnectionCount {
  readonly backend: string;
  readonly established: number;
  /** TLS sessions taken up again, of those established. */
  readonly resumed: number;
  readonly http2: number;
  readonly failures: readonly ConnectFailureCount[];
  /** Times that an endpoint began to be passed over, by the failure that did it. */
  readonly ejections: readonly ConnectFailureCount[];
  /** Requests for which health was not looked at. */
  readonly panics: number;
}

export interface ConnectFailureCount {
  readonly stage: ConnectStage;
  readonly reason: ConnectFailureReason;
  readonly count: number;
}

export interface PoolGauge {
  readonly backend: string;
  readonly connecting: number;
  readonly idle: number;
  /** Connections that carry at least one request. */
  readonly active: number;
  readonly waitingRequests: number;
  readonly endpoints: number;
  /** Endpoints that are passed over because the last attempts to connect failed. */
  readonly failingEndpoints: number;
  /** Endpoints that health checks call unhealthy. */
  readonly unhealthyEndpoints: number;
}

interface LabelledSeries {
  readonly labels: RequestLabels;
  readonly series: RequestSeries;
}

/** All series of one worker. */
export class Counters {
  activeRequests = 0;
  activeTunnels = 0;
  readonly #requests = new Map<string, LabelledSeries>();
  readonly #connections = new Map<string, ConnectionSeries>();

  /** The series of these labels, from where it stands. */
  requests(labels: RequestLabels): RequestSeries {
    const key = `${labels.section} ${labels.route} ${labels.rule} ${labels.backend}`;
    let known = this.#requests.get(key);
    if (known === undefined) {
      known = { labels, series: new RequestSeries() };
      this.#requests.set(key, known);
    }
    return known.series;
  }

  connections(backend: string): ConnectionSeries {
    let series = this.#connections.get(backend);
    if (series === undefined) {
      series = new ConnectionSeries();
      this.#connections.set(backend, series);
    }
    return series;
  }

  /** How many series there are, for the bound on those that outlived their routes. */
  get size(): number {
    return this.#requests.size + this.#connections.size;
  }

  /** Forgets series that no route and no backend writes to any more. */
  prune(requests: ReadonlySet<RequestSeries>, connections: ReadonlySet<ConnectionSeries>): void {
    for (const [key, { series }] of this.#requests) if (!requests.has(series)) this.#requests.delete(key);
    for (const [key, series] of this.#connections) if (!connections.has(series)) this.#connections.delete(key);
  }

  snapshot(pools: readonly PoolGauge[]): CountersSnapshot {
    return {
      activeRequests: this.activeRequests,
      activeTunnels: this.activeTunnels,
      requests: [...this.#requests.values()].filter(({ series }) => hasCounted(series)).map(countOf),
      connections: [...this.#connections].map(([backend, series]) => ({
        backend,
        established: series.established,
        resumed: series.resumed,
        http2: series.http2,
        failures: [...series.failures.values()],
        ejections: [...series.ejections.values()],
        panics: series.panics,
      })),
      pools,
    };
  }
}

function hasCounted({ codes, mirrored, mirrorsLost }: RequestSeries): boolean {
  return codes.size > 0 || mirrored + mirrorsLost > 0;
}

function countOf({ labels, series }: LabelledSeries): RequestCount {
  return {
    labels,
    codes: [...series.codes],
    failures: [...series.failures],
    durations: [...series.durations],
    durationSum: series.durationSum,
    requestBytes: series.requestBytes,
    responseBytes: series.responseBytes,
    retries: series.retries,
    mirrored: series.mirrored,
    mirrorsLost: series.mirrorsLost,
  };
}
