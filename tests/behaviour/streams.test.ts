import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import type { Backend } from '../../src/model/backend.ts';
import type { Listener, StreamSection } from '../../src/model/listener.ts';
import { emptyModel, type Model } from '../../src/model/model.ts';
import type { StreamDestination, StreamRoute } from '../../src/model/stream.ts';
import type { ListenerTls } from '../../src/model/tls.ts';
import { backend, backendTls, endpoint, origin, trustModel } from '../tls/model.ts';
import { authority, edgeCertificate, freePort, ordersCertificate, startPlane, trust } from './harness.ts';

const secret = 'Secret infra/edge';
const keys = {
  trustBundles: trust,
  certificates: {
    [secret]: { certificateChain: edgeCertificate.chain, privateKey: edgeCertificate.key },
  },
};
const tls: ListenerTls = {
  certificates: [secret],
  minVersion: 'TLSv1.2',
  maxVersion: 'TLSv1.3',
  ciphers: null,
  alpn: [],
};

/** Sends back what it gets, each half by itself. */
async function echo(t: TestContext, server: Server): Promise<number> {
  server.on('connection', (socket: Socket) => socket.on('error', () => {}));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

const plainEcho = (t: TestContext) =>
  echo(
    t,
    createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)),
  );

const secureEcho = (t: TestContext, seen: string[] = []) =>
  echo(
    t,
    createTlsServer({ cert: ordersCertificate.chain, key: ordersCertificate.key, allowHalfOpen: true }, (socket) => {
      const name: unknown = Reflect.get(socket, 'servername');
      seen.push(String(name));
      socket.pipe(socket);
    }),
  );

interface Choice {
  readonly hostname?: string;
  readonly tls?: ListenerTls | null;
  readonly backend: Backend;
  readonly port: number;
}

/** One socket with a section for each hostname; each has one route with one backend. */
function modelOf(port: number, protocol: Listener['protocol'], choices: readonly Choice[]): Model {
  const id = `127.0.0.1:${port}${protocol === 'UDP' ? '/udp' : ''}`;
  const sections = choices.map(
    ({ hostname = '', tls: own = null }, index): StreamSection => ({
      name: `infra/edge/${index}`,
      hostname,
      tls: own,
      streams: [{ hostname, stream: `TCPRoute/shop/${index}/0` }],
      origin,
    }),
  );
  const each = <T>(entry: (choice: Choice, index: number) => readonly [string, T]) =>
    Object.fromEntries(choices.map(entry));
  return {
    ...emptyModel,
    ...trustModel(),
    listeners: { [id]: { id, address: '127.0.0.1', port, protocol, sections } },
    streams: each((choice, index) => {
      const name = { kind: 'TCPRoute', namespace: 'shop', name: String(index), rule: 0, ruleName: '' };
      const destinations = [{ type: 'backend' as const, backend: choice.backend.id, weight: 1 }];
      return [`TCPRoute/shop/${index}/0`, { id: `TCPRoute/shop/${index}/0`, name, destinations, origin }];
    }),
    backends: each((choice) => [choice.backend.id, choice.backend]),
    endpoints: each((choice) => [
      choice.backend.endpoints,
      { id: choice.backend.endpoints, endpoints: [endpoint(choice.port)] },
    ]),
    certificates: {
      [secret]: {
        id: secret,
        subject: 'edge',
        issuer: 'Demo CA',
        names: [],
        fingerprint: '',
        notBefore: '',
        notAfter: '',
        origin,
      },
    },
  };
}

const stream = (name: string, overrides: Partial<Backend> = {}): Backend =>
  backend(null, { id: name, service: name, endpoints: name, protocol: 'tcp', ...overrides });

/** Sends everything, ends its half, and collects what comes until the other half ends. */
async function exchange(socket: Socket, sent: Buffer): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(Buffer.from(chunk)));
  socket.end(sent);
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

const dial = (port: number): Socket => connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });

const dialTls = (port: number, servername: string, checkAs = servername): Socket =>
  connectTls({
    socket: dial(port),
    servername,
    ca: authority.certificate,
    checkServerIdentity: (_name, certificate) =>
      certificate.subjectaltname?.includes(checkAs) === true ? undefined : new Error(`presented for another name`),
  });

test('a TCP listener carries bytes as they are, each half by itself', async (t) => {
  const port = await freePort();
  const running = await startPlane(t, {
    model: modelOf(port, 'TCP', [{ backend: stream('shop/db:1'), port: await plainEcho(t) }]),
    keys,
  });
  const sent = randomBytes(3_000_000);
  assert.ok(sent.equals(await exchange(dial(port), sent)));
  const line = await running.line((each) => each.msg === 'stream');
  assert.equal(line.received_bytes, sent.length);
  assert.equal(line.sent_bytes, sent.length);
  assert.equal(line.backend, 'shop/db:1');
  assert.equal(line.failure, undefined);
  assert.match(await running.plane.metrics(), /farside_stream_bytes_total\{[^}]*direction="sent"[^}]*\} 3000000/);
});

