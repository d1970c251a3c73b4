import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { Deadline } from '../../src/dataplanes/node/io/deadlines.ts';
import type { AskAuthorization, Authorization } from '../../src/model/authorization.ts';
import type { HttpSection } from '../../src/model/listener.ts';
import type { Model } from '../../src/model/model.ts';
import type { Cors, Match } from '../../src/model/route.ts';
import { ask } from './ask.ts';
import { modelTo, startBackend } from './features.ts';
import { connectFailure, type GatewayOptions, RawClient, startGateway } from './gateway.ts';
import { anyMatch, destination, forward, origin, route } from './model.ts';

const orders = 'shop/orders:80';
const admin = 'shop/admin:80';
const guard = 'shop/guard:80';
const second = 'shop/second:80';

const asking = (parts: Partial<AskAuthorization> = {}): Authorization => ({
  ...{ type: 'ask', backend: guard, pathPrefix: '', requestHeaders: [], responseHeaders: null, origin },
  ...parts,
});

const forAdmins: Match = {
  ...anyMatch,
  headers: [{ name: 'x-role', type: 'exact', value: 'admin' }],
};

interface Setting extends GatewayOptions {
  readonly ofListener?: readonly Authorization[];
  readonly ofRoute?: readonly Authorization[];
  readonly cors?: Cors;
  /** Of the route for everybody, milliseconds. */
  readonly requestTimeout?: number;
  /** Copies of all requests go to the second one who is asked. */
  readonly mirrored?: boolean;
}

type Reply = (response: ServerResponse, before: number) => void;

const grant: Reply = (response) => response.end('whatever');

/** One route for admins and one for everybody, behind whoever is asked. */
async function start(t: TestContext, setting: Setting, reply: Reply = grant) {
  const { ofListener, ofRoute, cors, requestTimeout = null, mirrored = false, ...options } = setting;
  const backends = await Promise.all([0, 1].map(() => startBackend(t)));
  const guards = await Promise.all([reply, grant].map((each) => startBackend(t, each)));
  const parts = {
    ...(ofRoute === undefined ? {} : { authorization: ofRoute }),
    ...(cors === undefined ? {} : { cors }),
  };
  const toAll = route(
    'all',
    forward([destination(orders)], {
      mirrors: mirrored ? [{ backend: second, numerator: 100, denominator: 100 }] : [],
    }),
  );
  const routes = [
    { ...route('admins', forward([destination(admin)]), forAdmins), ...parts },
    { ...toAll, timeouts: { ...toAll.timeouts, request: requestTimeout }, ...parts },
  ];
  const [toOrders, toAdmin] = backends.map(({ port }) => [port]);
  const [toGuard, toSecond] = guards.map(({ port }) => [port]);
  assert.ok(toOrders && toAdmin && toGuard && toSecond);
  const model = modelTo(routes, { [orders]: toOrders, [admin]: toAdmin, [guard]: toGuard, [second]: toSecond });
  const gateway = await startGateway(t, ofListener === undefined ? model : guarded(model, ofListener), options);
  const [ofOrders, ofAdmin, ofGuard, ofSecond] = [...backends, ...guards];
  assert.ok(ofOrders && ofAdmin && ofGuard && ofSecond);
  return { gateway, orders: ofOrders, admin: ofAdmin, guard: ofGuard, second: ofSecond };
}

function guarded(model: Model, authorization: readonly Authorization[]): Model {
  const listeners = Object.entries(model.listeners).map(([id, listener]) => [
    id,
    { ...listener, sections: listener.sections.map((each) => ({ ...(each as HttpSection), authorization })) },
  ]);
  return { ...model, listeners: Object.fromEntries(listeners) };
}

test('whoever is asked gets the head of the request, no more fields than it is to have, and no content', async (t) => {
  const started = await start(t, { ofRoute: [asking({ pathPrefix: '/check/', requestHeaders: ['x-tenant'] })] });
  const headers = { authorization: 'Bearer abc', 'x-tenant': 'a', cookie: 'secret=1', 'content-type': 'text/plain' };
  const { status } = await ask(started.gateway, '/a/b?c=d', { method: 'POST', headers, body: 'content' });
  assert.equal(status, 200);
  const [question] = started.guard.requests;
  assert.deepEqual([question?.method, question?.url, question?.body], ['POST', '/check/a/b?c=d', '']);
  const { connection: _, ...sent } = question?.headers ?? {};
  assert.deepEqual(sent, {
    host: 'a.example',
    authorization: 'Bearer abc',
    'x-tenant': 'a',
    'content-length': '0',
  });
  const [forwarded] = started.orders.requests;
  assert.deepEqual([forwarded?.method, forwarded?.url, forwarded?.body], ['POST', '/a/b?c=d', 'content']);
  assert.equal(forwarded?.headers.cookie, 'secret=1');
});

