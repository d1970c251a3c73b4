import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readInfrastructure } from '../../src/control/cluster/desired-infrastructure.ts';
import { translate } from '../../src/control/translate.ts';
import { adminPort, containerPort } from '../../src/dataplanes/node/remote/container-port.ts';
import type { KubernetesObject, Resource } from '../../src/resources/object.ts';

const toResource = (object: KubernetesObject): Resource => {
  const { apiVersion, kind, metadata } = object;
  const reference = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  return { reference, object, provenance: { file: null, position: () => null } };
};

const gateway = toResource({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { namespace: 'infra', name: 'edge', uid: 'the-uid' },
  spec: {
    gatewayClassName: 'gone',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } }],
  },
} as KubernetesObject);

const deployment = (uid: string, annotations: Readonly<Record<string, string>> = {}) =>
  toResource({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace: 'infra', name: 'farside-edge', ownerReferences: [{ uid, controller: true }], annotations },
  });

const gatewayClass = toResource({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'gone' },
  spec: { controllerName: 'example.com/somebody-else' },
} as KubernetesObject);

const installation = { image: 'farside:1', controller: 'farside.farside-system:18000', adminPort, containerPort };
const home = { namespace: 'farside-system', owner: null };

function read(...objects: readonly Resource[]) {
  const pool = { type: 'services', namespace: home.namespace } as const;
  const now = '2026-11-21T00:00:00Z';
  const { resources, model, findings } = translate(
    { objects, refused: [] },
    { pool, portOffset: 0, now, supply: false },
  );
  const { desired } = readInfrastructure({ resources, model }, installation, home);
  return {
    listeners: Object.keys(model.listeners),
    reasons: findings.map(({ reason }) => reason),
    removed: [...desired.values()].flatMap(({ unwanted }) => unwanted.map(({ kind }) => kind)),
    applied: [...desired.values()].flatMap(({ objects: wanted }) => wanted.map(({ kind }) => kind)),
  };
}

test('a Gateway whose class is gone is served on with what it has', () => {
  const { listeners, reasons, removed, applied } = read(gateway, deployment('the-uid'));
  assert.deepEqual(listeners, ['infra/edge:80']);
  assert.ok(reasons.includes('GatewayClassNotFound'));
  assert.deepEqual([removed, applied], [[], []]);
});

test('what the FarsideConfig of a class forbids is forbidden when the class is gone', () => {
  const noted = deployment('the-uid', { 'farside.dev/class-parameters': 'farside-system/strict' });
  const config = toResource({
    apiVersion: 'farside.dev/v1alpha1',
    kind: 'FarsideConfig',
    metadata: { namespace: 'farside-system', name: 'strict' },
    spec: { backendTls: { insecureSkipVerify: 'Forbidden' } },
  } as KubernetesObject);
  const policy = toResource({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'BackendTLSPolicy',
    metadata: { namespace: 'infra', name: 'all' },
    spec: {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
      validation: { hostname: 'a.internal', wellKnownCACertificates: 'System' },
      options: { 'farside.dev/insecure-skip-verify': 'true' },
    },
  } as KubernetesObject);
  const forbidden = (...objects: readonly Resource[]) => read(gateway, policy, ...objects).reasons.includes('Invalid');
  assert.ok(forbidden(noted, config));
  assert.ok(forbidden(noted), 'nor when both are gone');
  assert.ok(!forbidden(deployment('the-uid'), config), 'a class that named none forbids nothing');
});

test('a Gateway of no class that never was ours is left alone', () => {
  for (const objects of [[gateway], [gateway, deployment('of another Gateway of the name')]]) {
    const { listeners, removed, applied } = read(...objects);
    assert.deepEqual([listeners, removed, applied], [[], [], []]);
  }
});

test('what a Gateway had from us is removed when its class is somebody else’s', () => {
  const { listeners, removed, applied } = read(gateway, gatewayClass, deployment('the-uid'));
  assert.deepEqual([listeners, applied], [[], []]);
  assert.deepEqual(removed, ['Deployment', 'Service', 'PodDisruptionBudget', 'ServiceAccount']);
});
