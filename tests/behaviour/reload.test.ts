import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { tcpBackend, tlsBackend } from '../tls/connecting.ts';
import { ask, askPlain, edgeCertificate, freePort, ordersCertificate, startPlane, trust } from './harness.ts';
import { startLoad } from './load.ts';
import { buildModel, type ModelChoices } from './model.ts';

const plainBackend = { plaintext: true } as const;
const answer = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

test('routes and backends come and go under load; nothing of the others is touched', async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const httpsPort = await freePort();
  const choices = { httpsPort, certificates: { '': edgeCertificate }, trust };
  const plane = await startPlane(t, buildModel({ ...choices, backends: { ok: { port } } }), { workers: 2 });
  const load = startLoad(t, httpsPort, '/ok');
  for (let round = 0; round < 4; round += 1) {
    await plane.apply(buildModel({ ...choices, backends: { ok: { port }, [`extra-${round}`]: { port } } }));
    assert.equal((await ask(httpsPort, `/extra-${round}`)).status, 200);
    assert.equal((await ask(httpsPort, `/extra-${round - 1}`)).status, 404);
    await load.progress();
  }
  assert.deepEqual(await load.stop(), []);
  assert.match(await plane.plane.metrics(), /farside_config_reloads_total 5\n/);
});

test('only the origin of a setting changed: connections to the backend are kept', async (t) => {
  let connections = 0;
  const port = await tcpBackend(t, (socket) => {
    connections += 1;
    socket.on('data', () => socket.write(answer));
  });
  const httpPort = await freePort();
  const built = buildModel({ httpPort, trust, backends: { ok: { port, ...plainBackend } } });
  const plane = await startPlane(t, built);
  await askPlain(httpPort, '/ok');
  const text = JSON.stringify(built.model).replaceAll('"line":14', '"line":15');
  assert.notEqual(text, JSON.stringify(built.model));
  await plane.apply({ ...built, model: JSON.parse(text) });
  await askPlain(httpPort, '/ok');
  assert.equal(connections, 1);
});

test('a listener that goes lets its requests end and closes its connections; others stay open', async (t) => {
  const release: (() => void)[] = [];
  const slow = await tcpBackend(t, (socket) => {
    socket.on('data', () => {
      release.push(() => socket.write(answer));
      waiting?.();
    });
  });
  let waiting: (() => void) | null = null;
  const arrived = new Promise<void>((resolve) => {
    waiting = resolve;
  });
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const choices: ModelChoices = {
    certificates: { '': edgeCertificate },
    trust,
    backends: { slow: { port: slow, ...plainBackend } },
  };
  const plane = await startPlane(t, buildModel({ ...choices, httpPort, httpsPort }));
  const kept = new Agent({ keepAlive: true });
  t.after(() => kept.destroy());
  const pending = askPlain(httpPort, '/slow', { agent: kept });
  await arrived;
  const { open } = await plane.apply(buildModel({ ...choices, httpsPort }));
  assert.deepEqual(open, [`127.0.0.1:${httpsPort}`]);
  await assert.rejects(askPlain(httpPort, '/slow'), /ECONNREFUSED/);
  const late = ask(httpsPort, '/slow');
  while (release.length < 2) await new Promise((resolve) => setImmediate(resolve));
  for (const each of release) each();
  const response = await pending;
  assert.equal(response.status, 200);
  assert.equal(response.headers.connection, 'close');
  assert.equal((await late).status, 200);
});

test('a port changes its protocol, and another listener takes a port over', async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const [first, second] = [await freePort(), await freePort()];
  const choices: ModelChoices = { certificates: { '': edgeCertificate }, trust, backends: { ok: { port } } };
  const plane = await startPlane(t, buildModel({ ...choices, httpPort: first, httpsPort: second }));
  const { open, findings } = await plane.apply(buildModel({ ...choices, httpPort: second, httpsPort: first }));
  assert.deepEqual([[...open].sort(), findings], [[`127.0.0.1:${first}`, `127.0.0.1:${second}`].sort(), []]);
  assert.equal((await ask(first, '/ok')).status, 200);
  assert.equal((await askPlain(second, '/ok')).status, 200);

  // The same port on all addresses: the gateway's own socket must not stand in its way.
  const wide = buildModel({ ...choices, httpPort: second });
  const [listener] = Object.values(wide.model.listeners);
  assert.ok(listener !== undefined);
  const everywhere = { ...listener, id: `0.0.0.0:${second}`, address: '0.0.0.0' };
  const applied = await plane.apply({ ...wide, model: { ...wide.model, listeners: { [everywhere.id]: everywhere } } });
  assert.deepEqual([applied.open, applied.findings], [[everywhere.id], []]);
  assert.equal((await askPlain(second, '/ok')).status, 200);
});

