import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cors } from '../../src/model/route.ts';
import { ask } from './ask.ts';
import { modelTo, startBackend } from './features.ts';
import { startGateway } from './gateway.ts';
import { destination, forward, route } from './model.ts';

const orders = 'shop/orders:80';

async function start(t: Parameters<typeof startGateway>[0], parts: Partial<Cors>) {
  const backend = await startBackend(t, (response) => {
    response.setHeader('access-control-allow-origin', 'https://backend.example');
    response.setHeader('access-control-allow-credentials', 'true');
    response.end('content');
  });
  const cors: Cors = {
    allowOrigins: [],
    allowCredentials: false,
    allowMethods: [],
    allowHeaders: [],
    exposeHeaders: [],
    maxAge: 5,
    ...parts,
  };
  const routed = { ...route('r', forward([destination(orders)])), cors };
  const gateway = await startGateway(t, modelTo([routed], { [orders]: [backend.port] }));
  const preflight = (origin: string, method = 'GET', headers?: string) =>
    ask(gateway, '/', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        ...(headers === undefined ? {} : { 'access-control-request-headers': headers }),
      },
    });
  const simple = (origin: string) => ask(gateway, '/', { headers: { origin } });
  return { backend, gateway, preflight, simple };
}

test('a preflight request is answered by the gateway', async (t) => {
  const { backend, preflight } = await start(t, {
    allowOrigins: ['https://www.foo.example'],
    allowCredentials: true,
    allowMethods: ['GET', 'OPTIONS'],
    allowHeaders: ['x-one', 'X-Two'],
    exposeHeaders: ['x-three'],
    maxAge: 3_600,
  });
  const { status, headers, body } = await preflight('https://www.foo.example', 'GET', 'x-one');
  assert.equal(status, 204);
  assert.equal(body, '');
  assert.equal(headers['content-length'], undefined);
  assert.equal(headers['access-control-allow-origin'], 'https://www.foo.example');
  assert.equal(headers['access-control-allow-credentials'], 'true');
  assert.equal(headers['access-control-allow-methods'], 'GET, OPTIONS');
  assert.equal(headers['access-control-allow-headers'], 'x-one, X-Two');
  assert.equal(headers['access-control-expose-headers'], 'x-three');
  assert.equal(headers['access-control-max-age'], '3600');
  assert.match(headers.vary ?? '', /Origin/);
  const refused = await preflight('https://other.example');
  assert.equal(refused.status, 403);
  assert.ok(!Object.keys(refused.headers).some((name) => name.startsWith('access-control-')));
  assert.equal(backend.requests.length, 0);
});

test('what is no preflight request goes to the backend', async (t) => {
  const { backend, gateway } = await start(t, { allowOrigins: ['*'] });
  const origin = 'https://www.foo.example';
  assert.equal((await ask(gateway, '/', { method: 'OPTIONS', headers: { origin } })).status, 200);
  assert.equal((await ask(gateway, '/', { method: 'OPTIONS' })).status, 200);
  const headers = { origin, 'access-control-request-method': 'GET' };
  assert.equal((await ask(gateway, '/', { headers })).body, 'content');
  assert.equal(backend.requests.length, 3);
});

test('the route decides, whatever the backend says', async (t) => {
  const { simple, gateway } = await start(t, { allowOrigins: ['https://www.foo.example'], exposeHeaders: ['x-three'] });
  const allowed = await simple('https://www.foo.example');
  assert.equal(allowed.body, 'content');
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://www.foo.example');
  assert.equal(allowed.headers['access-control-allow-credentials'], undefined);
  assert.equal(allowed.headers['access-control-expose-headers'], 'x-three');
  for (const { headers, body } of [await simple('https://backend.example'), await ask(gateway)]) {
    assert.equal(body, 'content', 'the browser is who keeps it from the script');
    assert.equal(headers['access-control-allow-origin'], undefined);
    assert.equal(headers.vary, 'Origin', 'a cache keeps the two apart');
  }
});

