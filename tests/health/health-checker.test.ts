import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { HealthChecker } from '../../src/dataplanes/node/health/health-checker.ts';
import { HealthTable } from '../../src/dataplanes/node/health/health-table.ts';
import type { Verdict } from '../../src/dataplanes/node/health/verdict.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import type { Backend, Endpoint } from '../../src/model/backend.ts';
import type { HealthCheck, HttpHealthCheck } from '../../src/model/health.ts';
import type { Model } from '../../src/model/model.ts';
import { makeConnector } from '../tls/connecting.ts';
import {
  type BackendTlsChoices,
  backend,
  backendTls,
  endpoint,
  keyMaterial,
  origin,
  trustModel,
} from '../tls/model.ts';

const authority = await CertificateAuthority.create('Demo CA');
const orders = await authority.issue({ dns: ['orders.internal'] });
const stranger = await (await CertificateAuthority.create('Other CA')).issue({ dns: ['orders.internal'] });

const http: HttpHealthCheck = {
  type: 'http',
  interval: 10,
  timeout: 5_000,
  unhealthyThreshold: 1,
  healthyThreshold: 1,
  panicThreshold: 0,
  method: 'GET',
  path: '/healthz?deep=1',
  host: 'health.example',
  expectedStatuses: [
    { first: 200, last: 200 },
    { first: 204, last: 206 },
  ],
  origin,
};

/** A server that tells what it is asked, and answers what it is told to. */
class Answering {
  status = 200;
  hold = false;
  readonly asked: string[] = [];
  readonly resumed: boolean[] = [];
  /** Connections that were closed. */
  closed = 0;

