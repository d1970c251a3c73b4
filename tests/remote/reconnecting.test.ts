import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { twoGateways } from './model.ts';
import { edge, RecordingDataPlane, startController, startPod } from './pods.ts';

test('a pod keeps its configuration while the controller is away, and goes on from it', async (t) => {
  const first = await startController(t);
  await first.apply(twoGateways(), 1);
  const pod = startPod(t, first.server.port, edge);
  await pod.applied(1);
  await first.server.close();
  await pod.happened.until(() => pod.events.some(({ type }) => type === 'lost'));
  const second = await startController(t, first.server.port);
  await second.apply(twoGateways(), 1);
  await pod.applied(2);
  const [before, after] = pod.dataPlane.given;
  assert.deepEqual(after, before);
  assert.equal(after?.model.routes, before?.model.routes, 'the step from the version that it has is empty');
});

const quick = { connect: 2_000, ping: 20, pingTimeout: 50 };

test('a pod outlives a network that falls silent, and is back when it carries again', async (t) => {
  const { server, apply } = await startController(t);
  const silences: (() => void)[] = [];
  let silent = false;
  const network = createServer((pod) => {
    if (silent) return;
    const upstream = createConnection({ host: '127.0.0.1', port: server.port });
    for (const [from, to] of [
      [pod, upstream],
      [upstream, pod],
    ] as const) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      silences.push(() => from.unpipe(to));
    }
  }).listen(0, '127.0.0.1');
  await once(network, 'listening');
  const connections = new Set<Socket>();
  network.on('connection', (socket) => connections.add(socket));
  t.after(() => {
    network.close();
    for (const socket of connections) socket.destroy();
  });
  await apply(twoGateways(), 1);
  const pod = startPod(t, (network.address() as AddressInfo).port, edge, new RecordingDataPlane(), { timings: quick });
  await pod.applied(1);
  silent = true;
  for (const fallSilent of silences) fallSilent();
  const lost = () => pod.events.filter((event) => event.type === 'lost');
  await pod.happened.until(() => lost().length >= 2);
  assert.deepEqual(
    lost().map(({ cause }) => cause),
    ['the controller gave no sign of life', 'the controller does not answer'],
  );
  silent = false;
  await pod.applied(2);
});

test('a pod that cannot put in force what it is sent asks for it less and less', async (t) => {
  const { server, apply } = await startController(t);
  void apply(twoGateways(), 1);
  const failing = new RecordingDataPlane();
  failing.apply = async () => {
    throw new Error('no memory');
  };
  const pod = startPod(t, server.port, edge, failing);
  const pauses = (): readonly number[] => pod.events.flatMap((event) => (event.type === 'lost' ? [event.retryIn] : []));
  await pod.happened.until(() => pauses().length >= 3);
  // Half of the longest pause of the third time is more than all of the first.
  assert.ok((pauses()[2] ?? 0) >= 400, `${pauses()}`);
});