test('on one socket TLS is passed through, terminated, and terminated to be encrypted anew', async (t) => {
  const port = await freePort();
  const seen: string[] = [];
  const plain = await plainEcho(t);
  const secure = await secureEcho(t, seen);
  const model = modelOf(port, 'TLS', [
    { hostname: 'orders.internal', backend: stream('shop/pass:1'), port: secure },
    { hostname: 'a.edge.test', tls, backend: stream('shop/plain:1'), port: plain },
    {
      hostname: 'b.edge.test',
      tls,
      backend: stream('shop/tls:1', { security: { type: 'tls', tls: backendTls({ alpn: [] }) } }),
      port: secure,
    },
  ]);
  const running = await startPlane(t, { model, keys });
  const sent = randomBytes(200_000);
  assert.ok(sent.equals(await exchange(dialTls(port, 'orders.internal'), sent)));
  const passed = await running.line((each) => each.passthrough === true);
  assert.equal(passed.server_name, 'orders.internal');
  assert.equal(passed.client_tls, undefined);
  assert.ok(Number(passed.received_bytes) > sent.length, 'what is counted is what crossed the wire');

  assert.ok(sent.equals(await exchange(dialTls(port, 'a.edge.test', '*.edge.test'), sent)));
  assert.equal((await running.line((each) => each.backend === 'shop/plain:1')).received_bytes, sent.length);
  assert.ok(sent.equals(await exchange(dialTls(port, 'b.edge.test', '*.edge.test'), sent)));
  const again = await running.line((each) => each.backend === 'shop/tls:1');
  assert.deepEqual((again.backend_tls as { verified: boolean }).verified, true);
  assert.deepEqual(seen, ['orders.internal', 'orders.internal']);

  // Closed without an alert: no route says that the gateway is a party to this TLS.
  const refused = dialTls(port, 'c.edge.test');
  const [error] = (await once(refused, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');
});

test('a stream whose backend is not who it should be, or not there, is cut off', async (t) => {
  const port = await freePort();
  const nobody = await freePort();
  const seen: string[] = [];
  const names = backendTls({ alpn: [], names: [{ type: 'dns', value: 'billing.internal' }] });
  const model = modelOf(port, 'TLS', [
    {
      hostname: 'a.edge.test',
      tls,
      backend: stream('shop/other:1', { security: { type: 'tls', tls: names } }),
      port: await secureEcho(t, seen),
    },
    { hostname: 'b.edge.test', backend: stream('shop/gone:1'), port: nobody },
    {
      hostname: 'c.edge.test',
      tls,
      backend: stream('shop/refused:1', {
        security: { type: 'refused', reason: 'Invalid', message: 'no trust', origin },
      }),
      port: await plainEcho(t),
    },
  ]);
  const running = await startPlane(t, { model, keys });
  for (const name of ['a', 'c']) {
    const socket = dialTls(port, `${name}.edge.test`, '*.edge.test');
    socket.on('error', () => {});
    socket.write('secret');
    const got: Buffer[] = [];
    socket.on('data', (chunk) => got.push(Buffer.from(chunk)));
    socket.on('end', () => socket.destroy());
    await once(socket, 'close');
    assert.equal(got.length, 0);
  }
  const mismatch = await running.line((each) => each.backend === 'shop/other:1');
  assert.equal(mismatch.failure?.reason, 'name-mismatch');
  assert.equal((await running.line((each) => each.backend === 'shop/refused:1')).failure?.class, 'backend-refused');

  const [error] = (await once(dialTls(port, 'b.edge.test'), 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET', 'no alert: nobody has answered the TLS of the client');
  assert.equal((await running.line((each) => each.backend === 'shop/gone:1')).failure?.reason, 'refused');
});

test('a UDP listener carries the datagrams of each client, and answers from the backend alone', async (t) => {
  const server = createSocket('udp4');
  const clients = new Set<number>();
  server.on('message', (datagram, from) => {
    clients.add(from.port);
    server.send(`${datagram} answered`, from.port, from.address);
  });
  server.bind(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const port = await freePort();
  const model = modelOf(port, 'UDP', [
    { backend: stream('shop/dns:53', { protocol: 'udp' }), port: server.address().port },
  ]);
  const running = await startPlane(t, { model, keys }, { limits: { datagramIdleTimeout: 200 } });
  const ask = async (words: readonly string[]): Promise<readonly string[]> => {
    const client = createSocket('udp4');
    const answers: string[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('message', (datagram) => {
        answers.push(String(datagram));
        if (answers.length === words.length) resolve();
      });
    });
    for (const word of words) client.send(word, port, '127.0.0.1');
    await all;
    client.close();
    return answers.sort();
  };
  assert.deepEqual(await ask(['a', 'b', 'c']), ['a answered', 'b answered', 'c answered']);
  assert.deepEqual(await ask(['d']), ['d answered']);
  assert.equal(clients.size, 2, 'one socket towards the backend for each client');
  const line = await running.line((each) => each.protocol === 'UDP' && each.received_bytes === 3);
  assert.equal(line.sent_bytes, 30);
  assert.equal(line.backend, 'shop/dns:53');
});

/** A server that says its name and ends. */
async function saying(t: TestContext, name: string): Promise<number> {
  return echo(
    t,
    createServer((socket) => socket.end(name)),
  );
}

/** What a client is told; an empty string where it is cut off. */
async function told(port: number): Promise<string> {
  const socket = dial(port);
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  socket.on('end', () => socket.end());
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

/** One TCP port with one route, whose parts a test chooses. */
function routed(
  port: number,
  route: Pick<StreamRoute, 'destinations' | 'balancing'>,
  ports: Record<string, readonly number[]>,
): Model {
  const names = Object.keys(ports);
  const [[id, listener]] = Object.entries(modelOf(port, 'TCP', [{ backend: stream('unused'), port: 1 }]).listeners) as [
    [string, Listener],
  ];
  const name = { kind: 'TCPRoute', namespace: 'shop', name: '0', rule: 0, ruleName: '' };
  return {
    ...emptyModel,
    listeners: { [id]: listener },
    streams: { 'TCPRoute/shop/0/0': { id: 'TCPRoute/shop/0/0', name, origin, ...route } },
    backends: Object.fromEntries(names.map((each) => [each, stream(each)])),
    endpoints: Object.fromEntries(
      names.map((each) => [each, { id: each, endpoints: (ports[each] ?? []).map((at) => endpoint(at)) }]),
    ),
  };
}

const to = (backendId: string, weight: number): StreamDestination => ({ type: 'backend', backend: backendId, weight });

test('weights of streams are kept, exactly over few; a share without a backend is cut off, and weight zero gets nothing', async (t) => {
  const port = await freePort();
  const ports = { a: [await saying(t, 'a')], b: [await saying(t, 'b')], never: [await saying(t, 'never')] };
  const destinations = [
    to('a', 3),
    to('b', 1),
    to('never', 0),
    { type: 'reject', reason: 'BackendNotFound', weight: 1 } as const,
  ];
  const running = await startPlane(t, { model: routed(port, { destinations }, ports), keys });
  const counts = new Map<string, number>();
  for (let index = 0; index < 50; index += 1) {
    const answer = await told(port);
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const near = (name: string, expected: number): boolean => Math.abs((counts.get(name) ?? 0) - expected) <= 2;
  assert.ok(near('a', 30) && near('b', 10) && near('', 10), JSON.stringify([...counts]));
  assert.equal(counts.has('never'), false);
  const rejected = await running.line(({ failure }) => failure !== undefined);
  assert.equal(rejected.failure?.class, 'no-destination');
});

test("a stream's endpoint follows from its client's address where the route says so", async (t) => {
  const port = await freePort();
  const ports = { a: await Promise.all(['1', '2', '3', '4', '5'].map((name) => saying(t, name))) };
  const destinations = [to('a', 1)];
  const running = await startPlane(t, { model: routed(port, { destinations }, ports), keys });
  const reached = async (): Promise<number> => {
    const found = new Set<string>();
    for (let index = 0; index < 10; index += 1) found.add(await told(port));
    return found.size;
  };
  assert.equal(await reached(), 5);
  const balancing = { type: 'consistent-hash', keys: [{ type: 'source-address' }] } as const;
  await running.apply({ model: routed(port, { destinations, balancing }, ports), keys });
  assert.equal(await reached(), 1);
});

test('a stream whose handshake fails at one endpoint goes to the next, and the one that failed is not tried each time', async (t) => {
  const port = await freePort();
  const seen: string[] = [];
  const wrong = await authority.issue({ dns: ['billing.internal'] });
  let handshakes = 0;
  const stranger = createTlsServer({ cert: wrong.chain, key: wrong.key });
  stranger.on('connection', () => {
    handshakes += 1;
  });
  const ports = { a: [await echo(t, stranger), await secureEcho(t, seen)] };
  const model = routed(port, { destinations: [to('a', 1)] }, ports);
  const security = { type: 'tls', tls: backendTls({ alpn: [] }) } as const;
  const built = {
    ...model,
    ...trustModel(),
    listeners: model.listeners,
    streams: model.streams,
    backends: { a: stream('a', { security }) },
    endpoints: model.endpoints,
  };
  await startPlane(t, { model: built, keys });
  const sent = randomBytes(1_000);
  for (let index = 0; index < 4; index += 1) assert.ok(sent.equals(await exchange(dial(port), sent)));
  assert.equal(seen.length, 4);
  assert.equal(handshakes, 1);
});
