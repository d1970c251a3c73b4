import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import type { ConsistentHash, CookieAttributes, HashKey, LoadBalancing } from '../../src/model/balancing.ts';
import type { Model } from '../../src/model/model.ts';
import type { Forward } from '../../src/model/route.ts';
import { type Answer, type Asking, ask } from './ask.ts';
import { modelTo } from './features.ts';
import { type Gateway, type GatewayOptions, listen, startGateway } from './gateway.ts';
import { destination, forward, route } from './model.ts';

const orders = 'shop/orders:80';
const session: CookieAttributes = { path: '/', maxAge: null, httpOnly: true, secure: 'auto', sameSite: null };
const cookie: HashKey = { type: 'cookie', name: 'session', issue: session };

/** Backends that answer with their letter. */
async function letters(
  t: TestContext,
  handle: (letter: string) => RequestListener = plain,
): Promise<readonly number[]> {
  const ports: number[] = [];
  for (const letter of 'abcdef') ports.push(await listen(t, createServer(handle(letter))));
  return ports;
}

const plain =
  (letter: string): RequestListener =>
  (_, response) =>
    response.end(letter);

const hashing = (...keys: readonly HashKey[]): ConsistentHash => ({ type: 'consistent-hash', keys });

const modelWith = (ports: readonly number[], balancing: LoadBalancing, parts: Partial<Forward> = {}): Model =>
  modelTo([route('r', forward([destination(orders)], { balancing, ...parts }))], { [orders]: ports });

async function start(t: TestContext, balancing: LoadBalancing, options: GatewayOptions = {}): Promise<Gateway> {
  return startGateway(t, modelWith(await letters(t), balancing), options);
}

/** Letters of several equal requests, each once. */
async function reached(gateway: Gateway, path: string, asking: Asking = {}, count = 8): Promise<string> {
  const found = new Set<string>();
  for (let index = 0; index < count; index += 1) found.add((await ask(gateway, path, asking)).body);
  return [...found].sort().join('');
}

/** Whether many values reach most of the endpoints. That forty reach all six is likely and not certain, since ports are part of it. */
async function isSpread(ask: (value: number) => Promise<Answer>): Promise<boolean> {
  const found = new Set<string>();
  for (let value = 0; value < 40; value += 1) found.add((await ask(value)).body);
  return found.size >= 4;
}

test('consistent hash of a header: the same value, the same endpoint; without the header each in its turn', async (t) => {
  const gateway = await start(t, hashing({ type: 'header', name: 'x-user' }));
  for (const user of ['alice', 'bob']) {
    assert.equal((await reached(gateway, '/', { headers: { 'x-user': user } })).length, 1);
  }
  assert.ok(await isSpread((value) => ask(gateway, '/', { headers: { 'x-user': `${value}` } })));
  assert.equal(await reached(gateway, '/'), 'abcdef');
});

test('consistent hash of a query parameter, the path, the host', async (t) => {
  const byQuery = await start(t, hashing({ type: 'query-parameter', name: 'cart' }));
  assert.equal((await reached(byQuery, '/a?x=1&cart=7')).length, 1);
  assert.equal(
    await reached(byQuery, '/b?cart=7&cart=8'),
    await reached(byQuery, '/a?cart=7'),
    'the first value counts',
  );
  assert.ok(await isSpread((value) => ask(byQuery, `/?cart=${value}`)));

  const byPath = await start(t, hashing({ type: 'path' }));
  assert.equal(await reached(byPath, '/films/1?a'), await reached(byPath, '/films/1?b'));
  assert.ok(await isSpread((value) => ask(byPath, `/films/${value}`)));

  const byHost = await start(t, hashing({ type: 'host' }));
  const headers = { host: 'b.example:8080' };
  assert.equal(
    await reached(byHost, '/', { headers }),
    await reached(byHost, '/x', { headers: { host: 'b.example' } }),
  );
  assert.ok(await isSpread((value) => ask(byHost, '/', { headers: { host: `${value}.example` } })));
});

test('consistent hash of the source address: without its port', async (t) => {
  const gateway = await start(t, hashing({ type: 'source-address' }));
  assert.equal((await reached(gateway, '/')).length, 1, 'each request has a connection of its own');
});

test('several keys count together, up to one that is terminal', async (t) => {
  const gateway = await start(
    t,
    hashing(
      { type: 'header', name: 'x-user', terminal: true },
      { type: 'query-parameter', name: 'cart' },
      { type: 'path' },
    ),
  );
  const one = { headers: { 'x-user': 'alice' } };
  assert.equal(
    await reached(gateway, '/a?cart=1', one),
    await reached(gateway, '/b?cart=2', one),
    'the rest is not looked at',
  );
  assert.equal((await reached(gateway, '/a?cart=1')).length, 1);
  assert.ok(await isSpread((value) => ask(gateway, `/a?cart=${value}`)));
  assert.ok(await isSpread((value) => ask(gateway, `/${value}?cart=1`)), 'the path counts beside it');
});