test('what refuses a request is what the client gets, and the backend gets nothing', async (t) => {
  for (const place of ['ofListener', 'ofRoute'] as const) {
    const started = await start(t, { [place]: [asking()] }, (response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'application/json' });
      response.end('{"error":"who?"}');
    });
    const { status, headers, body } = await ask(started.gateway, '/', { method: 'POST', body: 'content' });
    assert.deepEqual([status, headers['www-authenticate'], body], [401, 'Bearer', '{"error":"who?"}']);
    assert.equal(headers['content-type'], 'application/json');
    const { failure } = await started.gateway.record(0);
    assert.deepEqual([failure?.class, failure?.message], ['denied', `${guard} refused the request with 401`]);
    assert.deepEqual([started.orders.requests, started.admin.requests], [[], []]);
  }
});

test('a refusal in place of a HEAD, and one that is too long', async (t) => {
  const started = await start(t, { ofRoute: [asking()], limits: { authorizationContent: 10 } }, (response) => {
    response.writeHead(403).end('x'.repeat(100));
  });
  assert.deepEqual((await ask(started.gateway, '/', { method: 'HEAD' })).status, 403);
  const { status, body } = await ask(started.gateway);
  assert.deepEqual([status, body], [403, 'the request is not allowed\n']);
});

test('any status but 200 refuses: a redirect to sign in, and 204', async (t) => {
  const started = await start(t, { ofRoute: [asking()] }, (response, before) => {
    if (before === 0) response.writeHead(302, { location: 'https://sign-in.example/' }).end();
    else response.writeHead(204).end();
  });
  const { status, headers } = await ask(started.gateway);
  assert.deepEqual([status, headers.location], [302, 'https://sign-in.example/']);
  assert.equal((await ask(started.gateway)).status, 204);
  assert.deepEqual(started.orders.requests, []);
});

test('nobody is let in while nobody answers', async (t) => {
  const broken: readonly [Partial<Setting>, Reply][] = [
    [{}, (response) => response.writeHead(500).end()],
    [{}, (response) => response.destroy()],
    [{ limits: { authorizationTimeout: 30 } }, () => {}],
    [{ refuse: (target) => (target.backend.id === guard ? connectFailure() : null) }, grant],
  ];
  for (const [options, reply] of broken) {
    const started = await start(t, { ofListener: [asking()], ...options }, reply);
    const { status, body } = await ask(started.gateway);
    assert.deepEqual([status, body], [503, 'it cannot be found out whether the request is allowed\n']);
    assert.equal((await started.gateway.record(0)).failure?.class, 'authorization-failed');
    assert.deepEqual([started.orders.requests, started.admin.requests], [[], []]);
  }
});

test('where nobody can be asked every request is answered with what is stated', async (t) => {
  const cause = { message: 'Service shop/sign-in does not exist', origin: { ...origin, field: 'backendRef.name' } };
  const started = await start(t, {
    ofListener: [{ type: 'refuse', status: 500, reason: 'BackendNotFound', cause, origin }],
  });
  assert.equal((await ask(started.gateway)).status, 500);
  const { failure } = await started.gateway.record(0);
  assert.equal(failure?.message, `nobody can be asked whether the request may go on: ${cause.message}`);
  assert.deepEqual(failure?.origin, cause.origin);
  assert.deepEqual(started.orders.requests, []);
});

test('what is added before a route is chosen chooses it; what is added after does not', async (t) => {
  const addsRole: Reply = (response) => response.writeHead(200, { 'x-role': 'admin' }).end();
  const before = await start(t, { ofListener: [asking()] }, addsRole);
  await ask(before.gateway);
  assert.deepEqual([before.orders.requests.length, before.admin.requests.length], [0, 1]);
  const after = await start(t, { ofRoute: [asking()] }, addsRole);
  await ask(after.gateway);
  assert.deepEqual([after.orders.requests.length, after.admin.requests.length], [1, 0]);
  assert.equal(after.orders.requests[0]?.headers['x-role'], 'admin');
});

test('a client cannot say itself what only the answer may say', async (t) => {
  const started = await start(t, { ofListener: [asking({ responseHeaders: ['x-role', 'x-user'] })] }, (response) => {
    response.writeHead(200, { 'x-user': 'ann', 'x-other': 'kept out' }).end();
  });
  await ask(started.gateway, '/', { headers: { 'x-role': 'admin', 'x-user': 'root', 'x-own': '1' } });
  const [got] = started.orders.requests;
  assert.deepEqual(
    [got?.headers['x-role'], got?.headers['x-user'], got?.headers['x-other'], got?.headers['x-own']],
    [undefined, 'ann', undefined, '1'],
  );
});

