import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noModification } from '../../src/model/route.ts';
import { ask } from './ask.ts';
import { echo, httpBackend, orders, toPorts } from './backends.ts';
import { startGateway } from './gateway.ts';
import { anyMatch, destination, forward, modelOfRoutes, route } from './model.ts';

test('filters: headers are set, added and removed on both sides; framing cannot be set', async (t) => {
  const port = await httpBackend(t, (incoming, response) => {
    response.setHeader('x-drop', 'yes');
    response.setHeader('x-set', 'backend');
    response.setHeader('x-seen', JSON.stringify(incoming.headers));
    response.end('ok');
  });
  const requestHeaders = {
    set: [
      { name: 'x-a', value: 'set' },
      { name: 'transfer-encoding', value: 'chunked' },
      { name: 'host', value: 'set.example' },
    ],
    add: [
      { name: 'x-b', value: 'added' },
      { name: 'connection', value: 'x-c' },
    ],
    remove: ['x-d', 'x-forwarded-for'],
  };
  const action = forward(
    [
      {
        ...destination(orders),
        requestHeaders: { ...noModification, set: [{ name: 'x-a', value: 'inner' }] },
        responseHeaders: { ...noModification, set: [{ name: 'x-set', value: 'inner' }] },
      },
    ],
    {
      requestHeaders,
      responseHeaders: {
        set: [{ name: 'x-set', value: 'outer' }],
        add: [{ name: 'x-more', value: '1' }],
        remove: ['x-drop'],
      },
    },
  );
  const gateway = await startGateway(t, toPorts([port], { routes: [route('r', action)] }));
  const { headers } = await ask(gateway, '/', { headers: { 'x-a': 'client', 'x-b': 'client', 'x-d': 'client' } });
  const seen = JSON.parse(String(headers['x-seen']));
  assert.equal(seen['x-a'], 'inner');
  assert.equal(seen['x-b'], 'client, added');
  assert.equal(seen['x-d'], undefined);
  assert.equal(seen['x-forwarded-for'], undefined);
  assert.equal(seen['transfer-encoding'], undefined);
  assert.equal(seen.host, 'set.example');
  assert.equal(headers['x-set'], 'outer');
  assert.equal(headers['x-more'], '1');
  assert.equal(headers['x-drop'], undefined);
});

test('filters: host and path are rewritten', async (t) => {
  const rewrite = { hostname: 'inner.example', path: { type: 'prefix' as const, value: '/new' } };
  const action = forward([destination(orders)], { rewrite });
  const routes = [route('r', action, { ...anyMatch, path: { type: 'prefix', value: '/old' } })];
  const gateway = await startGateway(t, toPorts([await httpBackend(t, echo)], { routes }));
  const got = JSON.parse((await ask(gateway, '/old/x?y=1')).body);
  assert.equal(got.url, '/new/x?y=1');
  assert.equal(got.headers.host, 'inner.example');
  assert.equal(got.headers['x-forwarded-host'], 'a.example');
});

test('filters: a redirect keeps what it does not name', async (t) => {
  const redirect = { type: 'redirect', status: 301, scheme: 'https', hostname: null, port: 8443, path: null } as const;
  const headers = { ...noModification, add: [{ name: 'x-a', value: '1' }] };
  const gateway = await startGateway(t, modelOfRoutes([route('r', { ...redirect, responseHeaders: headers })]));
  const answer = await ask(gateway, '/a?b=c', { headers: { host: 'a.example:8080' } });
  assert.equal(answer.status, 301);
  assert.equal(answer.headers.location, 'https://a.example:8443/a?b=c');
  assert.equal(answer.headers['x-a'], '1');
  assert.equal(answer.body, '');
});

test('headers may depend on the request, and so may the Host', async (t) => {
  const port = await httpBackend(t, echo);
  const requestHeaders = {
    ...noModification,
    set: [
      { name: 'x-client', value: '', parts: ['from ', { type: 'client-address' }] },
      { name: 'x-first', value: '', parts: [{ type: 'header', names: ['x-none', 'x-a'], maxLength: 3 }] },
      { name: 'x-path', value: '', parts: [{ type: 'header', names: [':path'], maxLength: null }] },
      { name: 'x-absent', value: '', parts: [{ type: 'tls-version' }] },
      { name: 'content-length', value: '', parts: ['7'] },
    ],
  } as const;
  const action = forward([destination(orders)], {
    requestHeaders,
    rewrite: { hostname: null, path: null, hostnameFrom: 'x-host' },
  });
  const gateway = await startGateway(t, toPorts([port], { routes: [route('r', action)] }));
  const headersOf = async (headers: Readonly<Record<string, string>>) =>
    JSON.parse((await ask(gateway, '/p?q', { headers })).body).headers;
  const seen = await headersOf({ 'x-a': 'abcdef', 'x-absent': 'client', 'x-host': 'other.example:8080' });
  assert.deepEqual(
    [seen['x-client'], seen['x-first'], seen['x-path'], seen['x-absent'], seen.host, seen['content-length']],
    ['from 127.0.0.1', 'abc', '/p?q', undefined, 'other.example:8080', undefined],
  );
  assert.equal((await headersOf({ 'x-host': 'no host' })).host, (await headersOf({})).host);
});
