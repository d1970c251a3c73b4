import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Mirror, noModification } from '../../src/model/route.ts';
import { ask } from './ask.ts';
import { modelTo, startBackend } from './features.ts';
import { connectFailure, type Gateway, listen, startGateway } from './gateway.ts';
import { destination, forward, route } from './model.ts';

const orders = 'shop/orders:80';
const copy = 'shop/copy:80';
const other = 'shop/other:80';

const mirror = (backend: string, numerator = 100): Mirror => ({ backend, numerator, denominator: 100 });

/** Once the counters have as many copies as lost. */
async function lost(gateway: Gateway, count: number): Promise<void> {
  const total = (): number => gateway.proxy.snapshot().requests.reduce((sum, { mirrorsLost }) => sum + mirrorsLost, 0);
  while (total() < count) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(total(), count);
}

test('each mirror gets what the route makes of a request, and its response is ignored', async (t) => {
  const [main, first, second] = await Promise.all([
    startBackend(t),
    startBackend(t, (response) => {
      response.statusCode = 500;
      response.end('not for the client');
    }),
    startBackend(t),
  ]);
  const action = forward(
    [{ ...destination(orders), requestHeaders: { ...noModification, add: [{ name: 'x-own', value: 'orders' }] } }],
    {
      requestHeaders: { set: [{ name: 'x-set', value: '1' }], add: [], remove: ['x-remove'] },
      rewrite: { hostname: 'b.example', path: { type: 'prefix', value: '/new' } },
      mirrors: [mirror(copy), mirror(other)],
    },
  );
  const ports = { [orders]: [main.port], [copy]: [first.port], [other]: [second.port] };
  const gateway = await startGateway(t, modelTo([route('r', action)], ports));
  const { status, body } = await ask(gateway, '/a?b=c', {
    method: 'POST',
    body: 'content',
    headers: { 'x-remove': 'x' },
  });
  assert.equal(status, 200);
  assert.equal(body, 'ok');
  const [wanted] = await main.got(1);
  for (const each of [first, second]) {
    const [got] = await each.got(1);
    assert.equal(got?.method, 'POST');
    assert.equal(got?.url, '/new/a?b=c');
    assert.equal(got?.body, 'content');
    assert.equal(got?.headers.host, 'b.example');
    assert.equal(got?.headers['x-set'], '1');
    assert.equal(got?.headers['x-remove'], undefined);
    assert.equal(got?.headers['x-own'], undefined, 'what is of one destination is not of the mirror');
    assert.equal(got?.headers['x-request-id'], wanted?.headers['x-request-id']);
  }
  assert.equal(wanted?.headers['x-own'], 'orders');
  assert.equal(gateway.records.length, 1, 'a copy is no request of a client');
});

test('a mirror of one destination copies its share alone, as that destination gets it', async (t) => {
  const [main, second, copies] = await Promise.all([startBackend(t), startBackend(t), startBackend(t)]);
  const mirrored = {
    ...destination(orders),
    requestHeaders: { ...noModification, add: [{ name: 'x-own', value: 'orders' }] },
    mirrors: [mirror(copy)],
  };
  const ports = { [orders]: [main.port], [other]: [second.port], [copy]: [copies.port] };
  const gateway = await startGateway(t, modelTo([route('r', forward([mirrored, destination(other)]))], ports));
  for (let index = 0; index < 10; index += 1) await ask(gateway, `/${index}`);
  const got = await copies.got(5);
  assert.deepEqual(got.map(({ url }) => url).sort(), main.requests.map(({ url }) => url).sort());
  assert.equal(got[0]?.headers['x-own'], 'orders');
  assert.equal(second.requests.length, 5);
});

