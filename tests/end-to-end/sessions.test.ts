import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { freePort } from '../behaviour/harness.ts';
import { type Answer, ask } from './clients.ts';
import { serve, until } from './farside.ts';
import { gateway, yaml } from './objects.ts';
import { Folder } from './shop.ts';

const options = { timeout: 60_000 };
const lifetime = { after };

/** The ports of backends that answer with their letter. */
const ports = new Map<string, number>();
for (const letter of 'abxyz') {
  const server = createServer((_, response) => response.end(letter));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.close());
  ports.set(letter, (server.address() as AddressInfo).port);
}

/** A Service whose pods are backends on this machine. */
const serviceOf = (name: string, letters: string): readonly object[] => [
  { apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec: { ports: [{ port: 80 }] } },
  ...[...letters].map((letter) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-${letter}`, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: '', port: ports.get(letter) }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  })),
];

const files = (rightLetters: string, weight: number): string =>
  yaml(
    {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'web', namespace: 'shop', uid: '6a3f0b52-5a0c-4a51-9a52-0c1c3f8e7a15' },
      spec: {
        parentRefs: [{ name: 'edge' }],
        rules: [
          {
            name: 'carts',
            sessionPersistence: { absoluteTimeout: '1h', cookie: { lifetimeType: 'Permanent' } },
            backendRefs: [
              { name: 'left', port: 80, weight },
              { name: 'right', port: 80, weight: 1 },
            ],
          },
        ],
      },
    },
    ...(serviceOf('left', 'ab') as Readonly<Record<string, unknown>>[]),
    ...(serviceOf('right', rightLetters) as Readonly<Record<string, unknown>>[]),
  );

const cookieOf = ({ headers }: Answer): string => headers['set-cookie']?.[0]?.split(';')[0] ?? '';

test('a session outlives new endpoints, new weights and a new process', options, async () => {
  const port = await freePort();
  const folder = new Folder(lifetime, {
    'gateway.yaml': yaml(gateway('edge', { port })),
    'route.yaml': files('xy', 1),
  });
  const args = [folder.path, '--workers', '2'];
  const running = await serve(lifetime, args);
  const sessions = new Map<string, string>();
  await until(async () => {
    const answer = await ask({ port }, '/');
    assert.match(
      answer.headers['set-cookie']?.[0] ?? '',
      /^farside-session-[0-9a-f]{12}=[\w-]{54}; Path=\/; Max-Age=3600; HttpOnly; SameSite=Strict$/,
    );
    sessions.set(answer.body, cookieOf(answer));
    return sessions.size === 4;
  });
  const all = async (): Promise<void> => {
    for (const [letter, cookie] of sessions) {
      for (let index = 0; index < 6; index += 1) {
        const answer = await ask({ port, headers: { cookie: `theme=dark; ${cookie}` } }, '/');
        assert.equal(answer.body, letter);
        assert.equal(cookieOf(answer), '');
      }
    }
  };
  await all();
  await running.revisionAfter(() => folder.write('route.yaml', files('zxy', 0)));
  await all();
  assert.match((await ask({ port }, '/')).body, /[xyz]/, 'no session begins at weight zero');
  running.process.signal('SIGTERM');
  await running.process.ended;
  await serve(lifetime, args);
  await all();
});
