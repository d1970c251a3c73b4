import type { HealthCheckCount } from '../health/health-checker.ts';
import type { ConnectFailureCount, ConnectionCount, CountersSnapshot, RequestCount } from '../proxy/counters.ts';
import type { StreamCount } from '../stream/stream-counters.ts';
import type { ListenerCount } from '../worker/front-counters.ts';
import type { WorkerSnapshot } from '../worker/messages.ts';
import { addStreams, streamKey } from './streams.ts';

/** The counts of all workers, those that have died included. */
export interface Totals {
  readonly requests: readonly RequestCount[];
  readonly connections: readonly ConnectionCount[];
  readonly streams: readonly StreamCount[];
  readonly healthChecks: readonly HealthCheckCount[];
  readonly listeners: readonly ListenerCount[];
  readonly droppedLogLines: number;
  /** Seconds. */
  readonly processorTime: number;
}

type Counted = Pick<WorkerSnapshot, 'streams' | 'healthChecks' | 'listeners' | 'droppedLogLines' | 'processorTime'> & {
  readonly proxy: Pick<CountersSnapshot, 'requests' | 'connections'>;
};

const nothing: Totals = {
  requests: [],
  connections: [],
  streams: [],
  healthChecks: [],
  listeners: [],
  droppedLogLines: 0,
  processorTime: 0,
};

/** Adds up what workers count. Counters never go back: what a worker had counted when it died stays in the sum. */
export class MetricsTotals {
  #lost: Totals = nothing;

  /** A worker has died; these were its last known counts. */
  keep(snapshot: WorkerSnapshot): void {
    // Gauges die with the worker.
    const listeners = snapshot.listeners.map((listener) => ({ ...listener, active: 0 }));
    this.#lost = add([asCounted(this.#lost), { ...snapshot, listeners }]);
  }

  with(snapshots: readonly WorkerSnapshot[]): Totals {
    return add([asCounted(this.#lost), ...snapshots]);
  }
}

const asCounted = ({ requests, connections, ...rest }: Totals): Counted => ({
  ...rest,
  proxy: { requests, connections },
});

function add(parts: readonly Counted[]): Totals {
  return {
    requests: merge(
      parts.flatMap((part) => part.proxy.requests),
      requestKey,
      addRequests,
    ),
    connections: merge(
      parts.flatMap((part) => part.proxy.connections),
      ({ backend }) => backend,
      addConnections,
    ),
    streams: merge(
      parts.flatMap((part) => part.streams),
      streamKey,
      addStreams,
    ),
    healthChecks: merge(
      parts.flatMap((part) => part.healthChecks),
      ({ backend }) => backend,
      (left, right) => ({
        backend: left.backend,
        passed: left.passed + right.passed,
        failed: left.failed + right.failed,
      }),
    ),
    listeners: merge(
      parts.flatMap((part) => part.listeners),
      ({ listener }) => listener,
      addListeners,
    ),
    droppedLogLines: sum(parts.map((part) => part.droppedLogLines)),
    processorTime: sum(parts.map((part) => part.processorTime)),
  };
}

function merge<T>(all: readonly T[], key: (each: T) => string, combine: (left: T, right: T) => T): T[] {
  const merged = new Map<string, T>();
  for (const each of all) {
    const known = merged.get(key(each));
    merged.set(key(each), known === undefined ? each : combine(known, each));
  }
  return [...merged.values()];
}

const requestKey = ({ labels }: RequestCount): string =>
  `${labels.section} ${labels.route} ${labels.rule} ${labels.backend}`;

function addRequests(left: RequestCount, right: RequestCount): RequestCount {
  return {
    labels: left.labels,
    codes: addPairs(left.codes, right.codes),
    failures: addPairs(left.failures, right.failures),
    durations: left.durations.map((count, index) => count + (right.durations[index] ?? 0)),
    durationSum: left.durationSum + right.durationSum,
    requestBytes: left.requestBytes + right.requestBytes,
    responseBytes: left.responseBytes + right.responseBytes,
    retries: left.retries + right.retries,
    mirrored: left.mirrored + right.mirrored,
    mirrorsLost: left.mirrorsLost + right.mirrorsLost,
  };
}

function addConnections(left: ConnectionCount, right: ConnectionCount): ConnectionCount {
  return {
    backend: left.backend,
    established: left.established + right.established,
    resumed: left.resumed + right.resumed,
    http2: left.http2 + right.http2,
    failures: addFailures(left.failures, right.failures),
    ejections: addFailures(left.ejections, right.ejections),
    panics: left.panics + right.panics,
  };
}

const addFailures = (left: readonly ConnectFailureCount[], right: readonly ConnectFailureCount[]) =>
  merge(
    [...left, ...right],
    ({ stage, reason }) => `${stage} ${reason}`,
    (one, other) => ({ ...one, count: one.count + other.count }),
  );

function addListeners(left: ListenerCount, right: ListenerCount): ListenerCount {
  return {
    listener: left.listener,
    active: left.active + right.active,
    accepted: left.accepted + right.accepted,
    refused: left.refused + right.refused,
    handshakes: left.handshakes + right.handshakes,
    resumed: left.resumed + right.resumed,
    http2: left.http2 + right.http2,
    protocolErrors: addPairs(left.protocolErrors, right.protocolErrors),
    failures: addPairs(left.failures, right.failures),
  };
}

function addPairs<K>(left: readonly (readonly [K, number])[], right: readonly (readonly [K, number])[]): [K, number][] {
  const counts = new Map<K, number>();
  for (const [key, count] of [...left, ...right]) counts.set(key, (counts.get(key) ?? 0) + count);
  return [...counts];
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);
