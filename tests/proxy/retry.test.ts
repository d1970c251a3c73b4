import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { RetryPolicy } from '../../src/dataplanes/node/proxy/retry.ts';
import type { Retry, Route } from '../../src/model/route.ts';
import { ask } from './ask.ts';
import { modelTo, startBackend } from './features.ts';
import { connectFailure, startGateway } from './gateway.ts';
import { anyMatch, destination, forward, route } from './model.ts';

const orders = 'shop/orders:80';

/** A route with retries whose waits are as short as can be. */
function retrying(parts: Partial<Retry>, timeouts: Partial<Route['timeouts']> = {}): Route {
  const retry: Retry = { attempts: 2, codes: [500, 503], backoff: 1, ...parts };
  return route('r', forward([destination(orders)], { retry }), anyMatch, timeouts);
}

test('a response with a code of the list is asked for again', async (t) => {
  const backend = await startBackend(t, (response, before) => {
    response.statusCode = before < 2 ? 503 : 200;
    response.end(`answer ${before}`);
  });
  const gateway = await startGateway(t, modelTo([retrying({})], { [orders]: [backend.port] }));
  const { status, body } = await ask(gateway, '/a', { method: 'POST', body: 'content' });
  assert.equal(status, 200);
  assert.equal(body, 'answer 2');
  assert.deepEqual(
    backend.requests.map((each) => each.body),
    ['content', 'content', 'content'],
    'the content is sent each time',
  );
  assert.equal((await gateway.record(0)).retries, 2);
  assert.equal(gateway.connector.targets.length, 1, 'a response that is not wanted does not cost its connection');
});

test('when the attempts are used up, the last response is the answer', async (t) => {
  const backend = await startBackend(t, (response, before) => {
    response.statusCode = 500;
    response.end(`answer ${before}`);
  });
  const gateway = await startGateway(t, modelTo([retrying({})], { [orders]: [backend.port] }));
  const { status, body } = await ask(gateway);
  assert.equal(status, 500);
  assert.equal(body, 'answer 2');
  assert.equal(backend.requests.length, 3);
});

test('another code is an answer, and no attempts are none', async (t) => {
  const backend = await startBackend(t, (response) => {
    response.statusCode = 502;
    response.end();
  });
  const ports = { [orders]: [backend.port] };
  const gateway = await startGateway(t, modelTo([retrying({})], ports));
  assert.equal((await ask(gateway)).status, 502);
  assert.equal(backend.requests.length, 1);
  gateway.update(modelTo([retrying({ attempts: 0, codes: [502] })], ports));
  assert.equal((await ask(gateway)).status, 502);
  assert.equal(backend.requests.length, 2);
});

test('a call of gRPC that failed with a status of the list, and said nothing else, is made again', async (t) => {
  const statuses = ['14', '14', '0'];
  const backend = await startBackend(t, (response, before) => {
    response.setHeader('grpc-status', statuses[before] ?? '13');
    response.end();
  });
  const routed = retrying({ codes: [], grpcStatuses: [14] });
  const gateway = await startGateway(t, modelTo([routed], { [orders]: [backend.port] }));
  assert.equal((await ask(gateway)).headers['grpc-status'], '0');
  assert.equal((await ask(gateway)).headers['grpc-status'], '13');
  assert.equal(backend.requests.length, 4);
});

test('content beyond what is kept is not sent again', async (t) => {
  const backend = await startBackend(t, (response) => {
    response.statusCode = 503;
    response.end();
  });
  const gateway = await startGateway(t, modelTo([retrying({})], { [orders]: [backend.port] }));
  assert.equal((await ask(gateway, '/', { method: 'PUT', body: 'x'.repeat(1_048_576) })).status, 503);
  assert.equal(backend.requests.length, 1);
});

test('an endpoint that takes no connection is tried again as long as there are attempts', async (t) => {
  const backend = await startBackend(t);
  let refusals = 0;
  const gateway = await startGateway(t, modelTo([retrying({ attempts: 5, codes: [] })], { [orders]: [backend.port] }), {
    refuse: () => {
      refusals += 1;
      return refusals <= 4 ? connectFailure() : null;
    },
  });
  assert.equal((await ask(gateway, '/', { method: 'POST', body: 'once' })).status, 200);
  assert.equal(backend.requests.length, 1, 'no byte was sent before');
  assert.equal((await gateway.record(0)).retries, 4);
});

test('attempts are bounded where no connection can be made, and zero makes one', async (t) => {
  const ports = { [orders]: [1] };
  const refuse = () => connectFailure();
  const gateway = await startGateway(t, modelTo([retrying({ attempts: 3 })], ports), { refuse });
  assert.equal((await ask(gateway)).status, 503);
  assert.equal(gateway.connector.targets.length, 4);
  gateway.update(modelTo([retrying({ attempts: 0 })], { [orders]: [1, 2, 3] }));
  assert.equal((await ask(gateway)).status, 503);
  assert.equal(gateway.connector.targets.length, 5, 'zero disables every kind of retry');
});

test('an attempt that takes too long is repeated where that does no harm', async (t) => {
  const backend = await startBackend(t, (response, before) => {
    if (before % 2 === 1) response.end('second');
  });
  const timeouts = { backendRequest: 40 };
  const gateway = await startGateway(t, modelTo([retrying({}, timeouts)], { [orders]: [backend.port] }));
  const answer = await ask(gateway);
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'second');
  assert.equal((await ask(gateway, '/', { method: 'POST', body: 'x' })).status, 504, 'it may have been acted on');
  assert.equal(backend.requests.length, 3);
});

test('the request timeout ends retries, also while they wait', async (t) => {
  const backend = await startBackend(t, (response) => {
    response.statusCode = 500;
    response.end();
  });
  const model = modelTo([retrying({ backoff: 600_000 }, { request: 30 })], { [orders]: [backend.port] });
  const gateway = await startGateway(t, model);
  assert.equal((await ask(gateway)).status, 504);
  assert.equal((await gateway.record(0)).failure?.class, 'request-timeout');
  assert.equal(backend.requests.length, 1);
});

test('a response that began is not taken back', async (t) => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nbegun', () => socket.destroy());
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const gateway = await startGateway(t, modelTo([retrying({ codes: [500] })], { [orders]: [port] }));
  await assert.rejects(ask(gateway));
  assert.equal((await gateway.record(0)).retries, 0);
});

test('the wait is never shorter than stated, grows, and is bounded', () => {
  const policy = new RetryPolicy({ attempts: 9, codes: [], backoff: 100 });
  assert.equal(policy.delay(1, 0), 100);
  assert.equal(policy.delay(2, 0), 200);
  assert.equal(policy.delay(3, 0), 400);
  assert.equal(policy.delay(50, 0), 1_000);
  assert.equal(policy.delay(1, 0.5), 125);
  assert.equal(new RetryPolicy({ attempts: 1, codes: [], backoff: 2_147_483_647 }).delay(9, 0.9), 2_147_483_647);
});