test('an error of the gateway can be read by whoever may read responses', async (t) => {
  const { simple, gateway } = await start(t, { allowOrigins: ['https://www.foo.example'] });
  const cors: Cors = {
    allowOrigins: ['https://www.foo.example'],
    allowCredentials: false,
    allowMethods: [],
    allowHeaders: [],
    exposeHeaders: [],
    maxAge: 5,
  };
  gateway.update(modelTo([{ ...route('r', forward([destination(orders)])), cors }], { [orders]: [] }));
  const { status, headers } = await simple('https://www.foo.example');
  assert.equal(status, 503);
  assert.equal(headers['access-control-allow-origin'], 'https://www.foo.example');
});

test('origins: wildcards stand for labels, ports are the scheme’s own unless stated', async (t) => {
  const { simple } = await start(t, {
    allowOrigins: ['https://*.bar.example', 'http://plain.example:8080', 'https://port.example:443', 'http://*:99'],
  });
  const isAllowed = async (origin: string) => (await simple(origin)).headers['access-control-allow-origin'] === origin;
  for (const origin of [
    'https://www.bar.example',
    'https://a.b.c.bar.example',
    'http://plain.example:8080',
    'https://port.example',
    'http://whoever.example:99',
  ]) {
    assert.ok(await isAllowed(origin), origin);
  }
  for (const origin of [
    'https://bar.example',
    'https://xbar.example',
    'https://www.bar.example.evil.example',
    'https://evil.example/.bar.example',
    'https://evil.example?.bar.example',
    'https://user@www.bar.example',
    'http://www.bar.example',
    'https://www.bar.example:8443',
    'http://plain.example',
    'null',
    'https://',
  ]) {
    assert.ok(!(await isAllowed(origin)), origin);
  }
});

test('wildcards are told as such, and with credentials as what was asked for', async (t) => {
  const any: Partial<Cors> = { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] };
  const { preflight } = await start(t, any);
  const plain = await preflight('https://www.foo.example', 'PUT', 'x-one, x-two');
  assert.equal(plain.headers['access-control-allow-origin'], '*');
  assert.equal(plain.headers['access-control-allow-methods'], '*');
  assert.equal(plain.headers['access-control-allow-headers'], '*');
  assert.equal(plain.headers['access-control-allow-credentials'], undefined);

  const { preflight: withCredentials } = await start(t, { ...any, allowCredentials: true });
  const echoed = await withCredentials('https://www.foo.example', 'PUT', 'x-one, x-two');
  assert.equal(echoed.headers['access-control-allow-origin'], 'https://www.foo.example');
  assert.equal(echoed.headers['access-control-allow-methods'], 'PUT');
  assert.equal(echoed.headers['access-control-allow-headers'], 'x-one, x-two');
  assert.equal(echoed.headers['access-control-allow-credentials'], 'true');
  const strange = await withCredentials('https://www.foo.example', 'PUT', 'x-one; x-two');
  assert.equal(strange.headers['access-control-allow-headers'], undefined, 'only names are echoed');
});

test('an origin may be allowed by a pattern, which fits the whole of it; private networks are told where both want it', async (t) => {
  const { preflight, gateway } = await start(t, {
    allowOriginPatterns: ['https://[a-z]+\\.foo\\.example'],
    allowPrivateNetwork: true,
    maxAge: null,
  });
  const allowed = await preflight('https://www.foo.example');
  assert.equal(allowed.headers['access-control-allow-origin'], 'https://www.foo.example');
  assert.equal(allowed.headers['access-control-max-age'], undefined);
  assert.equal(allowed.headers['access-control-allow-private-network'], undefined);
  assert.equal((await preflight('https://www.foo.example.evil')).status, 403);
  const headers = {
    origin: 'https://www.foo.example',
    'access-control-request-method': 'GET',
    'access-control-request-private-network': 'true',
  };
  const asked = await ask(gateway, '/', { method: 'OPTIONS', headers });
  assert.equal(asked.headers['access-control-allow-private-network'], 'true');
});
