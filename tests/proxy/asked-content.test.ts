import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { Authorization } from '../../src/model/authorization.ts';
import type { HttpSection } from '../../src/model/listener.ts';
import { ask } from './ask.ts';
import { modelTo, startBackend } from './features.ts';
import { connectFailure, type GatewayOptions, RawClient, startGateway } from './gateway.ts';
import { destination, forward, origin, route } from './model.ts';

const orders = 'shop/orders:80';
const guard = 'shop/guard:80';
const first = 'shop/first:80';
const copies = 'shop/copies:80';

/** Whoever is asked with the content of requests; null for without. */
const asking = (maxSize: number | null, backend = guard): Authorization => ({
  ...{ type: 'ask', backend, pathPrefix: '', requestHeaders: ['content-type'], responseHeaders: null, origin },
  ...(maxSize === null ? {} : { content: { maxSize } }),
});

interface Setting extends GatewayOptions {
  readonly maxSize?: number;
  /** Somebody on the listener is asked before, without content. */
  readonly askedFirst?: (response: ServerResponse, before: number) => void;
  readonly backend?: (response: ServerResponse, before: number) => void;
  /** A second endpoint of the backend. */
  readonly spare?: number;
}

async function start(t: TestContext, setting: Setting = {}) {
  const { maxSize = 100, askedFirst, backend, spare, ...options } = setting;
  const [toOrders, toGuard, toCopies, toFirst] = await Promise.all([
    startBackend(t, backend),
    startBackend(t),
    startBackend(t),
    startBackend(t, askedFirst),
  ]);
  const action = forward([destination(orders)], {
    mirrors: [{ backend: copies, numerator: 1, denominator: 1 }],
  });
  const routes = [{ ...route('all', action), authorization: [asking(maxSize)] }];
  const ports = {
    [orders]: spare === undefined ? [toOrders.port] : [spare, toOrders.port],
    [guard]: [toGuard.port],
    [first]: [toFirst.port],
    [copies]: [toCopies.port],
  };
  const model = modelTo(routes, ports);
  const [id, listener] = Object.entries(model.listeners)[0] ?? [];
  assert.ok(id && listener);
  const authorization = askedFirst === undefined ? [] : [asking(null, first)];
  const sections = listener.sections.map((each) => ({ ...(each as HttpSection), authorization }));
  const gateway = await startGateway(t, { ...model, listeners: { [id]: { ...listener, sections } } }, options);
  return { gateway, orders: toOrders, guard: toGuard, first: toFirst, copies: toCopies };
}

const post = (fields: string, content = ''): string =>
  `POST / HTTP/1.1\r\nhost: a.example\r\n${fields}\r\n\r\n${content}`;

test('whoever is asked gets all of the content, once it is there, and so does the backend', async (t) => {
  const { gateway, guard, orders } = await start(t);
  const client = new RawClient(t, gateway.port);
  client.send(post('content-type: text/plain\r\ntransfer-encoding: chunked', '5\r\n01234\r\n'));
  // The connection is known to have been read when another one is served.
  await ask(gateway);
  assert.deepEqual([guard.requests.length, orders.requests.length], [1, 1]);
  client.send('5\r\n56789\r\n0\r\nx-sum: 7\r\n\r\n');
  const [, question] = await guard.got(2);
  assert.deepEqual([question?.method, question?.body], ['POST', '0123456789']);
  const { 'content-length': length, 'content-type': type, 'transfer-encoding': coding } = question?.headers ?? {};
  assert.deepEqual([length, type, coding], ['10', 'text/plain', undefined]);
  const [, forwarded] = await orders.got(2);
  assert.deepEqual([forwarded?.body, forwarded?.headers['transfer-encoding']], ['0123456789', 'chunked']);
  assert.match(await client.until(/ok/), /^HTTP\/1\.1 200 /);
  assert.equal((await gateway.record(1)).requestBytes, 10);
});

test('what has no content is asked about without', async (t) => {
  const { gateway, guard } = await start(t);
  assert.equal((await ask(gateway)).status, 200);
  const client = new RawClient(t, gateway.port);
  client.send(post('transfer-encoding: chunked', '0\r\n\r\n'));
  assert.match(await client.until(/ok/), /^HTTP\/1\.1 200 /);
  assert.deepEqual(
    guard.requests.map(({ body, headers }) => [body, headers['content-length']]),
    [
      ['', undefined],
      ['', '0'],
    ],
  );
});