test('a session begins with a cookie that says nothing, and stays where it is', async (t) => {
  const gateway = await start(t, hashing(cookie));
  const first = await ask(gateway);
  const [issued = ''] = first.headers['set-cookie'] ?? [];
  assert.match(issued, /^session=[0-9a-f]{32}; Path=\/; HttpOnly$/);
  const headers = { cookie: `other=1; ${issued.split(';')[0]}; session=later` };
  for (let index = 0; index < 8; index += 1) {
    const { body, headers: got } = await ask(gateway, '/', { headers });
    assert.equal(body, first.body);
    assert.equal(got['set-cookie'], undefined, 'who has one gets no other');
  }
  const quoted = { cookie: `session="${issued.split(';')[0]?.slice('session='.length)}"` };
  assert.equal((await ask(gateway, '/', { headers: quoted })).body, first.body);
  assert.ok(await isSpread(() => ask(gateway)), 'each session has its own endpoint');
});

test('the attributes of the cookie, and what comes beside it', async (t) => {
  const ports = await letters(t, () => (_, response) => {
    response.setHeader('set-cookie', 'theirs=1');
    response.end();
  });
  const issue: CookieAttributes = { path: '/shop', maxAge: 3_600, httpOnly: false, secure: true, sameSite: 'Strict' };
  const key: HashKey = { type: 'cookie', name: 'session', issue };
  const gateway = await startGateway(t, modelWith(ports, hashing(key)));
  const [theirs, ours] = (await ask(gateway)).headers['set-cookie'] ?? [];
  assert.equal(theirs, 'theirs=1');
  assert.match(ours ?? '', /^session=[0-9a-f]{32}; Path=\/shop; Max-Age=3600; Secure; SameSite=Strict$/);
  // What the route edits of responses comes after it.
  const responseHeaders = { set: [], add: [], remove: ['set-cookie'] };
  gateway.update(modelWith(ports, hashing(key), { responseHeaders }));
  assert.equal((await ask(gateway)).headers['set-cookie'], undefined);
  const bad: HashKey = { type: 'cookie', name: 'session', issue: { ...issue, path: '/; Domain=evil' } };
  gateway.update(modelWith(ports, hashing(bad)));
  assert.deepEqual((await ask(gateway)).headers['set-cookie'], ['theirs=1'], 'nothing is smuggled into a cookie');
});

test('a cookie is Secure of itself where the client came over TLS', async (t) => {
  const tls = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', serverName: '' };
  const gateway = await start(t, hashing(cookie), { tls });
  assert.match((await ask(gateway)).headers['set-cookie']?.[0] ?? '', /; Secure; HttpOnly$/);
});

test("a client's own cookie counts without being issued", async (t) => {
  const gateway = await start(t, hashing({ type: 'cookie', name: 'cart' }));
  assert.equal((await reached(gateway, '/', { headers: { cookie: 'cart=7' } })).length, 1);
  const without = await ask(gateway);
  assert.equal(without.headers['set-cookie'], undefined);
  assert.equal(await reached(gateway, '/'), 'abcdef');
});

test('another attempt goes to the second choice of its key, the same one each time', async (t) => {
  const asked: string[] = [];
  const ports = await letters(t, (letter) => (_, response) => {
    asked.push(letter);
    response.statusCode = asked.length % 2 === 1 ? 503 : 200;
    response.end(letter);
  });
  const retry = { attempts: 1, codes: [503], backoff: 1 };
  const gateway = await startGateway(t, modelWith(ports, hashing({ type: 'header', name: 'x-user' }), { retry }));
  for (let index = 0; index < 4; index += 1) {
    assert.equal((await ask(gateway, '/', { headers: { 'x-user': 'alice' } })).status, 200);
  }
  const [first, second] = asked as [string, string];
  assert.notEqual(first, second);
  assert.deepEqual(asked, [first, second, first, second, first, second, first, second]);
});

test('random reaches all; a destination may have its own way beside that of its route', async (t) => {
  const ports = await letters(t);
  const gateway = await startGateway(t, modelWith(ports, { type: 'random' }));
  assert.equal(await reached(gateway, '/', {}, 80), 'abcdef');
  const own = { ...destination(orders), balancing: hashing({ type: 'path' }) };
  gateway.update(modelTo([route('r', forward([own], { balancing: { type: 'random' } }))], { [orders]: ports }));
  assert.equal((await reached(gateway, '/')).length, 1);
});

test('least request: who is busy with slow requests gets fewer', async (t) => {
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let waiting = 0;
  const ports = (
    await letters(t, (letter) => (request, response) => {
      if (request.url !== '/slow') return void response.end(letter);
      waiting += 1;
      void held.then(() => response.end(letter));
    })
  ).slice(0, 2);
  const gateway = await startGateway(t, modelWith(ports, { type: 'least-request' }));
  const slow = [ask(gateway, '/slow')];
  while (waiting < 1) await new Promise((resolve) => setImmediate(resolve));
  const free = await reached(gateway, '/');
  assert.equal(free.length, 1, 'all go to the one that has nothing to do');
  release();
  assert.notEqual((await slow[0])?.body, free);
});
