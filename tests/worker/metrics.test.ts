import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exposition } from '../../src/dataplanes/node/metrics/exposition.ts';
import { renderMetrics } from '../../src/dataplanes/node/metrics/render.ts';
import { MetricsTotals } from '../../src/dataplanes/node/metrics/totals.ts';
import { durationBounds } from '../../src/dataplanes/node/proxy/counters.ts';
import type { WorkerSnapshot } from '../../src/dataplanes/node/worker/messages.ts';
import { emptyModel } from '../../src/model/model.ts';
import { backend, backendTls, origin } from '../tls/model.ts';

const labels = { section: 'infra/edge/https', route: 'HTTPRoute/shop/web', rule: 0, backend: 'shop/orders:443' };

/** A worker that has answered so many requests within a millisecond. */
function snapshot(requests: number): WorkerSnapshot {
  const durations = durationBounds.map((bound) => (bound === 0.001 ? requests : 0));
  return {
    streams: [],
    healthChecks: [{ backend: 'shop/orders:443', passed: 3, failed: 1 }],
    activeStreams: 0,
    proxy: {
      activeRequests: 1,
      activeTunnels: 0,
      requests: [
        {
          labels,
          codes: [[200, requests]],
          failures: [['tls-failed', 1]],
          durations: [...durations, 0],
          durationSum: requests / 1_000,
          requestBytes: 10,
          responseBytes: 20,
          retries: 0,
          mirrored: 0,
          mirrorsLost: 0,
        },
      ],
      connections: [
        {
          backend: 'shop/orders:443',
          established: 4,
          resumed: 3,
          http2: 0,
          failures: [{ stage: 'verify', reason: 'expired', count: 2 }],
          ejections: [],
          panics: 0,
        },
      ],
      pools: [
        {
          backend: 'shop/orders:443',
          connecting: 0,
          idle: 2,
          active: 1,
          waitingRequests: 0,
          endpoints: 1,
          failingEndpoints: 0,
          unhealthyEndpoints: 0,
        },
      ],
    },
    listeners: [
      {
        listener: '127.0.0.1:8443',
        active: 5,
        accepted: 9,
        refused: 0,
        handshakes: 8,
        resumed: 6,
        http2: 1,
        protocolErrors: [['head-size', 1]],
        failures: [['timeout', 1]],
      },
    ],
    observations: [],
    droppedLogLines: 0,
    residentMemory: 1_000,
    heapUsed: 500,
    processorTime: 2,
  };
}

function render(totals: MetricsTotals, workers: readonly WorkerSnapshot[]): string {
  const certificate = {
    id: 'Secret infra/edge',
    subject: 'CN="edge"',
    issuer: 'CN=Demo CA',
    names: [],
    fingerprint: 'ab',
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: '2026-11-24T12:00:00Z',
    origin,
  };
  const unverified = backend(backendTls({ verification: { type: 'none' }, names: [] }));
  return renderMetrics({
    totals: totals.with(workers),
    workers,
    running: workers.length,
    restarts: 1,
    revision: 7,
    reloads: 3,
    model: {
      ...emptyModel,
      certificates: { [certificate.id]: certificate },
      backends: { [unverified.id]: unverified },
    },
    open: ['127.0.0.1:8443'],
    now: Date.parse('2026-11-21T00:00:00Z'),
  });
}

test('workers are added up, and what a worker that died had counted stays', () => {
  const totals = new MetricsTotals();
  totals.keep(snapshot(100));
  const page = render(totals, [snapshot(10), snapshot(1)]);
  const series = 'gateway="infra/edge",listener="https",route="HTTPRoute/shop/web",rule="0",backend="shop/orders:443"';
  const expected = [
    `farside_http_requests_total{${series},code="200"} 111`,
    `farside_http_request_failures_total{${series},reason="tls-failed"} 3`,
    `farside_http_request_duration_seconds_bucket{${series},le="0.0005"} 0`,
    `farside_http_request_duration_seconds_bucket{${series},le="0.001"} 111`,
    `farside_http_request_duration_seconds_bucket{${series},le="+Inf"} 111`,
    `farside_http_request_duration_seconds_count{${series}} 111`,
    // Gauges are of those that live.
    'farside_http_requests_active 2',
    'farside_listener_connections_active{address="127.0.0.1:8443"} 10',
    'farside_listener_connections_total{address="127.0.0.1:8443"} 27',
    'farside_listener_tls_handshakes_total{address="127.0.0.1:8443",resumed="true"} 18',
    'farside_listener_tls_handshakes_total{address="127.0.0.1:8443",resumed="false"} 6',
    'farside_listener_tls_handshake_failures_total{address="127.0.0.1:8443",reason="timeout"} 3',
    'farside_listener_protocol_errors_total{address="127.0.0.1:8443",reason="head-size"} 3',
    'farside_backend_tls_sessions_resumed_total{backend="shop/orders:443"} 9',
    'farside_backend_tls_handshake_failures_total{backend="shop/orders:443",reason="expired"} 6',
    'farside_backend_connections{backend="shop/orders:443",state="idle"} 4',
    'farside_certificate_expiry_timestamp_seconds{type="certificate",source="Secret infra/edge",subject="CN=\\"edge\\""} 1795521600',
    'farside_certificate_expiry_days{type="certificate",source="Secret infra/edge",subject="CN=\\"edge\\""} 3',
    'farside_backends_unverified 1',
    'farside_config_revision 7',
    'farside_config_reloads_total 3',
    'farside_worker_restarts_total 1',
    'farside_workers_cpu_seconds_total 6',
  ];
  const lines = page.split('\n');
  for (const line of expected) assert.ok(lines.includes(line), `${line}\nis not in\n${page}`);
});

test('the format: help and type before the samples, nothing of an empty metric, escaped labels', () => {
  const page = new Exposition();
  page.metric('counter', 'empty_total', 'Nothing.', []);
  page.metric('gauge', 'one', 'One.', [[{ path: 'a"b\\c\nd', gone: undefined }, 1]]);
  assert.equal(page.toString(), '# HELP one One.\n# TYPE one gauge\none{path="a\\"b\\\\c\\nd"} 1\n');
});