test('a share of the requests is copied', async (t) => {
  const [main, none, half] = await Promise.all([startBackend(t), startBackend(t), startBackend(t)]);
  const action = forward([destination(orders)], { mirrors: [mirror(copy, 0), mirror(other, 50)] });
  const ports = { [orders]: [main.port], [copy]: [none.port], [other]: [half.port] };
  const gateway = await startGateway(t, modelTo([route('r', action)], ports));
  const rounds = 20;
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(Array.from({ length: 20 }, () => ask(gateway)));
  }
  // 400 throws of a coin: ten standard deviations are 100.
  await half.got(100);
  assert.ok(half.requests.length < 300, `${half.requests.length} of 400`);
  assert.equal(none.requests.length, 0);
});

test('a mirror that cannot be reached, or is not there, is the business of nobody', async (t) => {
  const main = await startBackend(t);
  const action = forward([destination(orders)], { mirrors: [mirror(copy), mirror('shop/missing:80')] });
  const gateway = await startGateway(t, modelTo([route('r', action)], { [orders]: [main.port], [copy]: [1] }), {
    refuse: ({ backend }) => (backend.id === copy ? connectFailure() : null),
  });
  assert.equal((await ask(gateway, '/', { method: 'POST', body: 'content' })).status, 200);
  const record = await gateway.record(0);
  assert.equal(record.failure, null);
  assert.equal(record.retries, 0);
  await lost(gateway, 2);
});

test('what is answered without a backend is not mirrored', async (t) => {
  const copies = await startBackend(t);
  const action = forward([destination(orders)], { mirrors: [mirror(copy)] });
  const gateway = await startGateway(t, modelTo([route('r', action)], { [orders]: [], [copy]: [copies.port] }));
  assert.equal((await ask(gateway, '/', { method: 'POST', body: 'content' })).status, 503);
  assert.equal((await ask(gateway)).status, 503);
  assert.equal(gateway.connector.targets.length, 0, 'no copy was begun');
});

test('a mirror that does not read delays nothing, and is given up', async (t) => {
  const main = await startBackend(t, (response) => response.end('done'));
  const deaf = await listen(
    t,
    createServer({ pauseOnConnect: true }, () => {}),
  );
  const action = forward([destination(orders)], { mirrors: [mirror(copy)] });
  const gateway = await startGateway(t, modelTo([route('r', action)], { [orders]: [main.port], [copy]: [deaf] }));
  const body = 'x'.repeat(32 * 1_048_576);
  const answer = await ask(gateway, '/', { method: 'POST', body });
  assert.equal(answer.body, 'done');
  assert.equal(main.requests[0]?.body.length, body.length);
  await lost(gateway, 1);
});

test('a request that its client breaks off does not look whole to the mirror', async (t) => {
  const [main, copies] = await Promise.all([startBackend(t), startBackend(t)]);
  const action = forward([destination(orders)], { mirrors: [mirror(copy)] });
  const gateway = await startGateway(
    t,
    modelTo([route('r', action)], { [orders]: [main.port], [copy]: [copies.port] }),
  );
  const sent = request({ port: gateway.port, host: '127.0.0.1', method: 'POST', headers: { host: 'a.example' } });
  sent.on('error', () => {});
  sent.write('the beginning');
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (gateway.connector.targets.length === 2) resolve();
      else setImmediate(look);
    };
    look();
  });
  sent.destroy();
  await gateway.record(0);
  await lost(gateway, 1);
  assert.equal(copies.requests.length, 0);
  assert.equal(main.requests.length, 0);
});

test('a mirror that answers late ends within the timeout', async (t) => {
  const main = await startBackend(t);
  const silent = await startBackend(t, () => {});
  const action = forward([destination(orders)], { mirrors: [mirror(copy)] });
  const ports = { [orders]: [main.port], [copy]: [silent.port] };
  const gateway = await startGateway(t, modelTo([route('r', action)], ports), { limits: { mirrorTimeout: 20 } });
  const sent = request({ port: gateway.port, host: '127.0.0.1', headers: { host: 'a.example' }, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  assert.equal(await text(response), 'ok');
  await lost(gateway, 1);
});
