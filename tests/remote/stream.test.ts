import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import type { Applied, DataPlane, OpenChange } from '../../src/dataplanes/dataplane.ts';
import type { Configuration } from '../../src/dataplanes/node/delta.ts';
import { decodeFindings, encodeFindings } from '../../src/dataplanes/node/remote/codec.ts';
import { GatewayFeed } from '../../src/dataplanes/node/remote/gateway-feed.ts';
import { controllerServerName, dataPlaneUri } from '../../src/dataplanes/node/remote/identity.ts';
import { RemoteDataPlane } from '../../src/dataplanes/node/remote/remote-data-plane.ts';
import { followConfiguration, type StreamEvent } from '../../src/dataplanes/node/remote/stream-client.ts';
import { type StreamCredentials, startStreamServer } from '../../src/dataplanes/node/remote/stream-server.ts';
import type { Finding } from '../../src/model/finding.ts';
import { emptyKeyMaterial, emptyModel } from '../../src/model/model.ts';
import { nowhere } from '../../src/model/origin.ts';
import { type TwoGateways, twoGateways } from './model.ts';

const authority = await CertificateAuthority.create('Stream CA');
const stranger = await CertificateAuthority.create('Another CA');

async function credentials(uris: readonly string[], issuer = authority): Promise<StreamCredentials> {
  const issued = await issuer.issue({ uris, dns: uris.length === 0 ? [controllerServerName] : [], usage: 'both' });
  return { certificateChain: issued.chain, privateKey: issued.key, authority: authority.certificate };
}

const controller = await credentials([]);
const edge = await credentials([dataPlaneUri('infra/edge')]);
const inner = await credentials([dataPlaneUri('infra/inner')]);

async function startController(t: TestContext, port = 0) {
  const changes = new Waiter();
  const dataPlane = new ObservedDataPlane(() => changes.notify());
  const server = await startStreamServer({ host: '127.0.0.1', port, credentials: controller, dataPlane });
  t.after(() => server.close());
  const apply = ({ model, keys }: TwoGateways, revision: number) => dataPlane.apply(model, keys, revision);
  return { dataPlane, server, changes, apply };
}

class ObservedDataPlane extends RemoteDataPlane {
  readonly #onNotify: () => void;

  constructor(onNotify: () => void) {
    super({ patience: 10_000, grace: 10_000 });
    this.#onNotify = onNotify;
  }

  override notify(): void {
    super.notify();
    this.#onNotify();
  }
}

/** Waits for conditions, which are looked at whenever something happened. */
class Waiter {
  #waiting: (() => void)[] = [];

