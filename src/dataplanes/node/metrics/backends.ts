import type { HealthCheckCount } from '../health/health-checker.ts';
import type { ConnectionCount, PoolGauge } from '../proxy/counters.ts';
import type { WorkerSnapshot } from '../worker/messages.ts';
import type { Exposition, Labels } from './exposition.ts';

interface MeasuredBackends {
  readonly totals: {
    readonly connections: readonly ConnectionCount[];
    readonly healthChecks: readonly HealthCheckCount[];
  };
  readonly workers: readonly WorkerSnapshot[];
}

/** Connections to backends, and how their endpoints are. */
export function renderBackends(page: Exposition, { totals, workers }: MeasuredBackends): void {
  const { connections } = totals;
  const each = (value: (count: (typeof connections)[number]) => number) =>
    connections.map((count) => [{ backend: count.backend }, value(count)] as const);
  page.metric(
    'counter',
    'farside_backend_connections_total',
    'Connections made.',
    each((c) => c.established),
  );
  page.metric(
    'counter',
    'farside_backend_http2_connections_total',
    'Of these, with HTTP/2.',
    each((c) => c.http2),
  );
  page.metric(
    'counter',
    'farside_backend_tls_sessions_resumed_total',
    'Of these, that took a TLS session up again.',
    each((c) => c.resumed),
  );
  const failures = connections.flatMap(({ backend, failures }) =>
    failures.map(({ stage, reason, count }) => [{ backend, stage, reason }, count] as const),
  );
  page.metric(
    'counter',
    'farside_backend_connect_failures_total',
    'Connections that could not be made, by how far they came and why.',
    failures,
  );
  page.metric(
    'counter',
    'farside_backend_tls_handshake_failures_total',
    'Of these, those that failed in the TLS handshake or for the certificate.',
    failures
      .filter(([{ stage }]) => stage === 'tls' || stage === 'verify')
      .map(([{ backend, reason }, count]) => [{ backend, reason }, count] as const),
  );
  const pools = workers.flatMap((worker) => worker.proxy.pools);
  const states: [string, (pool: PoolGauge) => number][] = [
    ['connecting', (pool) => pool.connecting],
    ['idle', (pool) => pool.idle],
    ['active', (pool) => pool.active],
  ];
  page.metric(
    'gauge',
    'farside_backend_connections',
    'Connections in the pools, by state.',
    states.flatMap(([state, value]) => byBackend(pools, value).map(([backend, n]) => [{ backend, state }, n] as const)),
  );
  page.metric(
    'gauge',
    'farside_backend_pending_requests',
    'Requests that wait for a connection.',
    byBackend(pools, (pool) => pool.waitingRequests).map(([backend, n]) => [{ backend }, n] as const),
  );
  page.metric(
    'gauge',
    'farside_backend_failing_endpoints',
    'Endpoints that a worker passes over because connecting failed, over all workers.',
    byBackend(pools, (pool) => pool.failingEndpoints).map(([backend, n]) => [{ backend }, n] as const),
  );
  page.metric(
    'counter',
    'farside_backend_ejections_total',
    'Times that a worker began to pass an endpoint over, by the failure that did it.',
    connections.flatMap(({ backend, ejections }) =>
      ejections.map(({ stage, reason, count }) => [{ backend, stage, reason }, count] as const),
    ),
  );
  page.metric(
    'counter',
    'farside_backend_panics_total',
    'Requests and streams for which health was not looked at, since too few endpoints are healthy.',
    connections.filter(({ panics }) => panics > 0).map(({ backend, panics }) => [{ backend }, panics] as const),
  );
  page.metric(
    'gauge',
    'farside_backend_endpoints',
    'Endpoints.',
    ofOneWorker(workers, (pool) => pool.endpoints),
  );
  page.metric(
    'gauge',
    'farside_backend_unhealthy_endpoints',
    'Of these, those that health checks call unhealthy.',
    ofOneWorker(workers, (pool) => pool.unhealthyEndpoints),
  );
  page.metric(
    'counter',
    'farside_backend_health_checks_total',
    'Health checks that have ended.',
    totals.healthChecks.flatMap(({ backend, passed, failed }) => [
      [{ backend, outcome: 'passed' }, passed] as const,
      [{ backend, outcome: 'failed' }, failed] as const,
    ]),
  );
}

function byBackend(pools: readonly PoolGauge[], value: (pool: PoolGauge) => number): [string, number][] {
  const sums = new Map<string, number>();
  for (const pool of pools) sums.set(pool.backend, (sums.get(pool.backend) ?? 0) + value(pool));
  return [...sums];
}

/** What all workers know alike: the highest, because one may be behind. */
function ofOneWorker(
  workers: readonly WorkerSnapshot[],
  value: (pool: PoolGauge) => number,
): (readonly [Labels, number])[] {
  const highest = new Map<string, number>();
  for (const pool of workers.flatMap((worker) => worker.proxy.pools)) {
    highest.set(pool.backend, Math.max(highest.get(pool.backend) ?? 0, value(pool)));
  }
  return [...highest].map(([backend, n]) => [{ backend }, n]);
}
