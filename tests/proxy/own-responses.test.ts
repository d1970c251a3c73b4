import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Route } from '../../src/model/route.ts';
import { ask } from './ask.ts';
import { echo, httpBackend, orders, toPorts } from './backends.ts';
import { RawClient, startGateway } from './gateway.ts';
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
  const cause = { message: 'Service shop/carts does not exist', origin: backend('x').origin };
  const broken = { type: 'respond' as const, status: 500, reason: 'BackendNotFound', cause, weight: 1 };
  const routes = [
    route('500', respond(500), match('/invalid')),
    route('r', { ...respond(500), cause }, match('/refused-rule')),
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
    ['/refused-rule', 500, 'invalid-route'],
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
  for (const [index, sentence] of [
    [1, 'the destination cannot be used: Service shop/carts does not exist'],
    [6, 'the route answers itself: Service shop/carts does not exist'],
  ] as const) {
    const { failure: told } = await gateway.record(index);
    assert.deepEqual([told?.message, told?.origin], [sentence, cause.origin]);
  }
  const { failure: bare } = await gateway.record(0);
  assert.deepEqual(bare?.origin, routes[0]?.origin, 'without a cause at least the route is named');
  const head = await ask(gateway, '/elsewhere', { method: 'HEAD' });
  assert.equal(head.status, 404);
  assert.equal(head.body, '');
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
