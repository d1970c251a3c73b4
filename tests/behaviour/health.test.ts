import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect as connectTcp, createServer as createTcpServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import type { NodeDataPlane } from '../../src/dataplanes/node/dataplane.ts';
import { describeBackends } from '../../src/diagnosis/backend-state.ts';
import type { Backend, Endpoint } from '../../src/model/backend.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { HealthCheck, HttpHealthCheck } from '../../src/model/health.ts';
import { emptyKeyMaterial, emptyModel, type Model } from '../../src/model/model.ts';
import { origin } from '../tls/model.ts';
import { askPlain, freePort, ordersCertificate, type RunningPlane, startPlane, trust } from './harness.ts';
import { type Built, buildModel } from './model.ts';

const other = await CertificateAuthority.create('Other CA');
const stranger = await other.issue({ dns: ['orders.internal'] });

const http: HttpHealthCheck = {
  type: 'http',
  interval: 100,
  timeout: 2_000,
  unhealthyThreshold: 1,
  healthyThreshold: 1,
  panicThreshold: 0,
  method: 'GET',
  path: '/healthz?deep=1',
  host: 'health.example',
  expectedStatuses: [{ first: 200, last: 299 }],
  origin: { ...origin, kind: 'HTTPProxy', field: 'spec.routes[0].healthCheckPolicy' },
};
const tcp: HealthCheck = { ...http, type: 'tcp' };

