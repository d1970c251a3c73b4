import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, request } from 'node:http';
import { connect } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { noModification, type Route } from '../../src/model/route.ts';
import { ask } from './ask.ts';
import { listen, RawClient, startGateway } from './gateway.ts';
import {
  anyMatch,
  backend,
  destination,
  endpoints,
  forward,
  listener,
  modelOf,
  modelOfRoutes,
  respond,
  route,
  section,
  virtualHost,
} from './model.ts';

const orders = 'shop/orders:80';

/** A model whose only route forwards to one backend at these ports. */
function toPorts(ports: readonly number[], parts: { routes?: readonly Route[] } = {}) {
  return modelOfRoutes(parts.routes ?? [route('r', forward([destination(orders)]))], {
    backends: [backend(orders)],
    endpoints: [
      endpoints(
        orders,
        ports.map((port) => ['127.0.0.1', port] as const),
      ),
    ],
  });
}

const httpBackend = (t: TestContext, handle: RequestListener): Promise<number> => listen(t, createHttpServer(handle));

/** A backend that answers with what it got. */
const echo: RequestListener = (incoming, response) => {
  void text(incoming).then((body) => {
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify({
        method: incoming.method,
        url: incoming.url,
        headers: incoming.headers,
        body,
        trailers: incoming.trailers,
      }),
    );
  });
};

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

test('filters: headers are set, added and removed on both sides; framing cannot be set', async (t) => {
  const port = await httpBackend(t, (incoming, response) => {
    response.setHeader('x-drop', 'yes');
    response.setHeader('x-set', 'backend');
    response.setHeader('x-seen', JSON.stringify(incoming.headers));
    response.end('ok');
  });
  const requestHeaders = {
    set: [
      { name: 'x-a', value: 'set' },
      { name: 'transfer-encoding', value: 'chunked' },
      { name: 'host', value: 'set.example' },
    ],
    add: [
      { name: 'x-b', value: 'added' },
      { name: 'connection', value: 'x-c' },
    ],
    remove: ['x-d', 'x-forwarded-for'],
  };
  const action = forward(
    [
      {
        ...destination(orders),
        requestHeaders: { ...noModification, set: [{ name: 'x-a', value: 'inner' }] },
        responseHeaders: { ...noModification, set: [{ name: 'x-set', value: 'inner' }] },
      },
    ],
    {
      requestHeaders,
      responseHeaders: {
        set: [{ name: 'x-set', value: 'outer' }],
        add: [{ name: 'x-more', value: '1' }],
        remove: ['x-drop'],
      },
    },
  );
  const gateway = await startGateway(t, toPorts([port], { routes: [route('r', action)] }));
  const { headers } = await ask(gateway, '/', { headers: { 'x-a': 'client', 'x-b': 'client', 'x-d': 'client' } });
  const seen = JSON.parse(String(headers['x-seen']));
  assert.equal(seen['x-a'], 'inner');
  assert.equal(seen['x-b'], 'client, added');
  assert.equal(seen['x-d'], undefined);
  assert.equal(seen['x-forwarded-for'], undefined);
  assert.equal(seen['transfer-encoding'], undefined);
  assert.equal(seen.host, 'set.example');
  assert.equal(headers['x-set'], 'outer');
  assert.equal(headers['x-more'], '1');
  assert.equal(headers['x-drop'], undefined);
});

test('filters: host and path are rewritten', async (t) => {
  const rewrite = { hostname: 'inner.example', path: { type: 'prefix' as const, value: '/new' } };
  const action = forward([destination(orders)], { rewrite });
  const routes = [route('r', action, { ...anyMatch, path: { type: 'prefix', value: '/old' } })];
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)], { routes }));
  const got = JSON.parse((await ask(gateway, '/old/x?y=1')).body);
  assert.equal(got.url, '/new/x?y=1');
  assert.equal(got.headers.host, 'inner.example');
  assert.equal(got.headers['x-forwarded-host'], 'a.example');
});