test('larger content is refused, declared or not, and nobody is asked about it', async (t) => {
  const { gateway, guard, orders } = await start(t, { maxSize: 10 });
  assert.equal((await ask(gateway, '/', { method: 'POST', body: '0123456789' })).status, 200);
  const { status, body } = await ask(gateway, '/', { method: 'POST', body: '0123456789a' });
  assert.deepEqual([status, body], [413, 'the content of the request is too large\n']);
  assert.equal((await gateway.record(1)).failure?.class, 'content-too-large');
  const waiting = new RawClient(t, gateway.port);
  waiting.send(post('content-length: 11\r\nexpect: 100-continue'));
  assert.match(await waiting.until(/large\n/), /^HTTP\/1\.1 413 /, 'its content is not even asked for');
  const chunked = new RawClient(t, gateway.port);
  chunked.send(post('transfer-encoding: chunked', 'a\r\n0123456789\r\n'));
  chunked.send('1\r\na\r\n');
  assert.match(await chunked.until(/large\n/), /^HTTP\/1\.1 413 /);
  assert.deepEqual([guard.requests.length, orders.requests.length], [1, 1]);
});

test('after a refusal the connection serves the next request', async (t) => {
  const { gateway } = await start(t, { maxSize: 10 });
  const client = new RawClient(t, gateway.port);
  client.send(post('transfer-encoding: chunked', 'b\r\n0123456789a\r\n'));
  await client.until(/large\n/);
  client.send('b\r\n0123456789a\r\n0\r\n\r\nGET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  assert.match(await client.until(/ok$/), /^HTTP\/1\.1 413 [\s\S]*HTTP\/1\.1 200 /);
});

test('the data plane has a bound of its own', async (t) => {
  const { gateway } = await start(t, { maxSize: 1_000, limits: { askedContent: 10 } });
  assert.equal((await ask(gateway, '/', { method: 'POST', body: '0123456789a' })).status, 413);
});

test('100-continue: the gateway asks for the content, once, and the backend has not to', async (t) => {
  const { gateway, orders } = await start(t);
  const client = new RawClient(t, gateway.port);
  client.send(post('content-length: 5\r\nexpect: 100-continue'));
  assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 100 [^\r]*\r\n\r\n$/);
  client.send('01234');
  const got = await client.until(/ok/);
  assert.match(got, /^HTTP\/1\.1 100 [^\r]*\r\n\r\nHTTP\/1\.1 200 /);
  assert.deepEqual([orders.requests[0]?.body, orders.requests[0]?.headers.expect], ['01234', undefined]);
});

test('the content is asked for only once those who do without it have let the request go on', async (t) => {
  const setting: Setting = {
    askedFirst: (response, before) => response.writeHead(before === 0 ? 200 : 401, { 'x-user': 'ann' }).end(),
  };
  const { gateway, first, guard, orders } = await start(t, setting);
  const granted = new RawClient(t, gateway.port);
  granted.send(post('content-length: 5\r\nexpect: 100-continue'));
  await granted.until(/ 100 /);
  assert.equal(first.requests.length, 1);
  granted.send('01234');
  await granted.until(/ok/);
  assert.deepEqual(
    [first.requests[0]?.body, guard.requests[0]?.body, orders.requests[0]?.body],
    ['', '01234', '01234'],
  );
  assert.equal(orders.requests[0]?.headers['x-user'], 'ann');
  const denied = new RawClient(t, gateway.port);
  denied.send(post('content-length: 5\r\nexpect: 100-continue'));
  assert.match(await denied.until(/\r\n\r\n/), /^HTTP\/1\.1 401 /);
  assert.equal(guard.requests.length, 1);
});

test('content that came while others were asked is not lost', async (t) => {
  const replies: (() => void)[] = [];
  const { gateway, first, guard, orders } = await start(t, {
    askedFirst: (response) => replies.push(() => response.end()),
  });
  const client = new RawClient(t, gateway.port);
  client.send(post('content-length: 10', '01234'));
  await first.got(1);
  client.send('56789');
  for (const reply of replies) reply();
  const [got] = await orders.got(1);
  assert.deepEqual([guard.requests[0]?.body, got?.body], ['0123456789', '0123456789']);
});

test('a client that sends too slowly is refused', async (t) => {
  const { gateway, guard } = await start(t, { limits: { askedContentTimeout: 20 } });
  const client = new RawClient(t, gateway.port);
  client.send(post('content-length: 5', '0123'));
  assert.match(await client.until(/in time\n/), /^HTTP\/1\.1 408 /);
  const { failure } = await gateway.record(0);
  assert.equal(failure?.class, 'client-timeout');
  assert.deepEqual(guard.requests, []);
});