  notify(): void {
    for (const each of this.#waiting.splice(0)) each();
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

const ill: Finding = {
  severity: 'warning',
  reason: 'EndpointUnhealthy',
  message: 'health checks of endpoint 10.0.0.7:443 of shop/orders:443 fail: it answered 500, expected 200',
  remedy: 'see why',
  origin: nowhere,
};

/** A data plane that opens everything but what it is told not to, and keeps what it was given. */
class RecordingDataPlane implements DataPlane {
  readonly given: Configuration[] = [];
  closed: readonly string[] = [];
  change: (change: OpenChange) => void = () => {};

  onOpenChanged(listener: (change: OpenChange) => void): void {
    this.change = listener;
  }

  check() {
    return [];
  }

  async apply(model: Configuration['model'], keys: Configuration['keys'], revision: number): Promise<Applied> {
    this.given.push({ model, keys });
    const open = Object.keys(model.listeners).filter((id) => !this.closed.includes(id));
    return { revision, open, findings: [] };
  }

  async drain() {}
}

/** One that is busy with what it was given first, for as long as a test wants. */
class HeldDataPlane extends RecordingDataPlane {
  readonly began = Promise.withResolvers<void>();
  readonly released = Promise.withResolvers<void>();

  override async apply(model: Configuration['model'], keys: Configuration['keys'], revision: number): Promise<Applied> {
    this.began.resolve();
    await this.released.promise;
    return super.apply(model, keys, revision);
  }
}

const quick = { connect: 2_000, ping: 20, pingTimeout: 50 };

function startPod(
  t: TestContext,
  port: number,
  own: StreamCredentials,
  dataPlane = new RecordingDataPlane(),
  timings = {},
) {
  const end = new AbortController();
  const events: StreamEvent[] = [];
  const happened = new Waiter();
  const onEvent = (event: StreamEvent): void => {
    events.push(event);
    happened.notify();
  };
  const running = followConfiguration(
    { host: '127.0.0.1', port, credentials: async () => own, pod: 'pod', dataPlane, onEvent, ...timings },
    end.signal,
  );
  const stop = async () => {
    end.abort();
    await running;
  };
  t.after(stop);
  const applied = (count: number) =>
    happened.until(() => events.filter(({ type }) => type === 'applied').length >= count);
  return { dataPlane, events, happened, applied, stop };
}

test('a pod gets its own Gateway, and no key of another', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const one = startPod(t, server.port, edge);
  const two = startPod(t, server.port, inner);
  await Promise.all([one.applied(1), two.applied(1)]);
  const [ofEdge] = one.dataPlane.given;
  const [ofInner] = two.dataPlane.given;
  assert.deepEqual(Object.keys(ofEdge?.keys.certificates ?? {}), ['Secret infra/edge']);
  assert.deepEqual(Object.keys(ofInner?.keys.certificates ?? {}), ['Secret infra/inner']);
  assert.deepEqual(
    Object.values(ofEdge?.model.listeners ?? {}).map(({ address, port }) => [address, port]),
    [['::', 64_955]],
  );
  assert.ok(!JSON.stringify(ofEdge).includes('inner'));
  const applied = await apply(twoGateways(), 2);
  assert.deepEqual([...applied.open].sort(), ['infra/edge:443', 'infra/inner:8443']);
});

test('a pod whose Gateway has nothing to serve is told so, whenever it comes', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const pod = startPod(t, server.port, await credentials([dataPlaneUri('infra/refused')]));
  await pod.applied(1);
  assert.deepEqual(pod.dataPlane.given[0]?.model.listeners, {});
});

test('so is one in a cluster in which nobody has anything to serve', async (t) => {
  const { server, dataPlane } = await startController(t);
  await dataPlane.apply(emptyModel, emptyKeyMaterial, 1);
  const pod = startPod(t, server.port, edge);
  await pod.applied(1);
  assert.deepEqual(pod.dataPlane.given[0]?.model.listeners, {});
});

test('a listener is open when every pod of its Gateway has opened it', async (t) => {
  const { server, apply, dataPlane, changes } = await startController(t);
  const closing = new RecordingDataPlane();
  closing.closed = ['infra/edge:443'];
  const good = startPod(t, server.port, edge);
  const bad = startPod(t, server.port, edge, closing);
  const other = startPod(t, server.port, inner);
  assert.deepEqual((await apply(twoGateways(), 1)).open.includes('infra/edge:443'), false);
  await Promise.all([good.applied(1), bad.applied(1), other.applied(1)]);
  assert.deepEqual((await apply(twoGateways(), 2)).open, ['infra/inner:8443']);
  await bad.stop();
  await changes.until(() => dataPlane.feed('infra/edge').followers === 1);
  assert.deepEqual([...(await apply(twoGateways(), 3)).open].sort(), ['infra/edge:443', 'infra/inner:8443']);
});

test('what changes for one Gateway is sent to it alone, as a delta', async (t) => {
  const { server, apply } = await startController(t);
  const one = startPod(t, server.port, edge);
  const two = startPod(t, server.port, inner);
  await apply(twoGateways(), 1);
  await Promise.all([one.applied(1), two.applied(1)]);
  await apply(twoGateways({ edgeBackend: '10.9.9.9' }), 2);
  await one.applied(2);
  assert.equal(two.dataPlane.given.length, 1);
  const [before, after] = one.dataPlane.given;
  // Values that the delta does not name stay the very same.
  assert.equal(after?.model.routes, before?.model.routes);
  assert.deepEqual(after?.model.endpoints['shop/edge:80']?.endpoints, [{ address: '10.9.9.9', port: 80 }]);
});

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

test('a Gateway that is gone closes what its pods had open', async (t) => {
  const { server, apply } = await startController(t);
  const pod = startPod(t, server.port, inner);
  await apply(twoGateways(), 1);
  await pod.applied(1);
  await apply(twoGateways({ without: 'infra/inner' }), 2);
  await pod.applied(2);
  assert.deepEqual(pod.dataPlane.given.at(-1)?.model.listeners, {});
  assert.deepEqual(pod.dataPlane.given.at(-1)?.keys.certificates, {});
});

test('a pod that comes before its Gateway has a configuration holds up nobody', async (t) => {
  const { server, apply, dataPlane, changes } = await startController(t);
  const early = startPod(t, server.port, inner);
  await changes.until(() => dataPlane.feed('infra/inner').followers === 1);
  assert.ok(dataPlane.feed('infra/inner').isCurrent);
  await apply(twoGateways({ without: 'infra/inner' }), 1);
  assert.deepEqual((await apply(twoGateways(), 2)).open, ['infra/inner:8443']);
  assert.equal(early.dataPlane.given.length, 2);
});

const uri = dataPlaneUri('infra/edge');
const refused: readonly (readonly [string, Promise<StreamCredentials>])[] = [
  ['of another authority', credentials([uri], stranger)],
  ['that names no Gateway', credentials(['spiffe://cluster.local/ns/infra/sa/edge'])],
  ['that names two Gateways', credentials([uri, dataPlaneUri('infra/inner')])],
  ['whose Gateway is spelled with more', credentials([`${uri}/more`])],
];

for (const [what, own] of refused) {
  test(`a certificate ${what} gets nothing`, async (t) => {
    const { server, apply } = await startController(t);
    await apply(twoGateways(), 1);
    const pod = startPod(t, server.port, await own);
    await pod.happened.until(() => pod.events.filter(({ type }) => type === 'lost').length >= 2);
    assert.deepEqual(pod.dataPlane.given, []);
  });
}

test('a pod takes nothing from a controller of another authority', async (t) => {
  const dataPlane = new RemoteDataPlane();
  const server = await startStreamServer({
    host: '127.0.0.1',
    port: 0,
    credentials: { ...(await credentials([], stranger)), authority: authority.certificate },
    dataPlane,
  });
  t.after(() => server.close());
  const { model, keys } = twoGateways();
  await dataPlane.apply(model, keys, 1);
  const pod = startPod(t, server.port, edge);
  await pod.happened.until(() => pod.events.some(({ type }) => type === 'lost'));
  assert.deepEqual(pod.dataPlane.given, []);
});

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

test('a stream that is cut closes nothing for a while, and then does', async () => {
  const feed = new GatewayFeed();
  const follower = { changed: () => {} };
  const { model, keys } = twoGateways();
  feed.set({ model, keys }, 0);
  const before = { version: feed.version, open: ['infra/edge:443'], findings: [] };
  assert.equal(feed.inForce(0, 10), null, 'nobody has anything');
  feed.follow(follower);
  assert.equal(feed.inForce(1, 10), null, 'who has said nothing has nothing');
  feed.acknowledge(follower, before);
  feed.leave(follower, 100);
  assert.deepEqual(feed.inForce(109, 10), [before]);
  assert.equal(feed.inForce(110, 10), null);
});

test('a stream that is cut closes nothing for as long as somebody else knows that the pods serve', () => {
  const feed = new GatewayFeed();
  const follower = { changed: () => {} };
  feed.set(twoGateways(), 0);
  feed.follow(follower);
  const before = { version: feed.version, open: [], findings: [] };
  feed.acknowledge(follower, before);
  feed.leave(follower, 100);
  feed.set(twoGateways({ edgeBackend: '10.9.9.9' }), 200);
  assert.equal(feed.inForce(500, 10), null);
  assert.deepEqual(feed.inForce(500, 10, true), [before], 'also while there is something newer');
  assert.ok(!feed.isSilent(105, 10) && feed.isSilent(110, 10));
  feed.follow(follower);
  assert.deepEqual(feed.inForce(510, 10, true), [before], 'who is back has not said yet what it has');
  const now = { version: feed.version, open: ['infra/edge:443'], findings: [] };
  feed.acknowledge(follower, now);
  assert.deepEqual(feed.inForce(520, 10, true), [now]);
});

test('a controller that has heard of no pod yet takes what is served for open', async (t) => {
  const { apply, dataPlane } = await startController(t);
  dataPlane.setReached(new Set(['infra/edge']));
  const { open, findings } = await apply(twoGateways(), 1);
  assert.deepEqual(open, ['infra/edge:443']);
  assert.deepEqual(findings.map(({ reason, effect }) => `${reason}: ${effect?.slice(0, 32)}`).sort(), [
    'NoDataPlane: its listeners are not known to b',
    'NoDataPlane: its pods go on with what they ha',
  ]);
});

test('a new version leaves open what was open until it had time to arrive', async () => {
  const feed = new GatewayFeed();
  const follower = { changed: () => {} };
  feed.set(twoGateways(), 0);
  feed.follow(follower);
  const before = { version: feed.version, open: ['infra/edge:443'], findings: [] };
  feed.acknowledge(follower, before);
  feed.set(twoGateways({ edgeBackend: '10.9.9.9' }), 100);
  assert.deepEqual(feed.inForce(109, 10), [before]);
  assert.equal(feed.inForce(110, 10), null, 'the pod does not take it up');
});

test('a Gateway whose Service leads nowhere is not open, whatever its pods say', async (t) => {
  const { server, apply, dataPlane } = await startController(t);
  const pod = startPod(t, server.port, edge);
  await apply(twoGateways(), 1);
  await pod.applied(1);
  dataPlane.setReached(new Set());
  const closed = await apply(twoGateways(), 2);
  assert.deepEqual(
    [closed.open, closed.findings.map(({ message }) => message.slice(0, 38))],
    [[], ['no pod of its data plane is ready: its', 'no pod of its data plane is connected ']],
  );
  dataPlane.setReached(new Set(['infra/edge']));
  assert.deepEqual((await apply(twoGateways(), 3)).open, ['infra/edge:443']);
  dataPlane.setReached(new Set());
  assert.deepEqual((await apply(twoGateways(), 4)).open, ['infra/edge:443'], 'for a moment');
});

test('what a pod finds out about endpoints reaches the controller without another configuration', async (t) => {
  const { dataPlane, server, changes, apply } = await startController(t);
  const model = twoGateways();
  const pod = startPod(t, server.port, edge);
  await apply(model, 1);
  await pod.applied(1);
  const told = async (): Promise<readonly Finding[]> => (await apply(model, 1)).findings;
  await changes.until(() => dataPlane.feed('infra/edge').isServed);
  assert.deepEqual(
    (await told()).filter(({ reason }) => reason === ill.reason),
    [],
  );
  const known = (): readonly Finding[] =>
    (dataPlane.feed('infra/edge').inForce(performance.now(), 0) ?? []).flatMap(({ findings }) => findings);
  pod.dataPlane.change({ open: [], cause: null, findings: [ill] });
  await changes.until(() => known().length > 0);
  assert.deepEqual(
    (await told()).filter(({ reason }) => reason === ill.reason),
    [ill],
  );
  pod.dataPlane.change({ open: [], cause: null, findings: [] });
  await changes.until(() => known().length === 0);
});

test('a pod is believed about what it serves, and about no object of others', async (t) => {
  const { server, changes, apply, dataPlane } = await startController(t);
  const model = twoGateways();
  const pod = startPod(t, server.port, inner);
  await apply(model, 1);
  await pod.applied(1);
  const about = (name: string): Finding => {
    const listener = Object.values(model.model.listeners).find(({ dataPlane }) => dataPlane === `infra/${name}`);
    const origin = listener?.sections[0]?.origin;
    assert.equal(origin?.name, name);
    return { ...ill, origin };
  };
  const [own, foreign] = [about('inner'), about('edge')];
  pod.dataPlane.change({ open: [], cause: null, findings: [foreign, ill, own] });
  const feed = dataPlane.feed('infra/inner');
  await changes.until(() => (feed.inForce(performance.now(), 0) ?? []).some(({ findings }) => findings.length > 0));
  const { findings } = await apply(model, 1);
  assert.deepEqual(
    findings.filter(({ reason }) => reason === ill.reason),
    [ill, own],
  );
});

test('a pod that says more than a person would read is not quoted', () => {
  const long = { ...ill, message: 'x'.repeat(10_000) };
  assert.deepEqual(decodeFindings(encodeFindings([long, ill])), [ill]);
  const many = Array.from({ length: 2_000 }, (_, index) => ({ ...ill, message: `${index}` }));
  assert.ok(decodeFindings(encodeFindings(many)).length < many.length);
});

test('a pod that is slow is sent what is newest, and not all that was in between', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const slow = new HeldDataPlane();
  const pod = startPod(t, server.port, edge, slow);
  await slow.began.promise;
  const other = startPod(t, server.port, edge);
  await other.applied(1);
  const changes = 60;
  for (let index = 0; index < changes; index += 1) {
    void apply(twoGateways({ edgeBackend: `10.2.0.${index}` }), 2);
    await other.applied(index + 2);
  }
  slow.released.resolve();
  const newest = (): boolean =>
    slow.given.at(-1)?.model.endpoints['shop/edge:80']?.endpoints[0]?.address === `10.2.0.${changes - 1}`;
  await pod.happened.until(newest);
  assert.ok(slow.given.length < changes / 2, `${slow.given.length}`);
});

