import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { freePort } from '../behaviour/harness.ts';
import { ask } from './clients.ts';
import { serve } from './farside.ts';
import { gateway, yaml } from './objects.ts';
import { authority, Folder, startHttpsBackend } from './shop.ts';

const options = { timeout: 60_000 };
const lifetime = { after };

const stranger = await CertificateAuthority.create('Stranger CA');
const certificate = await authority.issue({ dns: ['api.internal'] });
const modern = await startHttpsBackend(lifetime, certificate);
const old = await startHttpsBackend(lifetime, certificate, undefined, { maxVersion: 'TLSv1.2' });
const mutual = await startHttpsBackend(lifetime, certificate, undefined, {
  requestCert: true,
  rejectUnauthorized: true,
  ca: authority.certificate,
});
const client = await authority.issue({ commonName: 'edge', usage: 'client' });

const bundle = (trustBundle: string) => ({
  apiVersion: 'certificates.k8s.io/v1',
  kind: 'ClusterTrustBundle',
  metadata: { name: 'example.com:demo:v1' },
  spec: { signerName: 'example.com/demo', trustBundle },
});

const xBackend = (name: string, port: number, clientCertificate: object = { mode: 'ServerOnly' }) => ({
  apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
  kind: 'XBackend',
  metadata: { name, namespace: 'shop' },
  spec: {
    type: 'ExternalHostname',
    externalHostname: { hostname: 'localhost' },
    port: { number: port },
    tls: {
      ...clientCertificate,
      validation: {
        hostname: 'api.internal',
        caCertificateRefs: [{ group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', name: 'example.com:demo:v1' }],
      },
    },
  },
});

const names = ['modern', 'old', 'mutual'];
const route = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    parentRefs: [{ name: 'edge' }],
    rules: names.map((name) => ({
      matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }],
      backendRefs: [{ group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name }],
    })),
  },
};

const gatewayClass = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'farside' },
  spec: {
    controllerName: 'farside.dev/gateway-controller',
    parametersRef: { group: 'farside.dev', kind: 'FarsideConfig', name: 'all', namespace: 'farside-system' },
  },
};

const config = (backendTls: object) => ({
  apiVersion: 'farside.dev/v1alpha1',
  kind: 'FarsideConfig',
  metadata: { name: 'all', namespace: 'farside-system' },
  // What would be deployed has no meaning in a folder, and is no fault there.
  spec: { dataPlane: { type: 'Node', replicas: 3 }, backendTls },
});

const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'client', namespace: 'shop' },
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': client.chain, 'tls.key': client.key },
};

const port = await freePort();
const folder = new Folder(lifetime, {
  'gateway.yaml': yaml(gatewayClass, gateway('edge', { port }), route, secret),
  'backends.yaml': yaml(
    xBackend('modern', modern),
    xBackend('old', old),
    xBackend('mutual', mutual, { mode: 'ClientAndServer', clientCertificateRef: { name: 'client' } }),
  ),
  'trust.yaml': yaml(bundle(authority.certificate)),
  'config.yaml': yaml(config({})),
});
const running = await serve(lifetime, [folder.path]);

const statuses = () => Promise.all(names.map(async (name) => (await ask({ port }, `/${name}`)).status));

test(
  'an external host is reached as its XBackend says: verified by a ClusterTrustBundle, with a client certificate',
  options,
  async () => {
    assert.deepEqual(await statuses(), [200, 200, 200]);
  },
);

test('a ClusterTrustBundle that changes, or goes, takes its trust along', options, async () => {
  await running.revisionAfter(() => folder.write('trust.yaml', yaml(bundle(stranger.certificate))));
  assert.deepEqual(await statuses(), [503, 503, 503]);
  await running.revisionAfter(() => folder.write('trust.yaml', yaml(bundle(authority.certificate))));
  assert.deepEqual(await statuses(), [200, 200, 200]);
  await running.revisionAfter(() => folder.remove('trust.yaml'));
  assert.deepEqual(await statuses(), [503, 503, 503]);
  await running.revisionAfter(() => folder.write('trust.yaml', yaml(bundle(authority.certificate))));
});

test('a FarsideConfig raises the lowest version for all backends of its class', options, async () => {
  await running.revisionAfter(() => folder.write('config.yaml', yaml(config({ minVersion: '1.3' }))));
  assert.deepEqual(await statuses(), [200, 503, 200]);
  await running.revisionAfter(() => folder.write('config.yaml', yaml(config({ minVersion: '1.2' }))));
  assert.deepEqual(await statuses(), [200, 200, 200]);
});

test(
  'a FarsideConfig that its schema refuses leaves the one before in force; one that is gone ends the service',
  options,
  async () => {
    await running.revisionAfter(() => folder.write('config.yaml', yaml(config({ minVersion: '1.3' }))));
    folder.write('config.yaml', yaml(config({ minVersion: '1.4' })));
    await running.process.printed(/Unsupported value: "1\.4"/);
    assert.deepEqual(await statuses(), [200, 503, 200]);
    await running.revisionAfter(() => folder.remove('config.yaml'));
    await assert.rejects(ask({ port }, '/modern'), { code: 'ECONNREFUSED' });
    await running.revisionAfter(() => folder.write('config.yaml', yaml(config({}))));
    assert.deepEqual(await statuses(), [200, 200, 200]);
  },
);