test('all contents that are held have one bound, and give their room back', async (t) => {
  let respond = (): void => {};
  const backend = (response: ServerResponse, before: number): void => {
    if (before === 1) respond = () => response.end('late');
    else response.end('ok');
  };
  const { gateway, orders } = await start(t, { maxSize: 10_000, backend, limits: { heldContent: 8_192 } });
  const large = { method: 'POST', body: 'x'.repeat(8_000) };
  const waiting = new RawClient(t, gateway.port);
  waiting.send(post('content-length: 5000', 'x'.repeat(4_999)));
  assert.equal((await ask(gateway)).status, 200);
  const crowded = await ask(gateway, '/', large);
  assert.equal(crowded.status, 503);
  const { failure } = await gateway.record(1);
  assert.deepEqual([failure?.class, /no room/.test(failure?.message ?? '')], ['authorization-failed', true]);
  // It has been sent: that its response takes its time holds nobody up.
  waiting.send('x');
  await orders.got(2);
  assert.equal((await ask(gateway, '/', large)).status, 200);
  respond();
  await waiting.until(/late/);
  const gone = new RawClient(t, gateway.port);
  gone.send(post('content-length: 8192', 'x'.repeat(8_191)));
  assert.equal((await ask(gateway)).status, 200);
  gone.socket.destroy();
  assert.equal((await gateway.record(5)).status, 499);
  assert.equal((await ask(gateway, '/', large)).status, 200);
});

test('content that comes byte by byte takes no more room than its bytes', async (t) => {
  const { gateway, guard } = await start(t, { maxSize: 4_096, limits: { heldContent: 4_096 } });
  const client = new RawClient(t, gateway.port);
  client.send(post('transfer-encoding: chunked', `${'1\r\nx\r\n'.repeat(4_096)}0\r\n\r\n`));
  assert.match(await client.until(/ok/), /^HTTP\/1\.1 200 /);
  assert.equal(guard.requests[0]?.body, 'x'.repeat(4_096));
});

test('content goes to another endpoint where the first one takes no connection', async (t) => {
  const spare = await startBackend(t);
  const { gateway, orders } = await start(t, {
    ...{ maxSize: 1_000_000, spare: spare.port },
    refuse: ({ endpoint }) => (endpoint.port === spare.port ? connectFailure() : null),
  });
  const body = 'x'.repeat(300_000);
  assert.equal((await ask(gateway, '/', { method: 'POST', body })).status, 200);
  assert.equal(orders.requests[0]?.body === body, true);
  assert.deepEqual(
    gateway.connector.targets
      .filter(({ backend }) => backend.id === 'shop/orders:80')
      .map(({ endpoint }) => endpoint.port === spare.port),
    [true, false],
  );
});

test('copies of a request have all of the content, however much of it is there at once', async (t) => {
  const { gateway, copies } = await start(t, { maxSize: 1_000_000, limits: { mirroredContent: 10 } });
  const body = 'x'.repeat(300_000);
  assert.equal((await ask(gateway, '/', { method: 'POST', body })).status, 200);
  const [copy] = await copies.got(1);
  assert.equal(copy?.body === body, true);
});

test('HTTP/2 clients: all of the content, and a refusal of what is larger', async (t) => {
  const { gateway, guard, orders } = await start(t, { protocol: 'HTTP/2', maxSize: 200_000 });
  const session = connect(`http://127.0.0.1:${gateway.port}`);
  t.after(() => session.destroy());
  const sendTo = async (bytes: number) => {
    const stream = session.request({ ':method': 'POST', ':path': '/', ':authority': 'a.example' });
    stream.on('error', () => {});
    stream.end('x'.repeat(bytes));
    const [headers] = await once(stream, 'response');
    return [headers[':status'], await text(stream)];
  };
  assert.deepEqual(await sendTo(200_000), [200, 'ok']);
  assert.deepEqual([guard.requests[0]?.body.length, orders.requests[0]?.body.length], [200_000, 200_000]);
  assert.deepEqual(await sendTo(200_001), [413, 'the content of the request is too large\n']);
  assert.equal(guard.requests.length, 1);
  const stream = session.request({
    ...{ ':method': 'POST', ':path': '/', ':authority': 'a.example', expect: '100-continue' },
  });
  await once(stream, 'continue');
  stream.end('content');
  assert.equal(await text(stream), 'ok');
  assert.deepEqual([orders.requests[1]?.body, orders.requests[1]?.headers.expect], ['content', undefined]);
});

test('an upgrade has no content that could be awaited', async (t) => {
  const { gateway, guard } = await start(t, { protocol: 'HTTP/2' });
  const session = connect(`http://127.0.0.1:${gateway.port}`);
  t.after(() => session.destroy());
  await once(session, 'remoteSettings');
  const stream = session.request(
    {
      ...{ ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': 'http', ':path': '/', ':authority': 'a.example' },
      'sec-websocket-version': '13',
    },
    { endStream: false },
  );
  const [headers] = await once(stream, 'response');
  assert.equal(headers[':status'], 200, 'the backend answers without an upgrade');
  assert.equal(guard.requests[0]?.body, '');
});
