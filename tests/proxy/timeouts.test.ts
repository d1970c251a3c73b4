import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask } from './ask.ts';
import { httpBackend, orders, toPorts } from './backends.ts';
import { RawClient, startGateway } from './gateway.ts';
import { anyMatch, destination, forward, route } from './model.ts';

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