async function listen(t: TestContext, server: Server): Promise<number> {
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

/** A backend whose health a test decides. It answers requests with its name. */
class CheckedBackend {
  status = 200;
  /** Checks that were answered, or are held. */
  checks = 0;
  hold = false;
  readonly heads: string[] = [];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  readonly handle: RequestListener = (request, response) => {
    if (request.url !== http.path) return void response.end(this.#name);
    this.checks += 1;
    const { method, httpVersion, headers } = request;
    this.heads.push(`${method} ${httpVersion} ${headers[':authority'] ?? headers.host} ${headers['user-agent']}`);
    if (this.hold) return;
    response.statusCode = this.status;
    response.end('well');
  };

  start(t: TestContext, { chain, key }: IssuedCertificate = ordersCertificate): Promise<number> {
    const server = createServer({ cert: chain, key }, this.handle);
    t.after(() => server.closeAllConnections());
    return listen(t, server);
  }
}

/** One route to one backend at several endpoints, on a port without TLS. */
function modelTo(httpPort: number, endpoints: readonly Endpoint[], parts: Partial<Backend>): Built {
  const { model, keys } = buildModel({ httpPort, backends: { orders: { port: 1, alpn: ['http/1.1'] } }, trust });
  const backend = { ...model.backends.orders, ...parts } as Backend;
  return {
    model: { ...model, backends: { orders: backend }, endpoints: { orders: { id: 'orders', endpoints } } },
    keys,
  };
}

const at = (port: number): Endpoint => ({ address: '127.0.0.1', port });

/** Resolves once it is so; asked again and again, because what happens in a worker is not told. */
async function until({ signal }: TestContext, holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!signal.aborted && !(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Names that answer so many requests, each on a connection of its own, so that all workers have a part. */
async function answers(port: number, count = 12): Promise<string> {
  const all = await Promise.all(Array.from({ length: count }, () => askPlain(port, '/orders')));
  return [...new Set(all.map(({ status, body }) => (status === 200 ? body : String(status))))].sort().join('');
}

const metric = async (plane: NodeDataPlane, line: RegExp): Promise<number> =>
  Number((await plane.metrics()).match(line)?.[1] ?? Number.NaN);

/** The findings as they are told last. */
function followFindings({ plane }: RunningPlane): () => readonly Finding[] {
  let findings: readonly Finding[] = [];
  plane.onOpenChanged((change) => {
    findings = change.findings ?? findings;
  });
  return () => findings;
}

test('endpoints that fail their checks get nothing in any worker, and are told of; what recovers gets its share', async (t) => {
  const [a, b] = [new CheckedBackend('a'), new CheckedBackend('b')];
  const ports = [await a.start(t), await b.start(t)] as const;
  const port = await freePort();
  const built = modelTo(port, ports.map(at), { healthCheck: http });
  const running = await startPlane(t, built, { workers: 2 });
  const findings = followFindings(running);
  await until(t, () => a.checks > 0 && b.checks > 0);
  assert.equal(await answers(port), 'ab');
  assert.equal(a.heads[0], 'GET 1.1 health.example farside-health-check');

  b.status = 500;
  await until(t, async () => (await metric(running.plane, /farside_backend_unhealthy_endpoints\{[^}]*\} (\d)/)) === 1);
  await until(t, async () => (await answers(port)) === 'a');
  await until(t, () => findings().length > 0);
  const [finding] = findings();
  assert.equal(finding?.reason, 'EndpointUnhealthy');
  assert.equal(
    finding?.message,
    `health checks of endpoint 127.0.0.1:${ports[1]} of shop/orders:443 fail: it answered 500, expected 200 to 299`,
  );
  assert.equal(finding?.origin.field, 'spec.routes[0].healthCheckPolicy');
  const states = describeBackends(built.model, await running.plane.observations(), Date.now());
  const state = states.find(({ endpoint }) => endpoint === `127.0.0.1:${ports[1]}`);
  assert.equal(state?.state, 'unhealthy');
  assert.equal(state?.summary, 'health checks fail: it answered 500, expected 200 to 299');

  a.status = 404;
  await until(t, async () => (await answers(port)) === '503');
  assert.match((await askPlain(port, '/orders')).body, /no endpoint of the backend is healthy/);

  [a.status, b.status] = [204, 299];
  await until(t, async () => (await answers(port)) === 'ab');
  await until(t, () => findings().length === 0);
  assert.ok((await metric(running.plane, /health_checks_total\{[^}]*outcome="failed"\} (\d+)/)) >= 2);
});

test('one worker makes the checks of all; when it dies another one does, and no verdict is lost', async (t) => {
  const [held, free, ill] = [new CheckedBackend('held'), new CheckedBackend('free'), new CheckedBackend('ill')];
  held.hold = true;
  ill.status = 503;
  const ports = [await held.start(t), await free.start(t), await ill.start(t)];
  const port = await freePort();
  const built = modelTo(port, ports.map(at), { healthCheck: { ...http, timeout: 20_000 } });
  const running = await startPlane(t, built, { workers: 2 });
  await until(t, () => free.checks >= 5);
  assert.equal(held.checks, 1, 'a second worker would ask a second time');
  await until(t, async () => (await answers(port)) === 'free');

  // Which of the two it is cannot be seen: the second is killed where the first was not.
  for (const pid of running.plane.workers) {
    if (held.checks > 1) break;
    process.kill(pid, 'SIGKILL');
    const before = free.checks;
    await until(t, () => !running.plane.workers.includes(pid) && free.checks >= before + 3);
  }
  assert.equal(held.checks, 2);
  await until(t, async () => (await metric(running.plane, /farside_workers (\d)/)) === 2);
  assert.equal(await answers(port), 'free', 'the worker that was started anew knows it too');
});

test('an endpoint whose handshakes fail is told of with its cause, and of its traffic nothing is lost', async (t) => {
  const [a, b] = [new CheckedBackend('a'), new CheckedBackend('b')];
  const ports = [await a.start(t), await b.start(t, stranger)] as const;
  const port = await freePort();
  const built = modelTo(port, ports.map(at), {});
  const running = await startPlane(t, built, { workers: 2 });
  const findings = followFindings(running);
  assert.equal(await answers(port, 30), 'a');
  await until(t, () => findings().length > 0);
  const [finding, ...others] = findings();
  assert.deepEqual(others, [], 'however many workers have seen it');
  assert.equal(finding?.reason, 'EndpointEjected');
  assert.match(
    finding?.message ?? '',
    new RegExp(`^no connection to endpoint 127\\.0\\.0\\.1:${ports[1]} of shop/orders:443 comes about: .*Other CA`),
  );
  assert.equal(finding?.origin.field, 'spec.validation.caCertificateRefs');
  const page = await running.plane.metrics();
  assert.match(
    page,
    /farside_backend_ejections_total\{backend="shop\/orders:443",stage="verify",reason="unknown-ca"\} [12]\n/,
  );
  const states = describeBackends(built.model, await running.plane.observations(), Date.now());
  const state = states.find(({ endpoint }) => endpoint === `127.0.0.1:${ports[1]}`);
  assert.equal(state?.state, 'failing');
  assert.match(state?.summary ?? '', /\(others get its requests\)$/);
  // The configuration says that it is nobody's any more.
  await running.apply(modelTo(port, [at(ports[0])], {}));
  await until(t, () => findings().length === 0);
});

/** A TCP listener whose streams go to one backend. */
function streamModel(port: number, endpoints: readonly Endpoint[], healthCheck: HealthCheck): Model {
  const id = `127.0.0.1:${port}`;
  const name = { kind: 'TCPRoute', namespace: 'shop', name: 'db', rule: 0, ruleName: '' };
  const backend: Backend = {
    id: 'db',
    service: 'shop/db:1',
    protocol: 'tcp',
    security: { type: 'plaintext', origin },
    endpoints: 'db',
    connectTimeout: 2_000,
    healthCheck,
    origin,
  };
  const section = {
    name: 'infra/edge/tcp',
    hostname: '',
    tls: null,
    streams: [{ hostname: '', stream: 's' }],
    origin,
  };
  return {
    ...emptyModel,
    listeners: { [id]: { id, address: '127.0.0.1', port, protocol: 'TCP', sections: [section] } },
    streams: { s: { id: 's', name, destinations: [{ type: 'backend', backend: 'db', weight: 1 }], origin } },
    backends: { db: backend },
    endpoints: { db: { id: 'db', endpoints } },
  };
}

test('streams: endpoints that take no connection of a check get no stream', async (t) => {
  const says = (letter: string) => createTcpServer((socket) => socket.end(letter));
  const [a, gone] = [await listen(t, says('a')), await freePort()];
  const port = await freePort();
  const model = streamModel(port, [at(gone), at(a)], tcp);
  const running = await startPlane(t, { model, keys: emptyKeyMaterial });
  const findings = followFindings(running);
  await until(t, () => findings().length > 0);
  assert.match(findings()[0]?.message ?? '', new RegExp(`endpoint 127\\.0\\.0\\.1:${gone} of shop/db:1 fail: `));
  for (let count = 0; count < 4; count += 1) {
    const [chunk] = (await once(connectTcp(port, '127.0.0.1'), 'data')) as [Buffer];
    assert.equal(chunk.toString(), 'a');
  }
  assert.equal(await metric(running.plane, /farside_backend_connect_failures_total\{[^}]*\} (\d+)/), Number.NaN);
});
