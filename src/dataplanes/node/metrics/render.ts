import { durationBounds, type RequestLabels } from '../proxy/counters.ts';
import type { WorkerSnapshot } from '../worker/messages.ts';
import { renderBackends } from './backends.ts';
import { type ConfigurationInForce, renderConfiguration } from './configuration.ts';
import { Exposition, type Labels } from './exposition.ts';
import { renderStreams } from './streams.ts';
import type { Totals } from './totals.ts';

export interface Measured extends ConfigurationInForce {
  readonly totals: Totals;
  /** Of the workers that answered. */
  readonly workers: readonly WorkerSnapshot[];
  readonly running: number;
  readonly restarts: number;
  readonly reloads: number;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The metrics of the data plane in Prometheus' text format. Labels are names of the configuration and closed sets. */
export function renderMetrics(measured: Measured): string {
  const page = new Exposition();
  requests(page, measured);
  renderStreams(page, measured);
  listeners(page, measured.totals);
  renderBackends(page, measured);
  certificates(page, measured);
  gateway(page, measured);
  return page.toString();
}

function requests(page: Exposition, { totals, workers }: Measured): void {
  const { requests } = totals;
  const each = (value: (count: (typeof requests)[number]) => number) =>
    requests.map((count) => [labelsOf(count.labels), value(count)] as const);
  page.metric(
    'counter',
    'farside_http_requests_total',
    'Requests that have ended, by the status that the client got.',
    requests.flatMap(({ labels, codes }) =>
      codes.map(([code, n]) => [{ ...labelsOf(labels), code: String(code) }, n] as const),
    ),
  );
  page.metric(
    'counter',
    'farside_http_request_failures_total',
    'Requests that the gateway answered itself or that broke off, by reason.',
    requests.flatMap(({ labels, failures }) =>
      failures.map(([reason, n]) => [{ ...labelsOf(labels), reason }, n] as const),
    ),
  );
  page.histogram(
    'farside_http_request_duration_seconds',
    "From a request's head to the last byte of its response.",
    durationBounds,
    requests.map(({ labels, durations, durationSum }) => [labelsOf(labels), durations, durationSum] as const),
  );
  page.metric(
    'counter',
    'farside_http_request_bytes_total',
    'Request content.',
    each((count) => count.requestBytes),
  );
  page.metric(
    'counter',
    'farside_http_response_bytes_total',
    'Response content.',
    each((count) => count.responseBytes),
  );
  page.metric(
    'counter',
    'farside_http_retries_total',
    'Attempts beyond the first.',
    each((count) => count.retries),
  );
  page.metric(
    'counter',
    'farside_http_mirrored_requests_total',
    'Copies of requests for a mirror: answered by it, or lost (not sent whole, or not answered).',
    requests
      .filter(({ mirrored, mirrorsLost }) => mirrored + mirrorsLost > 0)
      .flatMap(({ labels, mirrored, mirrorsLost }) => [
        [{ ...labelsOf(labels), outcome: 'answered' }, mirrored] as const,
        [{ ...labelsOf(labels), outcome: 'lost' }, mirrorsLost] as const,
      ]),
  );
  const active = (value: (worker: WorkerSnapshot) => number) => [[{}, total(workers, value)]] as const;
  page.metric(
    'gauge',
    'farside_http_requests_active',
    'Requests under way.',
    active((w) => w.proxy.activeRequests),
  );
  page.metric(
    'gauge',
    'farside_http_tunnels_active',
    'Upgraded connections.',
    active((w) => w.proxy.activeTunnels),
  );
}

function listeners(page: Exposition, { listeners }: Totals): void {
  type Count = (typeof listeners)[number];
  const each = (value: (count: Count) => number) =>
    listeners.map((count) => [{ address: count.listener }, value(count)] as const);
  const pairs = (value: (count: Count) => readonly (readonly [string, number])[]) =>
    listeners.flatMap((count) => value(count).map(([reason, n]) => [{ address: count.listener, reason }, n] as const));
  page.metric(
    'gauge',
    'farside_listener_connections_active',
    'Open connections of clients.',
    each((c) => c.active),
  );
  page.metric(
    'counter',
    'farside_listener_connections_total',
    'Accepted connections.',
    each((c) => c.accepted),
  );
  page.metric(
    'counter',
    'farside_listener_connections_refused_total',
    'Connections closed at once because a worker had as many as it takes.',
    each((c) => c.refused),
  );
  page.metric(
    'counter',
    'farside_listener_http2_connections_total',
    'Connections that speak HTTP/2.',
    each((c) => c.http2),
  );
  page.metric(
    'counter',
    'farside_listener_tls_handshakes_total',
    'TLS handshakes that succeeded.',
    listeners.flatMap(({ listener, handshakes, resumed }) => [
      [{ address: listener, resumed: 'false' }, handshakes - resumed] as const,
      [{ address: listener, resumed: 'true' }, resumed] as const,
    ]),
  );
  page.metric(
    'counter',
    'farside_listener_tls_handshake_failures_total',
    'TLS handshakes with clients that failed, by reason.',
    pairs((c) => c.failures),
  );
  page.metric(
    'counter',
    'farside_listener_protocol_errors_total',
    'Connections and requests that broke a rule of HTTP, by rule.',
    pairs((c) => c.protocolErrors),
  );
}

function certificates(page: Exposition, { model, now }: Measured): void {
  const all = [
    ...Object.values(model.certificates).map(
      ({ id, subject, notAfter }) => [{ type: 'certificate', source: id, subject }, Date.parse(notAfter)] as const,
    ),
    ...Object.values(model.trustBundles).flatMap(({ id, authorities }) =>
      authorities.map(({ subject, fingerprint, notAfter }) => {
        // Authorities of one name are common while a CA is replaced.
        const labels = { type: 'ca', source: id, subject, fingerprint: fingerprint.slice(0, 16) };
        return [labels, Date.parse(notAfter)] as const;
      }),
    ),
  ].filter(([, notAfter]) => !Number.isNaN(notAfter));
  page.metric(
    'gauge',
    'farside_certificate_expiry_timestamp_seconds',
    'When a certificate or an authority expires, in seconds since 1970.',
    all.map(([labels, notAfter]) => [labels, notAfter / 1_000] as const),
  );
  page.metric(
    'gauge',
    'farside_certificate_expiry_days',
    'Days until then; negative when it has expired.',
    all.map(([labels, notAfter]) => [labels, Math.floor((notAfter - now) / 86_400_000)] as const),
  );
}

function gateway(page: Exposition, measured: Measured): void {
  const { totals, workers, running, restarts, reloads, model } = measured;
  const one = (value: number) => [[{}, value]] as const;
  const unverified = Object.values(model.backends).filter(
    ({ security }) => security.type === 'tls' && security.tls.verification.value.type === 'none',
  );
  renderConfiguration(page, measured);
  page.metric('counter', 'farside_config_reloads_total', 'Configurations put in force.', one(reloads));
  page.metric(
    'gauge',
    'farside_backends_unverified',
    'Backends with TLS that nobody verifies.',
    one(unverified.length),
  );
  page.metric('gauge', 'farside_workers', 'Worker processes that run.', one(running));
  page.metric('counter', 'farside_worker_restarts_total', 'Workers that died and were started anew.', one(restarts));
  page.metric(
    'gauge',
    'farside_workers_resident_memory_bytes',
    'Resident memory of all workers.',
    one(total(workers, (worker) => worker.residentMemory)),
  );
  page.metric(
    'counter',
    'farside_workers_cpu_seconds_total',
    'Processor time of all workers.',
    one(totals.processorTime),
  );
  page.metric(
    'counter',
    'farside_access_log_dropped_lines_total',
    'Lines of the access log that nobody took in time.',
    one(totals.droppedLogLines),
  );
}

/** `infra/edge/https` is listener `https` of Gateway `infra/edge`. */
function labelsOf({ section, route, rule, backend }: RequestLabels): Labels {
  const slash = section.lastIndexOf('/');
  return {
    gateway: slash < 0 ? '' : section.slice(0, slash),
    listener: section.slice(slash + 1),
    route,
    rule: rule < 0 ? '' : String(rule),
    backend,
  };
}

const total = (workers: readonly WorkerSnapshot[], value: (worker: WorkerSnapshot) => number): number =>
  workers.reduce((sum, worker) => sum + value(worker), 0);
