import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type TestContext, test } from 'node:test';
import { HealthTable } from '../../src/dataplanes/node/health/health-table.ts';
import type {
  ConnectAttempt,
  ConnectFailure,
  ConnectionOwner,
  ConnectTarget,
} from '../../src/dataplanes/node/proxy/connector.ts';
import type { Backend } from '../../src/model/backend.ts';
import type { HealthCheck } from '../../src/model/health.ts';
import type { Model } from '../../src/model/model.ts';
import { ask } from './ask.ts';
import { connectFailure, type Gateway, listen, PlainConnector, startGateway } from './gateway.ts';
import { backend, destination, endpoints, forward, modelOfRoutes, origin, route, tls } from './model.ts';

const orders = 'shop/orders:443';

async function letters(t: TestContext, all: string): Promise<readonly number[]> {
  const ports: number[] = [];
  for (const letter of all)
    ports.push(
      await listen(
        t,
        createServer((_, response) => response.end(letter)),
      ),
    );
  return ports;
}

const modelTo = (ports: readonly number[], parts: Partial<Backend> = {}): Model =>
  modelOfRoutes([route('r', forward([destination(orders)]))], {
    backends: [backend(orders, parts)],
    endpoints: [
      endpoints(
        orders,
        ports.map((port) => ['127.0.0.1', port] as const),
      ),
    ],
  });

/** A gateway whose clock stands still unless it is moved, and whose endpoints fail when they are told to. */
class Failing {
  now = 0;
  readonly failures = new Map<number, ConnectFailure>();
  readonly refuse = ({ endpoint }: ConnectTarget): ConnectFailure | null => this.failures.get(endpoint.port) ?? null;

  start(t: TestContext, model: Model): Promise<Gateway> {
    return startGateway(t, model, { now: () => this.now, refuse: this.refuse });
  }
}

const expired = connectFailure({ stage: 'verify', reason: 'expired', message: 'its certificate has expired' });

const attemptsAt = ({ connector }: Gateway, port: number | undefined): number =>
  connector.targets.filter(({ endpoint }) => endpoint.port === port).length;

const answers = async (gateway: Gateway, count: number): Promise<string> => {
  let all = '';
  for (let index = 0; index < count; index += 1) all += (await ask(gateway)).body;
  return all;
};

