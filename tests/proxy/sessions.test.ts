import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import { type TestContext, test } from 'node:test';
import { HealthTable } from '../../src/dataplanes/node/health/health-table.ts';
import type { CookieAttributes } from '../../src/model/balancing.ts';
import type { Model } from '../../src/model/model.ts';
import type { Destination, Forward } from '../../src/model/route.ts';
import type { SessionCarrier, SessionPersistence } from '../../src/model/session.ts';
import { type Answer, ask } from './ask.ts';
import { modelTo } from './features.ts';
import { connectFailure, type Gateway, listen, RawClient, startGateway } from './gateway.ts';
import { anyMatch, destination, forward, route } from './model.ts';

const orders = 'shop/orders:80';
const billing = 'shop/billing:80';
const webSocketGuid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const attributes: CookieAttributes = { path: '/', maxAge: null, httpOnly: true, secure: 'auto', sameSite: 'Strict' };
const cookie: SessionCarrier = { type: 'cookie', name: 'session', attributes };
const header: SessionCarrier = { type: 'header', name: 'x-session' };

const sessionsOf = (parts: Partial<SessionPersistence> = {}, name = 'HTTPRoute/shop/web#0'): SessionPersistence => ({
  carrier: cookie,
  absoluteTimeout: null,
  scope: { name, uid: '6a3f0b52-5a0c-4a51-9a52-000000000001' },
  ...parts,
});

/** Backends that answer with their letter. */
async function letters(
  t: TestContext,
  of: string,
  handle: (letter: string) => RequestListener = plain,
): Promise<number[]> {
  const ports: number[] = [];
  for (const letter of of) ports.push(await listen(t, createServer(handle(letter))));
  return ports;
}

const plain =
  (letter: string): RequestListener =>
  (_, response) =>
    response.end(letter);

function modelWith(
  ports: Readonly<Record<string, readonly number[]>>,
  sessions = sessionsOf(),
  destinations: readonly Destination[] = [destination(orders)],
  parts: Partial<Forward> = {},
): Model {
  return modelTo([route('r', forward(destinations, { sessions, ...parts }))], ports);
}

/** The cookie that a response sets, as a client sends it back; empty where it sets none. */
function cookieOf({ headers }: Answer, name = 'session'): string {
  const issued = (headers['set-cookie'] ?? []).map((each) => each.split(';')[0] ?? '');
  return issued.find((each) => each.startsWith(`${name}=`)) ?? '';
}

const withCookie = (sent: string) => ({ headers: { cookie: sent } });

/** The letters of several requests of one session, each once. Nobody in a session is given another token. */
async function stays(gateway: Gateway, sent: string, path = '/', count = 12): Promise<string> {
  const found = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const answer = await ask(gateway, path, withCookie(sent));
    assert.equal(answer.headers['set-cookie'], undefined, 'the session goes on as it is');
    found.add(answer.body);
  }
  return [...found].sort().join('');
}

