import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Endpoint } from '../../src/model/backend.ts';
import type { Route } from '../../src/model/route.ts';
import type { SessionPersistence, SessionScope } from '../../src/model/session.ts';
import { ask, authority, edgeCertificate, freePort, ordersCertificate, startPlane, trust } from './harness.ts';
import { type Built, buildModel } from './model.ts';

/** Backends over TLS that answer with their letter. */
async function startBackends(t: TestContext, letters: string): Promise<readonly Endpoint[]> {
  return Promise.all(
    [...letters].map(async (letter) => {
      const { chain, key } = ordersCertificate;
      const server = createServer({ cert: chain, key }, (_, response) => response.end(letter));
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.after(() => {
        server.close();
        server.closeAllConnections();
      });
      return { address: '127.0.0.1', port: (server.address() as AddressInfo).port };
    }),
  );
}

const scope: SessionScope = { name: 'HTTPRoute/shop/orders#0', uid: '6a3f0b52-5a0c-4a51-9a52-0c1c3f8e7a13' };

/** One route whose sessions have a cookie, to one backend at several endpoints. */
function modelTo(httpsPort: number, endpoints: readonly Endpoint[], of: SessionScope = scope): Built {
  const certificates = { '': edgeCertificate };
  const { model, keys } = buildModel({ httpsPort, certificates, trust, backends: { orders: { port: 1 } } });
  const sessions: SessionPersistence = {
    carrier: {
      type: 'cookie',
      name: 'cart',
      attributes: { path: '/', maxAge: null, httpOnly: true, secure: 'auto', sameSite: 'Strict' },
    },
    absoluteTimeout: 3_600_000,
    scope: of,
  };
  const route = model.routes.orders as Route;
  assert.ok(route.action.type === 'forward');
  const routes = { orders: { ...route, action: { ...route.action, sessions } } };
  return { model: { ...model, routes, endpoints: { orders: { id: 'orders', endpoints } } }, keys };
}

/** Begins a session: the letter of its endpoint, and the cookie as the client sends it back. */
async function begin(port: number): Promise<{ readonly letter: string; readonly cookie: string }> {
  const { body, headers } = await ask(port, '/orders');
  const [issued = ''] = headers['set-cookie'] ?? [];
  assert.match(issued, /^cart=[\w-]{54}; Path=\/; Secure; HttpOnly; SameSite=Strict$/);
  return { letter: body, cookie: issued.split(';')[0] ?? '' };
}

/** Many requests of one session, each on a connection of its own, so that every worker gets some. */
async function stays(port: number, { letter, cookie }: { letter: string; cookie: string }): Promise<void> {
  for (let index = 0; index < 16; index += 1) {
    const { body, headers } = await ask(port, '/orders', { headers: { cookie } });
    assert.equal(body, letter);
    assert.equal(headers['set-cookie'], undefined);
  }
}

test('workers agree about sessions, with those after a restart and those of another machine, while endpoints come', async (t) => {
  const endpoints = await startBackends(t, 'abcd');
  const [port, other] = [await freePort(), await freePort()];
  const running = await startPlane(t, modelTo(port, endpoints.slice(0, 2)), { workers: 2 });
  const sessions = [await begin(port), await begin(port), await begin(port)];
  for (const session of sessions) await stays(port, session);
  await startPlane(t, modelTo(other, [...endpoints].reverse()), { workers: 1 });
  for (const session of sessions) await stays(other, session);
  await running.apply(modelTo(port, endpoints));
  for (const session of sessions) await stays(port, session);
});

test('without a uid all workers share a secret, which another process does not have', async (t) => {
  const endpoints = await startBackends(t, 'ab');
  const [port, other] = [await freePort(), await freePort()];
  const noUid = { ...scope, uid: null };
  await startPlane(t, modelTo(port, endpoints, noUid), { workers: 2 });
  const session = await begin(port);
  await stays(port, session);
  await startPlane(t, modelTo(other, endpoints, noUid), { workers: 1 });
  const { headers } = await ask(other, '/orders', { headers: { cookie: session.cookie } });
  assert.notEqual(headers['set-cookie'], undefined);
});

test('a session over HTTP/2, whose cookies come in pieces', async (t) => {
  const port = await freePort();
  await startPlane(t, modelTo(port, await startBackends(t, 'abc')), { workers: 1 });
  const client = connectHttp2(`https://127.0.0.1:${port}`, { servername: 'edge.test', ca: authority.certificate });
  t.after(() => client.destroy());
  const get = async (cookie: readonly string[]) => {
    const stream = client.request({ ':path': '/orders', ':authority': 'edge.test', cookie: [...cookie] });
    const [headers] = (await once(stream, 'response')) as [Record<string, unknown>];
    let body = '';
    for await (const chunk of stream.setEncoding('utf8')) body += String(chunk);
    return { body, issued: (headers['set-cookie'] as string[] | undefined)?.[0] ?? '' };
  };
  const first = await get([]);
  assert.match(first.issued, /^cart=[\w-]{54}; Path=\/; Secure/);
  for (let index = 0; index < 6; index += 1) {
    const next = await get(['theme=dark', first.issued.split(';')[0] ?? '', 'lang=en']);
    assert.deepEqual(next, { body: first.body, issued: '' });
  }
});