test("an endpoint whose handshake fails is passed over, tried again at no request's expense, and taken back", async (t) => {
  const ports = await letters(t, 'ab');
  const failing = new Failing();
  failing.failures.set(ports[0] as number, expired);
  const gateway = await failing.start(t, modelTo(ports, { security: tls() }));
  assert.equal(await answers(gateway, 4), 'bbbb');
  assert.equal(attemptsAt(gateway, ports[0]), 1, 'not for each request');
  assert.deepEqual(gateway.proxy.backends.ejections(9), [
    { backend: orders, address: '127.0.0.1', port: ports[0], cause: expired },
  ]);

  failing.now = 1_000;
  assert.equal(await answers(gateway, 3), 'bbb');
  assert.equal(attemptsAt(gateway, ports[0]), 2, 'one trial after the pause');
  const retries = await Promise.all([1, 2, 3, 4, 5, 6].map(async (index) => (await gateway.record(index)).retries));
  assert.deepEqual(retries, [0, 0, 0, 0, 0, 0], 'and no request waited for it');
  failing.now = 2_999;
  await answers(gateway, 1);
  assert.equal(attemptsAt(gateway, ports[0]), 2, 'the pause has doubled');

  failing.failures.clear();
  failing.now = 3_000;
  assert.equal((await answers(gateway, 1)).length, 1);
  while (gateway.proxy.backends.ejections(9).length > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(attemptsAt(gateway, ports[0]), 3);
  const after = await answers(gateway, 4);
  assert.ok(after === 'abab' || after === 'baba', after);
  const [connections] = gateway.proxy.snapshot().connections;
  assert.deepEqual(connections?.ejections, [{ stage: 'verify', reason: 'expired', count: 1 }]);
});

test('never all: where no endpoint takes a connection, each request finds out anew', async (t) => {
  const ports = await letters(t, 'ab');
  const failing = new Failing();
  for (const port of ports) failing.failures.set(port, expired);
  const gateway = await failing.start(t, modelTo(ports, { security: tls() }));
  assert.equal((await ask(gateway)).status, 503);
  assert.equal((await ask(gateway)).status, 503);
  assert.equal(gateway.connector.targets.length, 4);
  failing.failures.clear();
  assert.equal((await ask(gateway)).status, 200, 'who is repaired serves at once');
});

test('requests that wait for a connection that will likely fail share it', async (t) => {
  const owners: ConnectionOwner[] = [];
  const gateway = await startGateway(t, modelTo([1], { protocol: 'http1' }), {
    connector: () => ({
      connect: (_target, owner) => {
        owners.push(owner);
        return { cancel: () => {} };
      },
    }),
  });
  const waiting = async (count: number): Promise<void> => {
    while (gateway.proxy.snapshot().pools[0]?.waitingRequests !== count) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const first = ask(gateway);
  await waiting(1);
  owners.shift()?.onFailed(expired);
  assert.equal((await first).status, 503);
  const all = Array.from({ length: 20 }, () => ask(gateway));
  await waiting(20);
  assert.equal(owners.length, 1, 'one handshake for all');
  owners.shift()?.onFailed(expired);
  assert.ok((await Promise.all(all)).every(({ status }) => status === 503));
});

test('a host that an endpoint has no certificate for takes the endpoint from nobody else', async (t) => {
  const ports = await letters(t, 'ab');
  const gateway = await startGateway(
    t,
    modelTo(ports, { security: tls({ serverName: { value: { type: 'host-header' }, origin } }) }),
    {
      refuse: ({ host }) =>
        host === 'evil.example' ? connectFailure({ stage: 'tls', reason: 'unrecognized-name' }) : null,
    },
  );
  const evil = { headers: { host: 'evil.example' } };
  assert.equal((await ask(gateway, '/', evil)).status, 503);
  assert.equal((await ask(gateway, '/', evil)).status, 503);
  assert.deepEqual(gateway.proxy.backends.ejections(9), [], 'nothing that a client can bring about is told');
  const found = await answers(gateway, 4);
  assert.ok(found === 'abab' || found === 'baba', found);
  const [pool] = gateway.proxy.snapshot().pools;
  assert.equal(pool?.failingEndpoints, 0);
});

test('a gateway that has no more files to open blames no endpoint', async (t) => {
  const ports = await letters(t, 'ab');
  const failing = new Failing();
  failing.failures.set(ports[0] as number, connectFailure({ reason: 'resources' }));
  const gateway = await failing.start(t, modelTo(ports));
  assert.equal(await answers(gateway, 2), 'bb');
  failing.failures.clear();
  assert.match(await answers(gateway, 4), /a/);
});

test('who takes connections and refuses them after all is taken back when one stays, not when one comes about', async (t) => {
  const [good] = (await letters(t, 'a')) as [number];
  let refuses = true;
  let handshakes = 0;
  const server = createServer((_, response) => response.end('b'));
  server.on('connection', (socket) => {
    handshakes += 1;
    if (refuses) setImmediate(() => socket.destroy());
  });
  const late = await listen(t, server);
  const refused = connectFailure({ stage: 'tls', reason: 'client-certificate-refused', message: 'refused' });
  const failing = new Failing();
  const gateway = await startGateway(t, modelTo([late, good], { security: tls({ alpn: { value: [], origin } }) }), {
    now: () => failing.now,
    connector: (settings) => new RefusingLate(settings, refused),
  });
  assert.equal(await answers(gateway, 3), 'aaa');
  assert.equal(handshakes, 1);
  assert.equal(gateway.proxy.backends.ejections(9).length, 1);

  failing.now = 1_000;
  assert.equal(await answers(gateway, 1), 'a');
  while (handshakes < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await answers(gateway, 3), 'aaa', 'a connection came about, and was refused again');
  assert.equal(gateway.proxy.backends.ejections(9).length, 1);

  refuses = false;
  failing.now = 5_000;
  assert.equal(await answers(gateway, 1), 'a');
  while (handshakes < 3) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(await answers(gateway, 5), 'aaaaa', 'it may still be refused');
  failing.now = 6_001;
  while (gateway.proxy.backends.ejections(9).length > 0) await new Promise((resolve) => setImmediate(resolve));
  assert.match(await answers(gateway, 4), /b/);
});

/** Connections of which the backend says only afterwards that it does not like the client's certificate. */
class RefusingLate extends PlainConnector {
  readonly #failure: ConnectFailure;

  constructor(settings: PlainConnector['settings'], failure: ConnectFailure) {
    super(settings, () => null);
    this.#failure = failure;
  }

  override connect(target: ConnectTarget, owner: ConnectionOwner): ConnectAttempt {
    return super.connect(target, {
      onConnected: (connected) => owner.onConnected({ ...connected, refusal: () => this.#failure }),
      onFailed: (failure) => owner.onFailed(failure),
      onCapacity: (connection) => owner.onCapacity(connection),
      onClosed: (connection) => owner.onClosed(connection),
    });
  }
}

const check: HealthCheck = {
  type: 'tcp',
  interval: 1_000,
  timeout: 1_000,
  unhealthyThreshold: 3,
  healthyThreshold: 2,
  panicThreshold: 50,
  origin,
};

/** Verdicts by the endpoints' letters: `+` for healthy, `-` for not, anything else for none. */
function judge(gateway: Gateway, health: HealthTable, ports: readonly number[], verdicts: string): void {
  health.record(
    ports.flatMap((port, index) => {
      const verdict = verdicts[index];
      if (verdict !== '+' && verdict !== '-') return [];
      return [{ backend: orders, address: '127.0.0.1', port, healthy: verdict === '+', cause: '' }];
    }),
  );
  gateway.proxy.refreshHealth(orders);
}

test('unhealthy endpoints get nothing; below the panic threshold all get their share', async (t) => {
  const ports = await letters(t, 'abc');
  const health = new HealthTable();
  const gateway = await startGateway(t, modelTo(ports, { healthCheck: check }), { health });
  assert.equal(await answers(gateway, 3), 'abc', 'before the first check all are alike');
  judge(gateway, health, ports, '-+');
  assert.equal(
    await answers(gateway, 3),
    'bbb',
    'healthy ones first, those without a verdict only where there is none',
  );
  judge(gateway, health, ports, '-++');
  assert.match(await answers(gateway, 4), /^(bc|cb)+$/);
  judge(gateway, health, ports, '--+');
  assert.deepEqual([...(await answers(gateway, 3))].sort(), ['a', 'b', 'c']);
  const [connections] = gateway.proxy.snapshot().connections;
  assert.equal(connections?.panics, 3);
  assert.equal(gateway.proxy.snapshot().pools[0]?.unhealthyEndpoints, 2);
});

test('without a healthy endpoint and without panic: 503 that says so', async (t) => {
  const ports = await letters(t, 'ab');
  const health = new HealthTable();
  const model = modelTo(ports, { healthCheck: { ...check, panicThreshold: 0 } });
  const gateway = await startGateway(t, model, { health });
  judge(gateway, health, ports, '--');
  const { status, body } = await ask(gateway);
  assert.equal(status, 503);
  assert.equal(body, 'no endpoint of the backend is healthy\n');
  assert.equal((await gateway.record(0)).failure?.class, 'no-healthy-endpoints');
  // Without checks there are no verdicts, whatever is still known.
  gateway.update(modelTo(ports));
  assert.equal((await ask(gateway)).status, 200);
});
