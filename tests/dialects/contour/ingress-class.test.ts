import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contour } from '../../../src/dialects/contour/index.ts';
import type { DialectOptions } from '../../../src/dialects/dialect.ts';
import type { KubernetesObject, Resource } from '../../../src/resources/object.ts';
import { ResourceSet } from '../../../src/resources/set.ts';

/** An Ingress of a cluster, or of a file. */
function ingress(name: string, ingressClassName: string | undefined, file: string | null): Resource {
  const object = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: 'shop' },
    spec: {
      ...(ingressClassName === undefined ? {} : { ingressClassName }),
      rules: [{ host: `${name}.test`, http: { paths: [] } }],
    },
  } satisfies KubernetesObject & Readonly<Record<string, unknown>>;
  return {
    reference: { apiVersion: object.apiVersion, kind: object.kind, namespace: 'shop', name },
    object,
    provenance: { file, position: () => null },
  };
}

function translate(resources: readonly Resource[], options: DialectOptions = {}) {
  const addresses = { 'ingress-class:contour': ['127.0.0.1'] };
  const environment = {
    addresses,
    ownDataPlanes: false,
    portOffset: 0,
    now: '2026-11-20T12:00:00Z',
    options: { contour: options },
  };
  const translation = contour.translate(new ResourceSet(resources), environment);
  return {
    served: translation.status({ isOpen: () => true, findings: [] }).map(({ metadata }) => metadata.name),
    findings: translation.findings,
  };
}

test("an Ingress without a class is served from a file, and left alone in a cluster: it may be anybody's", () => {
  const { served, findings } = translate([
    ingress('file', undefined, 'web.yaml'),
    ingress('cluster', undefined, null),
    ingress('class', 'contour', null),
    ingress('other', 'nginx', null),
  ]);
  assert.deepEqual(served, ['class', 'file']);
  assert.deepEqual(
    findings.map(({ reason, severity, origin }) => [reason, severity, origin.name]),
    [['NoIngressClass', 'info', 'cluster']],
  );
});

test('who asks for compatibility by name has it served, as with the peer', () => {
  const { served, findings } = translate([ingress('cluster', undefined, null)], { compatible: true });
  assert.deepEqual([served, findings], [['cluster'], []]);
});