test('a session begins with a cookie and stays at its endpoint, whatever endpoints come', async (t) => {
  const ports = await letters(t, 'abcdef');
  const gateway = await startGateway(t, modelWith({ [orders]: ports.slice(0, 3) }));
  const first = await ask(gateway);
  const [issued = ''] = first.headers['set-cookie'] ?? [];
  assert.match(issued, /^session=[A-Za-z0-9_-]{24}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal(await stays(gateway, cookieOf(first)), first.body);
  assert.equal(await stays(gateway, `a=b; session=; ${cookieOf(first)}; c=d`), first.body);
  gateway.update(modelWith({ [orders]: [...ports].reverse() }));
  assert.equal(await stays(gateway, cookieOf(first)), first.body);
  const others = new Set<string>();
  for (let index = 0; index < 6; index += 1) others.add((await ask(gateway)).body);
  assert.equal(others.size, 6, 'sessions begin everywhere in turn');
});

test('a session whose endpoint is gone begins anew at another, and says so', async (t) => {
  const ports = await letters(t, 'abc');
  const gateway = await startGateway(t, modelWith({ [orders]: ports }));
  const first = await ask(gateway);
  const left = ports.filter((_, index) => 'abc'[index] !== first.body);
  gateway.update(modelWith({ [orders]: left }));
  const moved = await ask(gateway, '/', withCookie(cookieOf(first)));
  assert.notEqual(moved.body, first.body);
  assert.notEqual(cookieOf(moved), cookieOf(first));
  assert.equal(await stays(gateway, cookieOf(moved)), moved.body);
});

test('an endpoint that takes no connection loses its sessions to one that does', async (t) => {
  const ports = await letters(t, 'ab');
  let refused = 0;
  const gateway = await startGateway(t, modelWith({ [orders]: ports }), {
    refuse: ({ endpoint }) => (endpoint.port === refused ? connectFailure() : null),
  });
  const first = await ask(gateway, '/', { headers: { connection: 'close' } });
  refused = ports['ab'.indexOf(first.body)] ?? 0;
  gateway.update(modelWith({ [orders]: [] }));
  gateway.update(modelWith({ [orders]: ports }));
  const moved = await ask(gateway, '/', withCookie(cookieOf(first)));
  assert.equal(moved.status, 200);
  assert.notEqual(moved.body, first.body);
  assert.equal(await stays(gateway, cookieOf(moved)), moved.body);
});

test('an endpoint that health checks call unhealthy loses its sessions', async (t) => {
  const ports = await letters(t, 'ab');
  const health = new HealthTable();
  const model = modelWith({ [orders]: ports });
  const check = {
    ...{ type: 'tcp', interval: 5_000, timeout: 2_000, unhealthyThreshold: 3, healthyThreshold: 2 },
    ...{ panicThreshold: 0, origin: model.backends[orders]?.origin },
  } as const;
  const checked = { ...model, backends: { [orders]: { ...model.backends[orders], healthCheck: check } } } as Model;
  const gateway = await startGateway(t, checked, { health });
  const [backend] = Object.values(checked.backends);
  assert.ok(backend);
  const judge = (letter: string, healthy: boolean): void => {
    const port = ports['ab'.indexOf(letter)] ?? 0;
    health.record([{ backend: backend.id, address: '127.0.0.1', port, healthy, cause: '' }]);
    gateway.proxy.refreshHealth(orders);
  };
  judge('a', true);
  judge('b', true);
  const first = await ask(gateway);
  judge(first.body, false);
  const moved = await ask(gateway, '/', withCookie(cookieOf(first)));
  assert.notEqual(moved.body, first.body);
  assert.notEqual(cookieOf(moved), '');
});

test('a session stays at its backend of a split, even at one of weight zero, and even where its endpoint is gone', async (t) => {
  const of = { [orders]: await letters(t, 'ab'), [billing]: await letters(t, 'xy') };
  const split = (left: number, right: number) => [destination(orders, left), destination(billing, right)];
  const gateway = await startGateway(t, modelWith(of, sessionsOf(), split(1, 1)));
  const begun = new Map<string, string>();
  for (let index = 0; index < 8; index += 1) {
    const answer = await ask(gateway);
    begun.set(answer.body, cookieOf(answer));
  }
  assert.equal([...begun.keys()].sort().join(''), 'abxy');
  for (const [letter, sent] of begun) assert.equal(await stays(gateway, sent), letter);
  gateway.update(modelWith(of, sessionsOf(), split(0, 1)));
  assert.equal(await stays(gateway, begun.get('a') ?? ''), 'a');
  assert.match((await ask(gateway)).body, /[xy]/, 'and nothing begins there');
  gateway.update(modelWith({ ...of, [billing]: of[billing].slice(1) }, sessionsOf(), split(9, 1)));
  for (let index = 0; index < 6; index += 1) {
    assert.equal((await ask(gateway, '/', withCookie(begun.get('x') ?? ''))).body, 'y', 'the backend is the same');
  }
  gateway.update(modelWith({ ...of, [billing]: [] }, sessionsOf(), split(1, 0)));
  assert.match(
    (await ask(gateway, '/', withCookie(begun.get('x') ?? ''))).body,
    /[ab]/,
    'where nothing is left, elsewhere',
  );
});

test('the same backend twice in a split: the session stays with its own filters', async (t) => {
  const set = (value: string) => ({ set: [{ name: 'x-share', value }], add: [], remove: [] });
  const twice = ['one', 'two'].map((value) => ({ ...destination(orders), responseHeaders: set(value) }));
  const gateway = await startGateway(t, modelWith({ [orders]: await letters(t, 'a') }, sessionsOf(), twice));
  for (let index = 0; index < 4; index += 1) {
    const first = await ask(gateway);
    for (let again = 0; again < 4; again += 1) {
      const answer = await ask(gateway, '/', withCookie(cookieOf(first)));
      assert.equal(answer.headers['x-share'], first.headers['x-share']);
    }
  }
});

test('rules do not share sessions, and do not take each other the cookie that they share', async (t) => {
  const ports = await letters(t, 'abcd');
  const ruleAt = (path: string, rule: number) =>
    route(path, forward([destination(orders)], { sessions: sessionsOf({}, `HTTPRoute/shop/web#${rule}`) }), {
      ...anyMatch,
      path: { type: 'prefix', value: path },
    });
  const gateway = await startGateway(t, modelTo([ruleAt('/a', 0), ruleAt('/b', 1)], { [orders]: ports }));
  const atA = await ask(gateway, '/a');
  const atB = await ask(gateway, '/b', withCookie(cookieOf(atA)));
  assert.notEqual(atB.body, atA.body, 'in its turn, as any session that begins');
  const both = cookieOf(atB);
  assert.match(both, /^session=[\w-]{24}\.[\w-]{24}$/);
  assert.equal(await stays(gateway, both, '/a'), atA.body);
  assert.equal(await stays(gateway, both, '/b'), atB.body);
  // Two cookies of the name, as clients send those of several paths.
  assert.equal(await stays(gateway, `${cookieOf(atB)}; ${cookieOf(atA)}`, '/a'), atA.body);
});

test('what others left in the cookie is passed on only where it could be a token, and only so much of it', async (t) => {
  const gateway = await startGateway(t, modelWith({ [orders]: await letters(t, 'a') }));
  const foreign = (letter: string) => letter.repeat(24);
  const sent = `session=${['<b>', foreign('x'), 'short', foreign('y')].join('.')}`;
  const [own, ...others] = cookieOf(await ask(gateway, '/', withCookie(sent)))
    .slice('session='.length)
    .split('.');
  assert.match(own ?? '', /^[\w-]{24}$/);
  assert.deepEqual(others, [foreign('x'), foreign('y')]);
  const twice = `session=${foreign('x')}; session=${foreign('x')}`;
  assert.equal(cookieOf(await ask(gateway, '/', withCookie(twice))).split('.').length, 2);
  const many = `session=${Array.from({ length: 50 }, (_, index) => String(index).padStart(24, 'z')).join('.')}`;
  assert.equal(cookieOf(await ask(gateway, '/', withCookie(many))).split('.').length, 8);
});

test('a token that somebody made up, changed, or took from another route leads nowhere', async (t) => {
  const ports = await letters(t, 'abc');
  const gateway = await startGateway(t, modelWith({ [orders]: ports }));
  const token = cookieOf(await ask(gateway));
  const changed = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A');
  const stranger = await startGateway(t, modelWith({ [orders]: ports }, sessionsOf({}, 'HTTPRoute/shop/other#0')));
  const others = cookieOf(await ask(stranger));
  const decoded = Buffer.from(token.slice('session='.length), 'base64url').toString('latin1');
  assert.ok(!decoded.includes('127.0.0.1') && !decoded.includes(String(ports[0])), 'nothing tells the address');
  const forged = `session=${Buffer.from('127.0.0.1:22 and so').toString('base64url').slice(0, 24)}`;
  for (const sent of [changed, others, forged, `${token}A`, 'session=']) {
    const answer = await ask(gateway, '/', withCookie(sent));
    assert.equal(answer.status, 200);
    assert.notEqual(cookieOf(answer), '', `${sent} is no session`);
  }
});

test('tokens are the same wherever the route is the same; without a uid, wherever the secret is', async (t) => {
  const ports = await letters(t, 'abc');
  const noUid = sessionsOf({ scope: { name: 'HTTPRoute/shop/web#0', uid: null } });
  const started = async (sessions: SessionPersistence, sessionSecret: string) =>
    startGateway(t, modelWith({ [orders]: ports }, sessions), { sessionSecret });
  const first = await ask(await started(sessionsOf(), 'one'));
  assert.equal(await stays(await started(sessionsOf(), 'two'), cookieOf(first)), first.body);
  const secret = await ask(await started(noUid, 'one'));
  assert.equal(await stays(await started(noUid, 'one'), cookieOf(secret)), secret.body);
  assert.notEqual(cookieOf(await ask(await started(noUid, 'two'), '/', withCookie(cookieOf(secret)))), '');
});

test('a session ends with its time, which the client cannot put off', async (t) => {
  let now = Date.parse('2026-08-01T00:00:00Z');
  const model = modelWith({ [orders]: await letters(t, 'abc') }, sessionsOf({ absoluteTimeout: 60_000 }));
  const gateway = await startGateway(t, model, { clock: () => now });
  const first = await ask(gateway);
  const token = cookieOf(first);
  assert.match(token, /^session=[\w-]{54}$/);
  assert.doesNotMatch(first.headers['set-cookie']?.[0] ?? '', /Max-Age|Expires/, 'the cookie itself is of the session');
  now += 59_999;
  assert.equal(await stays(gateway, token), first.body);
  now += 1;
  const second = await ask(gateway, '/', withCookie(token));
  assert.notEqual(cookieOf(second), '', 'another session begins');
  const later = Buffer.alloc(6);
  later.writeUIntBE(now, 0, 6);
  const own = token.slice('session='.length);
  const extended = `session=${own.slice(0, 24)}${later.toString('base64url')}${own.slice(32)}`;
  assert.notEqual(cookieOf(await ask(gateway, '/', withCookie(extended))), '');
  assert.notEqual(cookieOf(await ask(gateway, '/', withCookie(token.slice(0, 32)))), '', 'nor leave it out');
  now -= 3_600_000;
  assert.notEqual(cookieOf(await ask(gateway, '/', withCookie(cookieOf(second)))), '', 'nor come from the future');
});

test('a permanent cookie says how long', async (t) => {
  const permanent = { ...cookie, attributes: { ...attributes, path: '/shop', maxAge: 300 } };
  const gateway = await startGateway(
    t,
    modelWith({ [orders]: await letters(t, 'a') }, sessionsOf({ carrier: permanent, absoluteTimeout: 300_000 })),
    { tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', serverName: '' } },
  );
  const [issued = ''] = (await ask(gateway)).headers['set-cookie'] ?? [];
  assert.match(issued, /^session=[\w-]{54}; Path=\/shop; Max-Age=300; Secure; HttpOnly; SameSite=Strict$/);
});

test('a header carries a session: in the response that begins it, and in the requests after', async (t) => {
  const ports = await letters(t, 'abc', (letter) => (_, response) => {
    response.setHeader('x-session', 'of the backend');
    response.end(letter);
  });
  const gateway = await startGateway(t, modelWith({ [orders]: ports }, sessionsOf({ carrier: header })));
  const first = await ask(gateway);
  const token = first.headers['x-session'] as string;
  assert.match(token, /^[\w-]{24}$/, "in the place of the backend's own");
  assert.equal(first.headers['set-cookie'], undefined);
  for (let index = 0; index < 6; index += 1) {
    const answer = await ask(gateway, '/', { headers: { 'x-session': token } });
    assert.equal(answer.body, first.body);
    assert.equal(answer.headers['x-session'], 'of the backend', 'a session that goes on is not told again');
  }
});

test("another attempt moves the session to who answered; the route's own filters have the last word", async (t) => {
  const ports = await letters(t, 'ab', (letter) => (request, response) => {
    response.statusCode = request.headers['x-fail'] === letter ? 503 : 200;
    response.end(letter);
  });
  const retry = { attempts: 1, codes: [503], backoff: 1 };
  const model = (parts: Partial<Forward>) => modelWith({ [orders]: ports }, sessionsOf(), [destination(orders)], parts);
  const gateway = await startGateway(t, model({ retry }));
  const first = await ask(gateway);
  const moved = await ask(gateway, '/', { headers: { cookie: cookieOf(first), 'x-fail': first.body } });
  assert.equal(moved.status, 200);
  assert.equal(await stays(gateway, cookieOf(moved)), moved.body);
  assert.notEqual(moved.body, first.body);
  gateway.update(model({ responseHeaders: { set: [], add: [], remove: ['set-cookie'] } }));
  assert.equal(cookieOf(await ask(gateway)), '');
});

test('a cookie of a name or path that cannot be leaves the route without sessions', async (t) => {
  const bad = { ...cookie, attributes: { ...attributes, path: '/; Domain=evil' } };
  const gateway = await startGateway(t, modelWith({ [orders]: await letters(t, 'a') }, sessionsOf({ carrier: bad })));
  const answer = await ask(gateway);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['set-cookie'], undefined, 'nothing is smuggled into a cookie');
});

test('a WebSocket begins a session with its handshake, and goes on where it is', async (t) => {
  const ports: number[] = [];
  for (const letter of 'abc') {
    const server = createServer();
    server.on('upgrade', (request, socket) => {
      const accept = createHash('sha1')
        .update(`${request.headers['sec-websocket-key']}${webSocketGuid}`)
        .digest('base64');
      const head = `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}`;
      socket.end(`${head}\r\n\r\n${letter}`);
    });
    ports.push(await listen(t, server));
  }
  const gateway = await startGateway(t, modelWith({ [orders]: ports }));
  const shake = async (sent: string): Promise<{ readonly letter: string; readonly issued: string }> => {
    const client = new RawClient(t, gateway.port);
    const key = 'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==';
    client.send(
      `GET / HTTP/1.1\r\nhost: a.example\r\n${sent}connection: upgrade\r\nupgrade: websocket\r\n${key}\r\n\r\n`,
    );
    const text = await client.until(/\r\n\r\n[abc]/);
    assert.match(text, /^HTTP\/1\.1 101 /);
    return { letter: text.slice(-1), issued: /set-cookie: (session=[\w-]+);/.exec(text)?.[1] ?? '' };
  };
  const first = await shake('');
  assert.notEqual(first.issued, '');
  for (let index = 0; index < 5; index += 1) {
    assert.deepEqual(await shake(`cookie: ${first.issued}\r\n`), { letter: first.letter, issued: '' });
  }
});
