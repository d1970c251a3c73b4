import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Answer, ask } from './clients.ts';
import { serve, until } from './farside.ts';
import { gateway, policy, route, secret, service, trust, yaml } from './objects.ts';
import { freeOffset } from './ports.ts';
import { authority, edgeCertificate, Folder, startHttpsBackend } from './shop.ts';

/* Several APIs in one folder, on the same ports: each host is served by the one that states it. */

const options = { timeout: 60_000 };
const lifetime = { after };

const backend = await authority.issue({ dns: ['orders.internal'] });
const port = await startHttpsBackend(lifetime, backend, (request, response) =>
  response.end(`${request.headers.host} ${request.url}`),
);
const shop = await authority.issue({ dns: ['proxy.test', 'ingress.test', 'only.test'] });

const metadata = (name: string) => ({ name, namespace: 'shop' });

const proxy = (fqdn: string, tls: object = {}) => ({
  apiVersion: 'projectcontour.io/v1',
  kind: 'HTTPProxy',
  metadata: metadata(fqdn),
  spec: {
    virtualhost: { fqdn, ...tls },
    routes: [
      {
        services: [
          {
            name: 'orders',
            port: 443,
            protocol: 'tls',
            validation: { caSecret: 'ca', subjectName: 'orders.internal' },
          },
        ],
      },
    ],
  },
});

const ingress = (name: string, annotations: Readonly<Record<string, string>>) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { ...metadata(name), annotations },
  spec: {
    tls: [{ hosts: [`${name}.test`], secretName: 'shop' }],
    rules: [
      {
        host: `${name}.test`,
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 'annotated', port: { number: 443 } } } },
            { path: '/exact', pathType: 'Exact', backend: { service: { name: 'gone', port: { number: 443 } } } },
          ],
        },
      },
    ],
  },
});

const [annotated, ...slices] = service('annotated', port);

const folder = new Folder(lifetime, {
  'services.yaml': yaml(
    ...service('orders', port),
    {
      ...annotated,
      metadata: { ...metadata('annotated'), annotations: { 'projectcontour.io/upstream-protocol.tls': 'https' } },
    },
    ...slices,
    secret('edge', edgeCertificate),
    secret('shop', shop),
    trust(authority.certificate),
    {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: metadata('ca') },
      stringData: { 'ca.crt': authority.certificate },
    },
  ),
  'gateway.yaml': yaml(
    gateway('edge', { port: 80 }, { port: 443, certificate: 'edge' }),
    route('orders'),
    policy('orders'),
  ),
  'proxy.yaml': yaml(proxy('proxy.test', { tls: { secretName: 'shop' } })),
  'ingress.yaml': yaml(
    ingress('ingress', { 'ingress.kubernetes.io/force-ssl-redirect': 'true' }),
    ingress('only', { 'kubernetes.io/ingress.allow-http': 'false' }),
  ),
});

const offset = await freeOffset();
const running = await serve(lifetime, [folder.path, '--port-offset', String(offset)]);
const [httpPort, httpsPort] = [80 + offset, 443 + offset];
const http = (host: string, path = '/'): Promise<Answer> => ask({ port: httpPort, host }, path);
const https = (host: string, path = '/'): Promise<Answer> =>
  ask({ port: httpsPort, host, ca: authority.certificate }, path);

async function reasons(): Promise<readonly string[]> {
  const { findings } = (await running.json('/api/status')) as { readonly findings: readonly { reason: string }[] };
  return findings.map(({ reason }) => reason);
}

test(
  'a Gateway, a proxy and Ingresses are served on the same ports, each by its own certificate',
  options,
  async () => {
    assert.equal((await https('edge.test', '/orders')).body, 'edge.test /orders');
    assert.equal((await https('proxy.test', '/a')).body, 'proxy.test /a');
    assert.equal((await https('ingress.test', '/a')).body, 'ingress.test /a');
    assert.equal((await http('edge.test', '/orders')).body, 'edge.test /orders');
    assert.equal((await https('ingress.test', '/exact')).status, 503, 'no Service, and no other path takes it');
  },
);

test('without TLS an Ingress redirects, or is not there, as its annotations say', options, async () => {
  const { status, headers } = await http('ingress.test', '/a');
  assert.deepEqual([status, headers.location], [301, `https://ingress.test:${httpsPort}/a`]);
  assert.equal((await http('only.test')).status, 404);
  assert.equal((await https('only.test')).status, 200);
});

test('a Service that two describe differently is told', options, async () => {
  assert.ok(!(await reasons()).includes('ServiceDescribedDifferently'), 'the policy and the validation say the same');
  await running.revisionAfter(() => folder.remove('gateway.yaml'));
  await running.revisionAfter(() =>
    folder.write(
      'gateway.yaml',
      yaml(gateway('edge', { port: 80 }, { port: 443, certificate: 'edge' }), route('orders')),
    ),
  );
  await until(async () => (await reasons()).includes('ServiceDescribedDifferently'));
});

test('a host that two have stays with the first, and comes back to the other without it', options, async () => {
  const named = { ...route('orders'), spec: { ...(route('orders').spec as object), hostnames: ['proxy.test'] } };
  folder.write('gateway.yaml', yaml(gateway('edge', { port: 80 }), named, policy('orders')));
  await until(async () => (await http('proxy.test', '/other')).status === 404);
  assert.equal((await http('proxy.test', '/orders')).body, 'proxy.test /orders');
  assert.ok((await reasons()).includes('HostnameConflict'));
  assert.equal((await https('proxy.test', '/a')).body, 'proxy.test /a', 'the Gateway has nothing there');
  folder.remove('gateway.yaml');
  await until(async () => (await http('proxy.test', '/a')).status === 301);
});