  readonly #handle: RequestListener = ({ method, url, httpVersion, headers }, response) => {
    const host = headers[':authority'] ?? headers.host;
    this.asked.push(`${method} ${url} HTTP/${httpVersion} ${host} ${headers['user-agent']}`);
    if (this.hold) return;
    response.statusCode = this.status;
    response.end(this.status === 204 ? undefined : 'well');
  };

  start(t: TestContext, { chain, key }: IssuedCertificate = orders): Promise<number> {
    const server = createServer({ cert: chain, key }, this.#handle);
    t.after(() => server.closeAllConnections());
    return this.#listen(t, server);
  }

  startHttp2(t: TestContext): Promise<number> {
    const server = createSecureServer({ cert: orders.chain, key: orders.key }, (request, response) =>
      // The types of its compatibility layer are others, what they say is not.
      Reflect.apply(this.#handle, undefined, [request, response]),
    );
    return this.#listen(t, server);
  }

  async #listen(t: TestContext, server: Server): Promise<number> {
    server.on('secureConnection', (socket) => this.resumed.push(socket.isSessionReused()));
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('close', () => {
        this.closed += 1;
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => server.close());
    return (server.address() as AddressInfo).port;
  }
}

function modelTo(endpoints: readonly Endpoint[], healthCheck: HealthCheck, tls: BackendTlsChoices = {}): Model {
  const checked: Backend = backend(backendTls({ alpn: ['http/1.1'], ...tls }), { healthCheck });
  return {
    ...trustModel(),
    backends: { [checked.id]: checked },
    endpoints: { [checked.endpoints]: { id: checked.endpoints, endpoints } },
  };
}

/** A checker at work, and what it says. */
class Checking {
  readonly checker: HealthChecker;
  readonly verdicts: Verdict[] = [];

  constructor(t: TestContext, model: Model, limit = 64) {
    const wheel = new DeadlineWheel(5);
    t.after(() => wheel.stop());
    this.checker = new HealthChecker({
      connector: makeConnector(t, model, keyMaterial(authority.certificate)),
      wheel,
      table: new HealthTable(),
      limit,
      onVerdict: (verdict) => this.verdicts.push(verdict),
      random: () => 0,
    });
    t.after(() => this.checker.stop());
    this.checker.configure(model);
    this.checker.setActive(true);
  }

  /** The verdict with this number, now or later. */
  async verdict(index: number): Promise<Verdict> {
    await until(() => this.verdicts.length > index);
    return this.verdicts[index] as Verdict;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a check is a request, and the status of its response the verdict', async (t) => {
  const server = new Answering();
  const port = await server.start(t);
  const checking = new Checking(t, modelTo([endpoint(port)], http));
  assert.deepEqual(await checking.verdict(0), {
    backend: 'shop/orders:443',
    address: '127.0.0.1',
    port,
    healthy: true,
    cause: '',
  });
  assert.equal(server.asked[0], 'GET /healthz?deep=1 HTTP/1.1 health.example farside-health-check');
  server.status = 201;
  const { healthy, cause } = await checking.verdict(1);
  assert.equal(healthy, false);
  assert.equal(cause, 'it answered 201, expected 200 or 204 to 206');
  server.status = 204;
  assert.equal((await checking.verdict(2)).healthy, true);
  const [count] = checking.checker.counts();
  assert.equal(count?.backend, 'shop/orders:443');
  assert.ok((count?.passed ?? 0) >= 2 && (count?.failed ?? 0) >= 1);
});

test('a check has the TLS of the traffic: a stranger is not asked at all', async (t) => {
  const server = new Answering();
  const checking = new Checking(t, modelTo([endpoint(await server.start(t, stranger))], http));
  const { healthy, cause } = await checking.verdict(0);
  assert.equal(healthy, false);
  assert.match(cause, /Other CA/);
  assert.deepEqual(server.asked, []);
});

test('the server name comes from the host of the check where the TLS takes it from the request', async (t) => {
  const server = new Answering();
  const names: string[] = [];
  const port = await server.start(t);
  const choices: BackendTlsChoices = { serverName: { type: 'host-header' } };
  const model = modelTo([endpoint(port)], { ...http, host: 'Health.Example:8443' }, choices);
  const connector = makeConnector(t, model, keyMaterial(authority.certificate));
  const wheel = new DeadlineWheel(5);
  t.after(() => wheel.stop());
  const verdicts: boolean[] = [];
  const checker = new HealthChecker({
    connector: {
      connect: (target, owner) => {
        names.push(target.host);
        return connector.connect(target, owner);
      },
      connectStream: (target, owner) => connector.connectStream(target, owner),
    },
    wheel,
    table: new HealthTable(),
    limit: 1,
    onVerdict: ({ healthy }) => verdicts.push(healthy),
  });
  t.after(() => checker.stop());
  checker.configure(model);
  checker.setActive(true);
  await until(() => verdicts.length > 0);
  assert.deepEqual(verdicts, [true]);
  assert.equal(names[0], 'health.example');
  assert.match(server.asked[0] ?? '', / Health\.Example:8443 /i);
});

test('a backend that speaks HTTP/2 is checked over HTTP/2, and shows its certificate each time', async (t) => {
  const server = new Answering();
  const port = await server.startHttp2(t);
  const checking = new Checking(t, modelTo([endpoint(port)], { ...http, host: null }, { alpn: ['h2'] }));
  assert.equal((await checking.verdict(0)).healthy, true);
  await until(() => server.asked.length >= 3);
  assert.equal(server.asked[0], `GET /healthz?deep=1 HTTP/2.0 127.0.0.1:${port} farside-health-check`);
  assert.deepEqual(server.resumed.slice(0, 3), [false, false, false]);
});

test('the connection of a check is closed when the check has ended, in either version', async (t) => {
  for (const alpn of [['http/1.1'], ['h2']]) {
    const server = new Answering();
    const port = alpn[0] === 'h2' ? await server.startHttp2(t) : await server.start(t);
    const checking = new Checking(t, modelTo([endpoint(port)], { ...http, interval: 60_000 }, { alpn }));
    await checking.verdict(0);
    await until(() => server.closed === 1);
    assert.equal(server.resumed.length, 1);
  }
});

test('what takes too long, breaks off or is not there has failed, with its cause', async (t) => {
  const slow = new Answering();
  slow.hold = true;
  const timed = new Checking(t, modelTo([endpoint(await slow.start(t))], { ...http, timeout: 100 }));
  assert.equal((await timed.verdict(0)).cause, 'no response came within 100 ms');

  const gone = new Checking(t, modelTo([endpoint(1)], http));
  assert.match((await gone.verdict(0)).cause, /refused/);
});

test('a port of its own for checks', async (t) => {
  const [traffic, health] = [new Answering(), new Answering()];
  const port = await traffic.start(t);
  const checking = new Checking(t, modelTo([{ ...endpoint(port), healthPort: await health.start(t) }], http));
  const verdict = await checking.verdict(0);
  assert.equal(verdict.healthy, true);
  assert.equal(verdict.port, port, 'the verdict is of the endpoint');
  assert.deepEqual(traffic.asked, []);
});

test('a connection is enough for a TCP check, but its TLS must be right', async (t) => {
  const [right, wrong] = [new Answering(), new Answering()];
  const endpoints = [endpoint(await right.start(t)), endpoint(await wrong.start(t, stranger))];
  const checking = new Checking(t, modelTo(endpoints, { ...http, type: 'tcp' }));
  await checking.verdict(1);
  const healthy = new Map(checking.verdicts.map((verdict) => [verdict.port, verdict.healthy]));
  assert.deepEqual(
    endpoints.map(({ port }) => healthy.get(port)),
    [true, false],
  );
  assert.deepEqual(right.asked, []);
});

test('so many checks at once and no more; each gets its turn', async (t) => {
  const servers = [new Answering(), new Answering(), new Answering()];
  for (const server of servers) server.hold = true;
  const ports = await Promise.all(servers.map((server) => server.start(t)));
  const model = modelTo(
    ports.map((port) => endpoint(port)),
    { ...http, timeout: 100, interval: 60_000 },
  );
  const checking = new Checking(t, model, 1);
  await checking.verdict(0);
  const asked = (): number => servers.reduce((sum, server) => sum + server.asked.length, 0);
  assert.equal(asked(), 1);
  await checking.verdict(2);
  assert.equal(asked(), 3);
  assert.deepEqual(checking.verdicts.map(({ port }) => port).sort(), [...ports].sort());
});

test('what goes is checked no more, what stays keeps its verdict, and who is not to check does not', async (t) => {
  const [stays, goes] = [new Answering(), new Answering()];
  const [first, second] = [await stays.start(t), await goes.start(t)];
  const model = modelTo([endpoint(first), endpoint(second)], http);
  const checking = new Checking(t, model);
  await checking.verdict(1);
  checking.checker.configure(modelTo([endpoint(first)], http));
  const before = [stays.asked.length, goes.asked.length] as const;
  await until(() => stays.asked.length >= before[0] + 4);
  assert.ok(goes.asked.length <= before[1] + 1, 'one may have been under way');
  assert.equal(checking.verdicts.length, 2, 'nothing new to tell');
  assert.equal(checking.checker.counts().length, 1);
  checking.checker.configure({ ...model, backends: {}, endpoints: {} });
  assert.deepEqual(checking.checker.counts(), [], 'what no model has any more is not counted for ever');
  checking.checker.configure(modelTo([endpoint(first)], http));

  checking.checker.setActive(false);
  const { length } = stays.asked;
  checking.checker.setActive(true);
  assert.equal((await checking.verdict(2)).healthy, true, 'whoever takes checks up tells what it finds');
  assert.ok(stays.asked.length > length);
});