test('a pod with more to tell than a message may hold is heard all the same', async (t) => {
  const { server, apply } = await startController(t);
  const pod = startPod(t, server.port, edge, new TalkativeDataPlane());
  await apply(twoGateways(), 1);
  await pod.applied(1);
  const { open, findings } = await apply(twoGateways({ edgeBackend: '10.9.9.9' }), 2);
  assert.deepEqual(open, ['infra/edge:443']);
  const told = findings.filter(({ reason }) => reason === ill.reason);
  const [more] = findings.filter(({ reason }) => reason === 'MoreFindings');
  assert.equal(`${TalkativeDataPlane.findings - told.length}`, /^\d+/.exec(more?.message ?? '')?.[0]);
});

class TalkativeDataPlane extends RecordingDataPlane {
  static readonly findings = 5_000;

  override async apply(model: Configuration['model'], keys: Configuration['keys'], revision: number): Promise<Applied> {
    const findings = Array.from({ length: TalkativeDataPlane.findings }, (_, index) => ({
      ...ill,
      message: `endpoint ${index} ${'fails '.repeat(100)}`,
    }));
    return { ...(await super.apply(model, keys, revision)), findings };
  }
}

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

test('the stream of a pod ends with its certificate, and goes on with the next one', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const issued = await authority.issue({
    uris: [dataPlaneUri('infra/edge')],
    usage: 'client',
    notAfter: new Date(Date.now() + 2_000),
  });
  const passing = { certificateChain: issued.chain, privateKey: issued.key, authority: authority.certificate };
  const given = [passing];
  const pod = startPod(t, server.port, edge, new RecordingDataPlane(), {
    credentials: async () => given.shift() ?? edge,
  });
  await pod.happened.until(() => pod.events.some(({ type }) => type === 'lost'));
  const [lost] = pod.events.filter((event) => event.type === 'lost');
  assert.match(lost?.cause ?? '', /certificate .*expired/);
  await pod.applied(2);
  assert.deepEqual((await apply(twoGateways(), 2)).open, ['infra/edge:443']);
});
