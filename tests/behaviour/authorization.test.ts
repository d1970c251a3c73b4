import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import type { IssuedCertificate } from '../../src/cli/demo/pki.ts';
import type { AskAuthorization, Authorization } from '../../src/model/authorization.ts';
import { ask } from '../proxy/ask.ts';
import { origin } from '../tls/model.ts';
import { askPlain, authority, freePort, ordersCertificate, startPlane, trust } from './harness.ts';
import { type Built, buildModel } from './model.ts';

/** A backend over TLS that counts its requests, and answers who gives the right password with 200. */
async function guarding(t: TestContext, { chain, key }: IssuedCertificate) {
  let requests = 0;
  const server = createServer({ cert: chain, key }, ({ headers }, response) => {
    requests += 1;
    response.writeHead(headers.authorization === 'Bearer right' ? 200 : 401, { 'x-user': 'ann' });
    response.end(`${headers['x-user'] ?? 'nobody'}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests: () => requests };
}

/** All listeners ask `guard` first. */
function asking(built: Built, parts: Partial<AskAuthorization> = {}): Built {
  const authorization: readonly Authorization[] = [
    {
      type: 'ask',
      backend: 'guard',
      pathPrefix: '',
      requestHeaders: [],
      responseHeaders: ['x-user'],
      origin,
      ...parts,
    },
  ];
  const listeners = Object.entries(built.model.listeners).map(([id, listener]) => [
    id,
    { ...listener, sections: listener.sections.map((section) => ({ ...section, authorization })) },
  ]);
  return { ...built, model: { ...built.model, listeners: Object.fromEntries(listeners) } };
}

test('whoever is asked is verified first: an impostor lets nobody in, and hears nothing', async (t) => {
  const guardCertificate = await authority.issue({ dns: ['guard.internal'] });
  const main = await guarding(t, ordersCertificate);
  for (const [certificate, expected] of [
    [guardCertificate, 200],
    [ordersCertificate, 503],
  ] as const) {
    const guard = await guarding(t, certificate);
    const httpPort = await freePort();
    const guarded = {
      port: guard.port,
      serverName: { type: 'fixed', name: 'guard.internal' },
      names: [{ type: 'dns', value: 'guard.internal' }],
    } as const;
    const built = buildModel({ httpPort, trust, backends: { main: { port: main.port }, guard: guarded } });
    const running = await startPlane(t, asking(built));
    const before = main.requests();
    const { status, body } = await askPlain(httpPort, '/main', { headers: { authorization: 'Bearer right' } });
    assert.equal(status, expected);
    assert.equal(main.requests() - before, expected === 200 ? 1 : 0);
    assert.equal(guard.requests(), expected === 200 ? 1 : 0);
    if (expected === 200) {
      assert.equal(body, 'ann');
      assert.equal((await askPlain(httpPort, '/main', { headers: { authorization: 'Bearer wrong' } })).status, 401);
      continue;
    }
    const { failure } = await running.line(({ path }) => path === '/main');
    assert.deepEqual([failure?.class, failure?.reason], ['authorization-failed', 'name-mismatch']);
  }
});

test('content goes to whoever is asked and to the backend, and no further where it is too large', async (t) => {
  const main = await startKeeping(t);
  const guard = await startKeeping(t);
  const httpPort = await freePort();
  const backends = { main: { port: main.port }, guard: { port: guard.port } };
  const built = buildModel({ httpPort, trust, backends });
  const running = await startPlane(t, asking(built, { content: { maxSize: 200_000 } }));
  const content = randomBytes(100_000).toString('hex');
  const digest = digestOf(content);
  const post = (body: string) =>
    ask({ port: httpPort }, '/main', { method: 'POST', headers: { host: 'edge.test' }, body });
  assert.equal((await post(content)).status, 200);
  assert.deepEqual([guard.digests, main.digests], [[digest], [digest]]);
  assert.equal((await post(`${content}0`)).status, 413);
  const { failure } = await running.line(({ status }) => status === 413);
  assert.equal(failure?.class, 'content-too-large');
  assert.deepEqual([guard.digests.length, main.digests.length], [1, 1]);
});

const digestOf = (content: string): string => createHash('sha256').update(content).digest('hex');

/** A backend over TLS that keeps digests of the contents of its requests. */
async function startKeeping(t: TestContext) {
  const digests: string[] = [];
  const { chain, key } = ordersCertificate;
  const server = createServer({ cert: chain, key }, (request, response) => {
    void text(request).then((content) => {
      digests.push(digestOf(content));
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, digests };
}
