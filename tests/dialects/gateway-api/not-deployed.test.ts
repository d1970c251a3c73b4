import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayApi } from '../../../src/dialects/gateway-api/index.ts';
import type { Finding } from '../../../src/model/finding.ts';
import { nowhere } from '../../../src/model/origin.ts';
import type { KubernetesObject, Resource } from '../../../src/resources/object.ts';
import { translateObjects } from '../../support/case.ts';

const apiVersion = 'gateway.networking.k8s.io/v1';

function gateway(name: string): Resource {
  const object = {
    apiVersion,
    kind: 'Gateway',
    metadata: { name, namespace: 'infra' },
    spec: {
      gatewayClassName: 'farside',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } }],
    },
  } satisfies KubernetesObject & Readonly<Record<string, unknown>>;
  const reference = { apiVersion, kind: 'Gateway', namespace: 'infra', name };
  return { reference, object, provenance: { file: null, position: () => null } };
}

test('a Gateway whose data plane cannot be deployed as it asks says so beside the listeners that are open', () => {
  const addresses = { 'infra/edge': ['10.0.0.1'], 'infra/other': ['10.0.0.2'] };
  const objects = [gateway('edge'), gateway('other')];
  const { translation } = translateObjects(gatewayApi, objects, { addresses });
  const finding: Finding = {
    severity: 'error',
    reason: 'NotDeployed',
    message: 'it cannot be deployed',
    effect: 'it stays as it is',
    remedy: 'correct it',
    origin: { ...nowhere, apiVersion, kind: 'Gateway', namespace: 'infra', name: 'edge' },
  };
  const programmed = translation.status({ isOpen: () => true, findings: [finding] }).flatMap(({ metadata, status }) => {
    const conditions = (status.conditions ?? []) as readonly Readonly<Record<string, string>>[];
    return conditions
      .filter(({ type }) => type === 'Programmed')
      .map((each) => `${metadata.name} ${each.status}: ${each.message}`);
  });
  assert.deepEqual(programmed, [
    'edge True: listeners are open on 10.0.0.1; it cannot be deployed; it stays as it is. To fix it: correct it',
    'other True: listeners are open on 10.0.0.2',
  ]);
});
