// What helm makes of the chart. Needs the helm that `npm run chart` builds.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { helmBinary, render, root } from '../../scripts/chart/helm.ts';
import { parseManifests, plainManifests } from '../../scripts/chart/manifests.ts';

type Fields = Readonly<Record<string, unknown>>;

const skip = existsSync(helmBinary) ? false : `there is no ${helmBinary}: \`npm run chart\` builds it, with Go`;
const file = (name: string): readonly string[] => [
  '--values',
  fileURLToPath(new URL(`values/${name}.yaml`, import.meta.url)),
];
const rendered = (...options: readonly string[]): readonly Fields[] => {
  const { accepted, output } = render(helmBinary, ...options);
  assert.ok(accepted, output);
  return parseManifests(output);
};
const kinds = (objects: readonly Fields[]): readonly string[] => objects.map(({ kind }) => String(kind)).sort();
const named = (objects: readonly Fields[], kind: string, name: string): Fields => {
  const found = objects.find(
    (object) => object.kind === kind && (object.metadata as { readonly name: string }).name === name,
  );
  assert.ok(found !== undefined, `${kind} ${name}: ${kinds(objects).join(' ')}`);
  return found;
};

describe('the chart, rendered', { skip }, () => {
  let all: readonly Fields[] = [];
  before(() => {
    all = rendered(...file('everything'));
  });

  it('is what deploy/farside.yaml was made from', () => {
    assert.equal(readFileSync(join(root, 'deploy/farside.yaml'), 'utf8'), plainManifests(helmBinary));
  });

  it('needs no value', () => {
    assert.deepEqual(kinds(rendered()), [
      ...['ClusterRole', 'ClusterRole', 'ClusterRole', 'ClusterRoleBinding', 'Deployment', 'GatewayClass'],
      ...['NetworkPolicy', 'PodDisruptionBudget', 'Role', 'RoleBinding', 'Service', 'Service', 'ServiceAccount'],
    ]);
  });

  it('leaves out what is not asked for', () => {
    const objects = rendered(...file('minimal'));
    assert.deepEqual(kinds(objects), ['Deployment', 'Service', 'Service']);
    assert.partialDeepStrictEqual(named(objects, 'Deployment', 'farside'), {
      spec: { replicas: 1, template: { spec: { serviceAccountName: 'existing' } } },
    });
  });

  it('gives the controller and its data planes one image, by digest where there is one', () => {
    const image = `registry.example/team/farside@sha256:${'0123456789abcdef'.repeat(4)}`;
    const { spec } = named(all, 'Deployment', 'farside-edge') as { readonly spec: Fields };
    const { containers } = (spec.template as { readonly spec: { readonly containers: readonly Fields[] } }).spec;
    assert.equal(containers[0]?.image, image);
    assert.ok(JSON.stringify(containers).includes(`"--data-plane-image=${image}"`));
    assert.equal(containers[0]?.imagePullPolicy, 'Always');
  });

  it('tells data planes the stream by the name of its Service', () => {
    const { spec } = named(all, 'Deployment', 'farside-edge') as { readonly spec: Fields };
    const text = JSON.stringify(spec);
    assert.match(text, /--stream-address=farside-edge-stream\.farside-system\.svc:18000/);
    named(all, 'Service', 'farside-edge-stream');
  });

  it('has the rights, the flags and the objects of the dialects that are asked for', () => {
    const objects = rendered('--set', 'dialects={contour},compat={contour}');
    assert.ok(!kinds(objects).includes('GatewayClass'));
    const { rules } = named(objects, 'ClusterRole', 'farside-system-farside') as { readonly rules: readonly Fields[] };
    const groups = rules.flatMap(({ apiGroups }) => apiGroups as readonly string[]);
    assert.ok(groups.includes('projectcontour.io') && !groups.includes('gateway.networking.k8s.io'));
    assert.match(JSON.stringify(named(objects, 'Deployment', 'farside')), /"--dialects=contour","--compat=contour"/);
  });

  it('gives the class its parameters', () => {
    assert.partialDeepStrictEqual(named(all, 'GatewayClass', 'far'), {
      spec: {
        controllerName: 'farside.dev/gateway-controller',
        parametersRef: {
          group: 'farside.dev',
          kind: 'FarsideConfig',
          namespace: 'farside-system',
          name: 'farside-edge',
        },
      },
    });
    assert.deepEqual(named(all, 'FarsideConfig', 'farside-edge').spec, {
      dataPlane: { replicas: 3, service: { type: 'ClusterIP' } },
    });
  });

  it('puts what an operator adds into the pods, without touching what they are selected by', () => {
    assert.partialDeepStrictEqual(named(all, 'Deployment', 'farside-edge'), {
      spec: {
        replicas: 3,
        template: {
          metadata: {
            labels: { team: 'platform', 'example.com/tier': 'edge', 'app.kubernetes.io/component': 'controller' },
            annotations: { 'example.com/restarted': 'yes' },
          },
          spec: {
            priorityClassName: 'system-node-critical',
            imagePullSecrets: [{ name: 'registry' }],
            nodeSelector: { 'kubernetes.io/os': 'linux' },
            topologySpreadConstraints: [{ whenUnsatisfiable: 'DoNotSchedule' }],
          },
        },
      },
    });
  });

  it('lets only those reach the admin port who were named', () => {
    const { spec } = named(all, 'NetworkPolicy', 'farside-edge') as {
      readonly spec: { readonly ingress: readonly { readonly from: unknown; readonly ports: unknown }[] };
    };
    assert.deepEqual(spec.ingress[1], {
      from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } } }],
      ports: [{ port: 'admin', protocol: 'TCP' }],
    });
  });

  it('has Prometheus find controllers and data planes, and alerts with their thresholds and labels', () => {
    named(all, 'ServiceMonitor', 'farside-edge');
    assert.partialDeepStrictEqual(named(all, 'PodMonitor', 'farside-edge-data-planes'), {
      metadata: { labels: { release: 'prometheus' } },
      spec: { namespaceSelector: { any: true }, podMetricsEndpoints: [{ port: 'admin', interval: '15s' }] },
    });
    const { spec } = named(all, 'PrometheusRule', 'farside-edge') as {
      readonly spec: { readonly groups: readonly { readonly rules: readonly Fields[] }[] };
    };
    const rules = spec.groups.flatMap((group) => group.rules);
    for (const { labels } of rules) assert.partialDeepStrictEqual(labels, { team: 'platform' });
    const soon = rules.find(({ alert }) => alert === 'FarsideCertificateExpiresSoon');
    assert.match(String(soon?.expr), /< 30 \* 86400$/);
  });

  it('gives everything of a namespace the namespace of the release, and no two objects one name', () => {
    const clusterWide = ['ClusterRole', 'ClusterRoleBinding', 'GatewayClass'];
    const keys = all.map(({ kind, metadata }) => `${kind}/${(metadata as { readonly name: string }).name}`);
    assert.equal(new Set(keys).size, keys.length);
    for (const { kind, metadata } of all) {
      const expected = clusterWide.includes(String(kind)) ? undefined : 'farside-system';
      assert.equal((metadata as { readonly namespace?: string }).namespace, expected, String(kind));
    }
  });

  for (const [value, complaint] of [
    ['replica=2', /additional properties? 'replica' not allowed/],
    ['image.tga=v1', /'tga' not allowed/],
    ['replicas=two', /replicas.*want integer/s],
    ['dialects={istio}', /dialects/],
    ['dialects=null', /dialects/],
    ['log.level=loud', /log\/level/],
    ['image.digest=sha256:short', /image\/digest/],
    ['serviceAccount.create=false', /serviceAccount\.name is needed/],
    ['monitoring.rules.clientHandshakeFailureRatio=2', /clientHandshakeFailureRatio/],
  ] as const) {
    it(`refuses ${value}`, () => {
      const { accepted, output } = render(helmBinary, '--set', value);
      assert.equal(accepted, false);
      assert.match(output, complaint);
    });
  }
});