test('filters: a redirect keeps what it does not name', async (t) => {
  const redirect = { type: 'redirect', status: 301, scheme: 'https', hostname: null, port: 8443, path: null } as const;
  const headers = { ...noModification, add: [{ name: 'x-a', value: '1' }] };
  const gateway = await startGateway(t, modelOfRoutes([route('r', { ...redirect, responseHeaders: headers })]));
  const answer = await ask(gateway, '/a?b=c', { headers: { host: 'a.example:8080' } });
  assert.equal(answer.status, 301);
  assert.equal(answer.headers.location, 'https://a.example:8443/a?b=c');
  assert.equal(answer.headers['x-a'], '1');
  assert.equal(answer.body, '');
});

test('errors are the gateway’s own, short and plain', async (t) => {
  const refused = backend('refused', {
    security: {
      type: 'refused',
      reason: 'InvalidCACertificateRef',
      message: 'ConfigMap shop/ca does not exist',
      origin: backend('x').origin,
    },
  });
  const match = (path: string) => ({ ...anyMatch, path: { type: 'exact' as const, value: path } });
  const broken = { type: 'respond' as const, status: 500, reason: 'BackendNotFound', weight: 1 };
  const routes = [
    route('500', respond(500), match('/invalid')),
    route('d', forward([broken]), match('/broken')),
    route('z', forward([destination('none', 0)]), match('/zero')),
    route('n', forward([destination('none')]), match('/none')),
    route('f', forward([destination('refused')]), match('/refused')),
    route('m', forward([destination('missing')]), match('/missing')),
  ];
  const model = modelOfRoutes(routes, { backends: [refused, backend('none')], endpoints: [endpoints('none', [])] });
  const gateway = await startGateway(t, model);
  const cases = [
    ['/invalid', 500, 'invalid-route'],
    ['/broken', 500, 'invalid-route'],
    ['/zero', 500, 'no-destination'],
    ['/none', 503, 'no-endpoints'],
    ['/refused', 503, 'backend-refused'],
    ['/missing', 503, 'backend-missing'],
    ['/elsewhere', 404, 'no-route'],
    ['/a/../b', 400, 'ambiguous-path'],
  ] as const;
  for (const [index, [path, status, failure]] of cases.entries()) {
    const answer = await ask(gateway, path);
    assert.equal(answer.status, status, path);
    assert.match(String(answer.headers['content-type']), /^text\/plain/);
    assert.match(answer.body, /^[a-z ]+\n$/);
    assert.ok(!answer.body.includes('shop'), 'nothing of the inside is told');
    assert.equal((await gateway.record(index)).failure?.class, failure);
  }
  const { failure, backend: last } = await gateway.record(4);
  assert.match(failure?.message ?? '', /ConfigMap shop\/ca does not exist/);
  assert.equal(failure?.origin?.file, 'routes.yaml');
  assert.equal(last?.service, 'refused');
  const head = await ask(gateway, '/elsewhere', { method: 'HEAD' });
  assert.equal(head.status, 404);
  assert.equal(head.body, '');
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

test('a connection that died idle: the request goes to another one, with its content', async (t) => {
  const sockets: Socket[] = [];
  let served = 0;
  const port = await listen(
    t,
    createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk: Buffer) => {
        // The second request on the first connection finds it closing, as after the backend's idle timeout.
        if (sockets[0] === socket && served > 0) socket.destroy();
        else {
          served += 1;
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-got: ${chunk.length}\r\n\r\nok`);
        }
      });
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  assert.equal((await ask(gateway)).status, 200);
  const again = await ask(gateway, '/', { method: 'PUT', body: 'content' });
  assert.equal(again.status, 200);
  assert.equal(sockets.length, 2);
  assert.equal((await gateway.record(1)).retries, 1);
});

test('a request that may have been acted on is not repeated', async (t) => {
  let requests = 0;
  const port = await listen(
    t,
    createServer((socket) => {
      socket.on('data', () => {
        requests += 1;
        if (requests === 2) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  await ask(gateway);
  const answer = await ask(gateway, '/', { method: 'POST', headers: { 'content-length': '0' } });
  assert.equal(answer.status, 502);
  assert.equal(requests, 2);
  assert.match((await gateway.record(1)).failure?.class ?? '', /^backend-(closed|reset)$/);
});

test('a fresh connection that closes without a response is 502', async (t) => {
  const port = await listen(
    t,
    createServer((socket) => socket.once('data', () => socket.end())),
  );
  const gateway = await startGateway(t, toPorts([port]));
  assert.equal((await ask(gateway)).status, 502);
  assert.equal(gateway.connector.targets.length, 1);
});

test('a response that is not HTTP is 502', async (t) => {
  const port = await listen(
    t,
    createServer((socket) => socket.once('data', () => socket.write('SSH-2.0-x\r\n\r\n'))),
  );
  const gateway = await startGateway(t, toPorts([port]));
  assert.equal((await ask(gateway)).status, 502);
  assert.equal((await gateway.record(0)).failure?.class, 'backend-invalid-response');
});

test('a response that breaks off does not look whole', async (t) => {
  const port = await listen(
    t,
    createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')),
    ),
  );
  const gateway = await startGateway(t, toPorts([port]));
  const client = new RawClient(t, gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  const got = await client.untilClosed();
  assert.match(got, /half/);
  assert.ok(!got.includes('0\r\n\r\n'));
  const record = await gateway.record(0);
  assert.equal(record.status, 200);
  assert.equal(record.failure?.class, 'backend-closed');
});

test('a client that leaves takes its request along', async (t) => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const { promise: there, resolve: arrived } = Promise.withResolvers<void>();
  const port = await listen(
    t,
    createServer((socket) => {
      socket.once('data', () => arrived());
      socket.on('close', () => resolve());
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  const client = new RawClient(t, gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  await there;
  client.socket.destroy();
  await gone;
  const record = await gateway.record(0);
  assert.equal(record.status, 499);
  assert.match(record.failure?.class ?? '', /^client-/);
  assert.equal(gateway.proxy.active, 0);
});

test('timeouts: request and backendRequest answer 504', async (t) => {
  const port = await httpBackend(t, () => {});
  for (const timeouts of [{ request: 20 }, { backendRequest: 20 }]) {
    const routes = [route('r', forward([destination(orders)]), anyMatch, timeouts)];
    const gateway = await startGateway(t, toPorts([port], { routes }));
    assert.equal((await ask(gateway)).status, 504);
    const expected = 'request' in timeouts ? 'request-timeout' : 'backend-timeout';
    assert.equal((await gateway.record(0)).failure?.class, expected);
  }
});

test('timeouts: a response that is not whole in time is broken off', async (t) => {
  const port = await httpBackend(t, (_, response) => response.write('begin'));
  const routes = [route('r', forward([destination(orders)]), anyMatch, { request: 30 })];
  const gateway = await startGateway(t, toPorts([port], { routes }));
  const client = new RawClient(t, gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  const got = await client.untilClosed();
  assert.match(got, /begin/);
  assert.ok(!got.endsWith('0\r\n\r\n'));
});

test('a backend that stays silent is given up', async (t) => {
  const gateway = await startGateway(t, toPorts([await httpBackend(t, () => {})]), { limits: { backendSilence: 50 } });
  assert.equal((await ask(gateway)).status, 504);
});

test('back-pressure: a client that does not read stops the backend, and gets everything once it does', async (t) => {
  const size = 64 * 1024 * 1024;
  let written = 0;
  const port = await httpBackend(t, (_, response) => {
    const chunk = Buffer.alloc(65_536, 0x61);
    const pump = (): void => {
      while (written < size) {
        written += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', pump);
          return;
        }
      }
      response.end();
    };
    pump();
  });
  const gateway = await startGateway(t, toPorts([port]));
  const sent = request({ port: gateway.port, host: '127.0.0.1', headers: { host: 'a.example' }, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.pause();
  // Until nothing moves any more: what is written stays the same over many turns.
  let before = -1;
  for (let same = 0; same < 50; ) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    same = written === before ? same + 1 : 0;
    before = written;
  }
  assert.ok(written < size, `${written} bytes were buffered`);
  let got = 0;
  response.on('data', (chunk: Buffer) => {
    got += chunk.length;
  });
  response.resume();
  await once(response, 'end');
  assert.equal(got, size);
});

test('back-pressure: a backend that does not read stops the client', async (t) => {
  const { promise: opened, resolve } = Promise.withResolvers<Socket>();
  const port = await listen(
    t,
    createServer((socket) => {
      socket.pause();
      resolve(socket);
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  const size = 32 * 1024 * 1024;
  const client = new RawClient(t, gateway.port);
  client.send(`POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: ${size}\r\n\r\n`);
  client.socket.write(Buffer.alloc(size));
  const socket = await opened;
  let before = -1;
  for (let same = 0; same < 50; ) {
    await new Promise((done) => setTimeout(done, 2));
    same = client.socket.writableLength === before ? same + 1 : 0;
    before = client.socket.writableLength;
  }
  assert.ok(client.socket.writableLength > 0, 'the client could send everything');
  let got = 0;
  socket.on('data', (chunk: Buffer) => {
    got += chunk.length;
    if (got > size) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  socket.resume();
  assert.match(await client.until(/ok$/), /^HTTP\/1\.1 200 /);
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

test('Max-Forwards of OPTIONS counts down and ends at the gateway', async (t) => {
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)]));
  const options = async (hops: string) => ask(gateway, '/', { method: 'OPTIONS', headers: { 'max-forwards': hops } });
  assert.equal(JSON.parse((await options('2')).body).headers['max-forwards'], '1');
  const last = await options('0');
  assert.equal(last.status, 200);
  assert.equal(last.body, '');
  const get = await ask(gateway, '/', { headers: { 'max-forwards': '0' } });
  assert.equal(JSON.parse(get.body).headers['max-forwards'], '0');
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

test('HTTP/2 clients: a broken response is a reset stream', async (t) => {
  const port = await listen(
    t,
    createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')),
    ),
  );
  const gateway = await startGateway(t, toPorts([port]), { protocol: 'HTTP/2' });
  const session = connect(`http://127.0.0.1:${gateway.port}`);
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/', ':authority': 'a.example' });
  await assert.rejects(text(stream));
  assert.notEqual(stream.rstCode, 0);
});

test('a misdirected request is 421', async (t) => {
  const routes = [route('r', respond(500))];
  const sections = [section('one', 'a.example', ['a']), section('two', 'b.example', [])];
  const model = modelOf({
    listeners: [listener('l', 'HTTPS', sections)],
    virtualHosts: [virtualHost('a', 'a.example', routes)],
    routes,
  });
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', serverName: 'b.example' };
  const gateway = await startGateway(t, model, { tls });
  assert.equal((await ask(gateway)).status, 421);
  assert.equal((await ask(gateway, '/', { headers: { host: 'b.example' } })).status, 404);
});

test('an HTTP/1.0 request without a host is served by a section for every host', async (t) => {
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)]));
  const client = new RawClient(t, gateway.port);
  client.send('GET /old HTTP/1.0\r\n\r\n');
  const got = await client.untilClosed();
  assert.match(got, / 200 /);
  assert.ok(!got.includes('x-forwarded-host'));
});

