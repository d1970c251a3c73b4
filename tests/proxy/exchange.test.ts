import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ask } from './ask.ts';
import { echo, httpBackend, orders, toPorts } from './backends.ts';
import { listen, RawClient, startGateway } from './gateway.ts';
import { backend, destination, endpoints, forward, modelOfRoutes, route } from './model.ts';

test('a request goes to the backend and its response comes back', async (t) => {
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)]));
  const { status, headers, body } = await ask(gateway, '/a//b?c=d', { method: 'POST', body: 'content' });
  assert.equal(status, 200);
  assert.ok(headers.date);
  const got = JSON.parse(body);
  assert.equal(got.method, 'POST');
  assert.equal(got.url, '/a//b?c=d', 'no byte of the target changes');
  assert.equal(got.body, 'content');
  assert.equal(got.headers.host, 'a.example');
  const record = await gateway.record(0);
  assert.equal(record.status, 200);
  assert.equal(record.requestBytes, 7);
  assert.equal(record.responseBytes, body.length);
  assert.equal(record.backend?.service, orders);
  assert.equal(record.backend?.protocol, 'HTTP/1.1');
  assert.equal(record.route?.name, 'web');
  assert.equal(record.failure, null);
  assert.equal(record.requestId, got.headers['x-request-id']);
});

test('forwarded fields: the address is appended, the rest replaced', async (t) => {
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)]));
  const { body } = await ask(gateway, '/', {
    headers: {
      'x-forwarded-for': ['1.1.1.1', '2.2.2.2'],
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil.example',
      'x-request-id': 'forged',
    },
  });
  const { headers } = JSON.parse(body);
  assert.equal(headers['x-forwarded-for'], '1.1.1.1, 2.2.2.2, 127.0.0.1');
  assert.equal(headers['x-forwarded-proto'], 'http');
  assert.equal(headers['x-forwarded-host'], 'a.example');
  assert.match(headers['x-request-id'], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  const plain = JSON.parse((await ask(gateway)).body);
  assert.equal(plain.headers['x-forwarded-for'], '127.0.0.1');
});

test('weights are shares, exact over few requests', async (t) => {
  const ports = [await httpBackend(t, (_, r) => r.end('a')), await httpBackend(t, (_, r) => r.end('b'))] as const;
  const routes = [route('r', forward([destination('a', 3), destination('b', 1), destination('off', 0)]))];
  const gateway = await startGateway(
    t,
    modelOfRoutes(routes, {
      backends: [backend('a'), backend('b'), backend('off')],
      endpoints: [endpoints('a', [['127.0.0.1', ports[0]]]), endpoints('b', [['127.0.0.1', ports[1]]])],
    }),
  );
  const counts = { a: 0, b: 0 };
  for (let index = 0; index < 40; index += 1) counts[(await ask(gateway)).body as 'a' | 'b'] += 1;
  assert.ok(Math.abs(counts.a - 30) <= 1, JSON.stringify(counts));
});

test('trailers, informational responses and early hints pass', async (t) => {
  const port = await httpBackend(t, (incoming, response) => {
    response.writeEarlyHints({ link: '</a.css>; rel=preload' });
    response.writeHead(200, { trailer: 'x-sum' });
    incoming.resume();
    incoming.on('end', () => {
      response.write('body');
      response.addTrailers({ 'x-sum': incoming.trailers['x-in'] ?? 'none' });
      response.end();
    });
  });
  const gateway = await startGateway(t, toPorts([port]));
  const client = new RawClient(t, gateway.port);
  client.send(
    'POST / HTTP/1.1\r\nhost: a.example\r\nte: trailers\r\nconnection: te\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-in: 7\r\n\r\n',
  );
  const got = await client.until(/x-sum: .*\r\n\r\n$/);
  assert.match(got, /^HTTP\/1\.1 103 [^\r]*\r\nlink: <\/a\.css>; rel=preload\r\n\r\nHTTP\/1\.1 200 /i);
  assert.match(got, /x-sum: 7/);
});

test('100-continue: the backend says when the content may come', async (t) => {
  const server = createHttpServer();
  server.on('checkContinue', (incoming: IncomingMessage, response) => {
    if (incoming.url === '/no') {
      response.writeHead(417).end();
      return;
    }
    response.writeContinue();
    echo(incoming, response);
  });
  const gateway = await startGateway(t, toPorts([await listen(t, server)]));
  const client = new RawClient(t, gateway.port);
  client.send('PUT /yes HTTP/1.1\r\nhost: a.example\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n');
  assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 100 /);
  client.send('hi');
  assert.match(await client.until(/"body":"hi"/), /HTTP\/1\.1 200 /);
  const other = new RawClient(t, gateway.port);
  other.send('PUT /no HTTP/1.1\r\nhost: a.example\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n');
  assert.match(await other.until(/\r\n\r\n/), /^HTTP\/1\.1 417 /);
});

test('connections are kept, and the last one used is used next', async (t) => {
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)]));
  for (let index = 0; index < 5; index += 1) await ask(gateway);
  assert.equal(gateway.connector.targets.length, 1);
  const reused = await Promise.all([0, 1].map((index) => gateway.record(index)));
  assert.deepEqual(
    reused.map((record) => record.backend?.reused),
    [false, true],
  );
  const [pool] = gateway.proxy.snapshot().pools;
  assert.deepEqual([pool?.idle, pool?.active], [1, 0]);
});

test('a response before the request’s end is passed on', async (t) => {
  const port = await listen(
    t,
    createServer((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig')),
    ),
  );
  const gateway = await startGateway(t, toPorts([port]));
  const client = new RawClient(t, gateway.port);
  client.send('POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 1000\r\n\r\npart');
  assert.match(await client.until(/big$/), /^HTTP\/1\.1 413 /);
  assert.equal((await gateway.record(0)).status, 413);
});

test('HTTP/2 clients: content, trailers and several streams of one connection', async (t) => {
  const port = await httpBackend(t, (incoming, response) => {
    void text(incoming).then((body) => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.write(`${incoming.url} ${body} ${incoming.headers.host}`);
      response.addTrailers({ 'x-sum': String(incoming.trailers['x-in']) });
      response.end();
    });
  });
  const gateway = await startGateway(t, toPorts([port]), { protocol: 'HTTP/2' });
  const session = connect(`http://127.0.0.1:${gateway.port}`);
  t.after(() => session.destroy());
  const answers = [0, 1, 2].map(async (index) => {
    const stream = session.request(
      { ':method': 'POST', ':path': `/${index}`, ':authority': 'a.example', te: 'trailers' },
      { waitForTrailers: true },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'x-in': String(index) }));
    const trailers = once(stream, 'trailers');
    stream.end('content');
    assert.equal(await text(stream), `/${index} content a.example`);
    assert.equal((await trailers)[0]['x-sum'], String(index));
  });
  await Promise.all(answers);
  assert.equal((await gateway.record(0)).protocol, 'HTTP/2');
});

test('an HTTP/1.0 request without a host is served by a section for every host', async (t) => {
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)]));
  const client = new RawClient(t, gateway.port);
  client.send('GET /old HTTP/1.0\r\n\r\n');
  const got = await client.untilClosed();
  assert.match(got, / 200 /);
  assert.ok(!got.includes('x-forwarded-host'));
});