test('a port that is taken yields a finding with its remedy, leaves the rest in force, and is opened when it is free', async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const occupant = createServer().listen(0, '127.0.0.1');
  await once(occupant, 'listening');
  const address = occupant.address();
  assert.ok(address !== null && typeof address === 'object');
  const httpsPort = await freePort();
  const built = buildModel({
    httpPort: address.port,
    httpsPort,
    certificates: { '': edgeCertificate },
    trust,
    backends: { ok: { port } },
  });
  const plane = await startPlane(t, buildModel({ trust, backends: {} }));
  const taken = await plane.apply(built);
  assert.deepEqual(taken.open, [`127.0.0.1:${httpsPort}`]);
  const [finding, ...more] = taken.findings;
  assert.deepEqual(more, []);
  assert.equal(finding?.severity, 'error');
  assert.equal(finding?.reason, 'PortUnavailable');
  assert.match(finding?.message ?? '', new RegExp(`port ${address.port} of 127\\.0\\.0\\.1 is in use`));
  assert.match(finding?.remedy ?? '', /--port-offset/);
  assert.equal(finding?.origin.file, 'policies.yaml');
  assert.equal((await ask(httpsPort, '/ok')).status, 200);
  occupant.close();
  await once(occupant, 'close');
  const freed = await plane.apply(built);
  assert.deepEqual([freed.open.length, freed.findings], [2, []]);
  assert.equal((await askPlain(address.port, '/ok')).status, 200);
});

test('another gateway on the same port is told, not silently shared with', async (t) => {
  const httpPort = await freePort();
  const built = buildModel({ httpPort, trust, backends: {} });
  await startPlane(t, built);
  const second = await startPlane(t, buildModel({ trust, backends: {} }));
  const { open, findings } = await second.apply(built);
  assert.deepEqual(open, []);
  assert.equal(findings[0]?.reason, 'PortUnavailable');
});

test('draining lets a response end and then refuses', async (t) => {
  let respond = (): void => {};
  let onArrival = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    onArrival = resolve;
  });
  const port = await tcpBackend(t, (socket) => {
    socket.on('data', () => {
      respond = () => socket.write(answer);
      onArrival();
    });
  });
  const httpPort = await freePort();
  const { plane } = await startPlane(t, buildModel({ httpPort, trust, backends: { slow: { port, ...plainBackend } } }));
  const response = askPlain(httpPort, '/slow');
  await arrived;
  const drained = plane.drain(5_000);
  while (await isOpen(httpPort)) await new Promise((resolve) => setImmediate(resolve));
  respond();
  assert.equal((await response).status, 200);
  await drained;
});

function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true));
    socket.once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}

test('what does not end in time is cut when draining', async (t) => {
  const port = await tcpBackend(t, () => {});
  const httpPort = await freePort();
  const plane = await startPlane(t, buildModel({ httpPort, trust, backends: { never: { port, ...plainBackend } } }));
  const cut = new Promise<unknown>((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port: httpPort, path: '/never' }, (response: IncomingMessage) =>
      resolve(response.statusCode),
    );
    request.on('error', resolve);
    request.end();
  });
  await plane.plane.drain(50);
  assert.ok((await cut) instanceof Error);
  assert.deepEqual(plane.plane.workers, []);
});

test('a worker that dies is started anew and has the configuration; the others go on', async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const httpsPort = await freePort();
  const choices = { httpsPort, certificates: { '': edgeCertificate }, trust };
  const restarted: number[] = [];
  let onRestart = (): void => {};
  const plane = await startPlane(t, buildModel({ ...choices, backends: { ok: { port } } }), {
    workers: 2,
    onWorkerEvent: (event) => {
      if (event.type === 'started') restarted.push(event.pid);
      if (restarted.length === 3) onRestart();
    },
  });
  const anew = new Promise<void>((resolve) => {
    onRestart = resolve;
  });
  for (let each = 0; each < 8; each += 1) assert.equal((await ask(httpsPort, '/ok')).status, 200);
  const before = await plane.plane.metrics();
  const [victim, survivor] = plane.plane.workers;
  assert.ok(victim !== undefined && survivor !== undefined);
  process.kill(victim, 'SIGKILL');
  await anew;
  // A configuration that is applied now reaches the new worker too.
  const applied = await plane.apply(buildModel({ ...choices, backends: { ok: { port }, more: { port } } }));
  assert.deepEqual(applied.open, [`127.0.0.1:${httpsPort}`]);
  assert.ok(plane.plane.workers.includes(survivor));
  assert.ok(!plane.plane.workers.includes(victim));
  for (let each = 0; each < 8; each += 1) assert.equal((await ask(httpsPort, '/more')).status, 200);
  const after = await plane.plane.metrics();
  assert.match(after, /farside_worker_restarts_total 1\n/);
  const count = (page: string) => Number(/requests_total\{[^}]*shop\/ok:443[^}]*code="200"\} (\d+)/.exec(page)?.[1]);
  assert.equal(count(before), 8);
  assert.equal(count(after), 8, 'counters do not go back');
});