test('a response that the route states is sent as it is, and is no failure', async (t) => {
  const direct = { type: 'respond', status: 418, reason: 'DirectResponse', content: 'short and stout' } as const;
  const gateway = await startGateway(t, modelOfRoutes([route('r', direct)], { backends: [], endpoints: [] }));
  const { status, body } = await ask(gateway);
  assert.deepEqual([status, body], [418, 'short and stout']);
  assert.equal((await gateway.record(0)).failure, null);
});

test('a response that the route states has no content where its status allows none', async (t) => {
  const direct = { type: 'respond', status: 204, reason: 'DirectResponse', content: 'nothing' } as const;
  const gateway = await startGateway(t, modelOfRoutes([route('r', direct)], { backends: [], endpoints: [] }));
  const client = new RawClient(t, gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\nGET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  const text = await client.until(/(?:HTTP\/1\.1 204 [\s\S]*){2}\r\n\r\n$/);
  assert.doesNotMatch(text, /nothing|content-length/i);
});

test('a route that says so waits less long for a byte than the gateway would', async (t) => {
  const silent = await httpBackend(t, () => {});
  const routed = route('r', forward([destination(orders)]), anyMatch, {
    request: null,
    backendRequest: null,
    idle: 20,
  });
  const gateway = await startGateway(t, toPorts([silent], { routes: [routed] }));
  assert.equal((await ask(gateway)).status, 504);
  assert.equal((await gateway.record(0)).failure?.class, 'backend-timeout');
});

test('headers may depend on the request, and so may the Host', async (t) => {
  const port = await httpBackend(t, echo);
  const requestHeaders = {
    ...noModification,
    set: [
      { name: 'x-client', value: '', parts: ['from ', { type: 'client-address' }] },
      { name: 'x-first', value: '', parts: [{ type: 'header', names: ['x-none', 'x-a'], maxLength: 3 }] },
      { name: 'x-path', value: '', parts: [{ type: 'header', names: [':path'], maxLength: null }] },
      { name: 'x-absent', value: '', parts: [{ type: 'tls-version' }] },
      { name: 'content-length', value: '', parts: ['7'] },
    ],
  } as const;
  const action = forward([destination(orders)], {
    requestHeaders,
    rewrite: { hostname: null, path: null, hostnameFrom: 'x-host' },
  });
  const gateway = await startGateway(t, toPorts([port], { routes: [route('r', action)] }));
  const headersOf = async (headers: Readonly<Record<string, string>>) =>
    JSON.parse((await ask(gateway, '/p?q', { headers })).body).headers;
  const seen = await headersOf({ 'x-a': 'abcdef', 'x-absent': 'client', 'x-host': 'other.example:8080' });
  assert.deepEqual(
    [seen['x-client'], seen['x-first'], seen['x-path'], seen['x-absent'], seen.host, seen['content-length']],
    ['from 127.0.0.1', 'abc', '/p?q', undefined, 'other.example:8080', undefined],
  );
  assert.equal((await headersOf({ 'x-host': 'no host' })).host, (await headersOf({})).host);
});

test('a route serves the clients that it is for', async (t) => {
  const port = await httpBackend(t, echo);
  const statusFor = async (clients: Route['clients']): Promise<number> => {
    const routed = { ...route('r', forward([destination(orders)])), ...(clients === undefined ? {} : { clients }) };
    const gateway = await startGateway(t, toPorts([port], { routes: [routed] }));
    const { status } = await ask(gateway);
    if (status === 403) assert.equal((await gateway.record(0)).failure?.class, 'client-not-allowed');
    return status;
  };
  assert.equal(await statusFor(undefined), 200);
  assert.equal(await statusFor({ type: 'allow', ranges: ['10.0.0.0/8', '127.0.0.0/8'] }), 200);
  assert.equal(await statusFor({ type: 'allow', ranges: ['10.0.0.0/8', '::1/128'] }), 403);
  assert.equal(await statusFor({ type: 'deny', ranges: ['127.0.0.1/32'] }), 403);
  assert.equal(await statusFor({ type: 'deny', ranges: ['127.0.0.2/32', '::/0'] }), 200);
});