test('neither the host nor what is about the answer itself is taken from an answer', async (t) => {
  const started = await start(t, { ofListener: [asking()] }, (response) => {
    response
      .writeHead(200, { host: 'b.example', 'content-type': 'x/y', 'set-cookie': 'a=b', 'x-user': 'ann' })
      .end('x');
  });
  await ask(started.gateway, '/', { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'content' });
  const {
    host,
    'content-type': type,
    'set-cookie': cookie,
    'x-user': user,
  } = started.orders.requests[0]?.headers ?? {};
  assert.deepEqual([host, type, cookie, user], ['a.example', 'text/plain', undefined, 'ann']);
});

test('several are asked in their order, each with what those before added, and none after one that refuses', async (t) => {
  const both = [asking(), asking({ backend: second, requestHeaders: ['x-user'] })];
  const started = await start(t, { ofListener: both }, (response, before) => {
    response.writeHead(before === 0 ? 200 : 403, { 'x-user': 'ann' }).end();
  });
  assert.equal((await ask(started.gateway)).status, 200);
  assert.equal(started.second.requests[0]?.headers['x-user'], 'ann');
  assert.equal((await ask(started.gateway)).status, 403);
  assert.equal(started.second.requests.length, 1);
});

test('a preflight request is answered without asking for its route, and asked about at its listener', async (t) => {
  const cors: Cors = {
    ...{ allowOrigins: ['*'], allowCredentials: false, allowMethods: ['*'], allowHeaders: ['*'] },
    ...{ exposeHeaders: [], maxAge: 5 },
  };
  const headers = { origin: 'https://a.example', 'access-control-request-method': 'GET' };
  const refuses: Reply = (response) => response.writeHead(403).end();
  const ofRoute = await start(t, { ofRoute: [asking()], cors }, refuses);
  assert.equal((await ask(ofRoute.gateway, '/', { method: 'OPTIONS', headers })).status, 204);
  assert.equal((await ask(ofRoute.gateway, '/', { headers })).status, 403);
  const ofListener = await start(t, { ofListener: [asking()], cors }, refuses);
  assert.equal((await ask(ofListener.gateway, '/', { method: 'OPTIONS', headers })).status, 403);
});

test('content that comes while somebody is asked is forwarded whole', async (t) => {
  const replies: (() => void)[] = [];
  const started = await start(t, { ofListener: [asking()] }, (response) => replies.push(() => response.end()));
  const client = new RawClient(t, started.gateway.port);
  client.send('POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 10\r\n\r\n01234');
  await started.guard.got(1);
  client.send('56789');
  for (const reply of replies) reply();
  const [got] = await started.orders.got(1);
  assert.equal(got?.body, '0123456789');
});

test('copies of a request have the content that came while somebody was asked', async (t) => {
  const started = await start(t, { ofListener: [asking()], mirrored: true });
  await ask(started.gateway, '/', { method: 'POST', body: 'content' });
  const [copy] = await started.second.got(1);
  assert.deepEqual([copy?.method, copy?.body], ['POST', 'content']);
});

test('the timeout of a route that the answer led away from does not count', async (t) => {
  const replies: (() => void)[] = [];
  const setting = { ofListener: [asking()], requestTimeout: 1 };
  const started = await start(t, setting, (response) =>
    replies.push(() => response.writeHead(200, { 'x-role': 'admin' }).end()),
  );
  const client = new RawClient(t, started.gateway.port);
  client.send('POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: 5\r\n\r\n01234');
  await started.guard.got(1);
  // Armed later for longer on the same wheel: what was armed before is over by then.
  const { wheel } = started.gateway.connector.settings;
  await new Promise<void>((resolve) => wheel.arm(new Deadline(resolve), 20));
  for (const reply of replies) reply();
  assert.equal((await started.gateway.record(0)).status, 200);
});

test('an answer cannot make a request a preflight, which nobody would be asked about', async (t) => {
  const cors: Cors = {
    ...{ allowOrigins: ['*'], allowCredentials: false, allowMethods: ['*'], allowHeaders: ['*'] },
    ...{ exposeHeaders: [], maxAge: 5 },
  };
  const setting = { ofListener: [asking()], ofRoute: [asking({ backend: second })], cors };
  const started = await start(t, setting, (response) =>
    response.writeHead(200, { origin: 'https://a.example', 'access-control-request-method': 'GET' }).end(),
  );
  await ask(started.gateway, '/', { method: 'OPTIONS' });
  assert.equal(started.orders.requests.length, started.second.requests.length);
});

test('who leaves while somebody is asked is let go', async (t) => {
  const started = await start(t, { ofListener: [asking()] }, () => {});
  const client = new RawClient(t, started.gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  await started.guard.got(1);
  client.socket.destroy();
  const { status, failure } = await started.gateway.record(0);
  assert.deepEqual([status, failure?.class], [499, 'client-closed']);
  assert.equal(started.gateway.proxy.active, 0);
});
