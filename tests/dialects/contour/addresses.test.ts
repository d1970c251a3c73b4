import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contour } from '../../../src/dialects/contour/index.ts';
import type { KubernetesObject } from '../../../src/resources/object.ts';
import { ResourceSet } from '../../../src/resources/set.ts';
import { toResource } from '../../../src/sources/kubernetes/kind-store.ts';

const ingress = toResource({
  ...{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web', namespace: 'shop' } },
  spec: { ingressClassName: 'contour', rules: [{ host: 'web.test', http: { paths: [] } }] },
} as KubernetesObject);

test('an Ingress tells addresses as such, and the names of load balancers as names', () => {
  const translation = contour.translate(new ResourceSet([ingress]), {
    addresses: { 'ingress-class:contour': ['192.0.2.7', '2001:db8::1', 'edge.elb.example.com'] },
    ...{ ownDataPlanes: true, portOffset: 0, now: '2026-11-20T12:00:00Z', options: {} },
  });
  const [document] = translation.status({ isOpen: () => true, findings: [] });
  assert.deepEqual(document?.status, {
    loadBalancer: { ingress: [{ ip: '192.0.2.7' }, { ip: '2001:db8::1' }, { hostname: 'edge.elb.example.com' }] },
  });
});
