import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminPort, containerPort } from '../../src/dataplanes/node/remote/container-port.ts';
import { gatewayLabel, infrastructureName } from '../../src/infrastructure/gateway/names.ts';
import { type DesiredObject, unitObjects } from '../../src/infrastructure/gateway/objects.ts';
import { type DeploymentParameters, defaultParameters } from '../../src/infrastructure/gateway/parameters.ts';
import { serviceAddresses } from '../../src/infrastructure/gateway/service-addresses.ts';
import { gatewayNameLabel, unitOfGateway } from '../../src/infrastructure/gateway/unit.ts';
import { streamSecret } from '../../src/infrastructure/stream/secret.ts';
import type { Gateway, GatewaySpec } from '../../src/resources/generated/types.ts';
import type { Resource } from '../../src/resources/object.ts';

const installation = { image: 'farside:1', controller: 'farside.farside-system:9443', adminPort, containerPort };

const listener = (name: string, port: number, protocol: string) => ({
  name,
  port,
  protocol,
  allowedRoutes: { namespaces: { from: 'Same' as const } },
});

function gateway(spec: Partial<GatewaySpec>, name = 'edge'): Resource<Gateway> {
  const object: Gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { namespace: 'infra', name, uid: 'the-uid' },
    spec: { gatewayClassName: 'farside', listeners: [listener('http', 80, 'HTTP')], ...spec },
    status: { conditions: [] },
  };
  const reference = { apiVersion: object.apiVersion, kind: object.kind, namespace: 'infra', name };
  return { reference, object, provenance: { file: null, position: () => null } };
}

function objectsOf(spec: Partial<GatewaySpec>, parameters: Partial<DeploymentParameters> = {}) {
  const objects = unitObjects(unitOfGateway(gateway(spec)), { ...defaultParameters, ...parameters }, installation);
  return new Map(objects.map((object) => [object.kind, object]));
}

const specOf = (object: DesiredObject | undefined) => object?.spec as Readonly<Record<string, unknown>>;

test('a Gateway gets a ServiceAccount, a Deployment, a Service and a PodDisruptionBudget, which it owns', () => {
  const objects = objectsOf({});
  assert.deepEqual([...objects.keys()], ['ServiceAccount', 'Deployment', 'Service', 'PodDisruptionBudget']);
  for (const { metadata } of objects.values()) {
    assert.deepEqual([metadata.namespace, metadata.name], ['infra', 'farside-edge']);
    const [owner] = metadata.ownerReferences ?? [];
    assert.deepEqual([owner?.kind, owner?.uid], ['Gateway', 'the-uid']);
  }
  assert.ok(!objectsOf({}, { replicas: 1 }).has('PodDisruptionBudget'));
});

test('each port is one port of the Service, at one that needs no privilege in the pod', () => {
  const listeners = [
    listener('http', 80, 'HTTP'),
    listener('shop', 443, 'HTTPS'),
    listener('all', 443, 'HTTPS'),
    listener('alternative', 8080, 'HTTP'),
    listener('names', 53, 'UDP'),
    listener('kept', adminPort, 'TCP'),
  ];
  const ports = specOf(objectsOf({ listeners }).get('Service')).ports;
  assert.deepEqual(ports, [
    { name: 'tcp-80', port: 80, protocol: 'TCP', targetPort: 64_592 },
    { name: 'tcp-443', port: 443, protocol: 'TCP', targetPort: 64_955 },
    { name: 'tcp-8080', port: 8080, protocol: 'TCP', targetPort: 8080 },
    { name: 'udp-53', port: 53, protocol: 'UDP', targetPort: 64_565 },
  ]);
});

test('no two ports share one of the pod', () => {
  const opened = Array.from({ length: 65_535 }, (_, index) => containerPort(index + 1)).filter((port) => port !== null);
  assert.equal(new Set(opened).size, opened.length);
  assert.ok(opened.every((port) => port >= 1_024 && port <= 65_535 && port !== adminPort));
});

test('addresses that are asked for go to the load balancer, others are external; an empty one asks for any', () => {
  const asked = (addresses: GatewaySpec['addresses'], parameters = {}) => {
    const { loadBalancerIP, externalIPs } = specOf(
      objectsOf({ addresses: addresses ?? [] }, parameters).get('Service'),
    );
    return { loadBalancerIP, externalIPs };
  };
  const ip = (value: string) => ({ type: 'IPAddress', value });
  assert.deepEqual(asked([ip('192.0.2.7')]), { loadBalancerIP: '192.0.2.7', externalIPs: undefined });
  assert.deepEqual(asked([ip('192.0.2.7'), ip('2001:DB8::1')]), {
    loadBalancerIP: '192.0.2.7',
    externalIPs: ['2001:db8::1'],
  });
  assert.deepEqual(asked([{ type: 'IPAddress' }, { type: 'Hostname', value: 'edge.test' }]), {
    loadBalancerIP: undefined,
    externalIPs: undefined,
  });
  assert.deepEqual(asked([ip('192.0.2.7')], { serviceType: 'ClusterIP' }), {
    loadBalancerIP: undefined,
    externalIPs: ['192.0.2.7'],
  });
});

test('who asks for addresses of the cluster alone is not reached from elsewhere', () => {
  const asked = (addresses: NonNullable<GatewaySpec['addresses']>) => {
    const { type, clusterIP, loadBalancerIP } = specOf(objectsOf({ addresses }).get('Service'));
    return { type, clusterIP, loadBalancerIP };
  };
  const ofCluster = { type: 'IPAddress', routability: 'Cluster' };
  const inside = { type: 'ClusterIP', clusterIP: undefined, loadBalancerIP: undefined };
  assert.deepEqual(asked([ofCluster]), inside);
  // A scope that is not known: no other takes its place.
  assert.deepEqual(asked([{ type: 'IPAddress', routability: 'example.test/wan' }]), inside);
  assert.deepEqual(asked([{ ...ofCluster, value: '10.96.0.9' }]), {
    type: 'ClusterIP',
    clusterIP: '10.96.0.9',
    loadBalancerIP: undefined,
  });
  assert.deepEqual(
    asked([
      { type: 'IPAddress', value: '192.0.2.7' },
      { ...ofCluster, value: '10.96.0.9' },
    ]),
    {
      type: 'LoadBalancer',
      clusterIP: '10.96.0.9',
      loadBalancerIP: '192.0.2.7',
    },
  );
});

test('labels and annotations of spec.infrastructure reach every object and the pods, and replace none of ours', () => {
  const infrastructure = {
    labels: { team: 'edge', [gatewayNameLabel]: 'another' },
    annotations: { 'example.test/scheme': 'internal' },
  };
  const objects = objectsOf({ infrastructure });
  const template = specOf(objects.get('Deployment')).template as { metadata: DesiredObject['metadata'] };
  for (const { metadata } of [...objects.values(), template]) {
    assert.equal(metadata.labels?.team, 'edge');
    assert.equal(metadata.labels?.[gatewayNameLabel], 'edge');
    assert.equal(metadata.annotations?.['example.test/scheme'], 'internal');
  }
  const { matchLabels } = specOf(objects.get('Deployment')).selector as { matchLabels: Record<string, string> };
  for (const [name, value] of Object.entries(matchLabels)) assert.equal(template.metadata.labels?.[name], value);
  assert.ok(!('team' in matchLabels), 'the selector cannot change, and labels do');
});

test('names fit where they are used, and differ where the Gateways do', () => {
  const long = 'g'.repeat(200);
  const names = ['edge', 'edge.test', 'edge-test', long, `${long}2`];
  for (const make of [infrastructureName, gatewayLabel]) {
    assert.equal(new Set(names.map(make)).size, names.length);
    for (const name of names) assert.match(make(name), /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/);
  }
  for (const name of names) assert.match(infrastructureName(name), /^[a-z][-a-z0-9]{0,61}[a-z0-9]$/);
});

test('a Gateway is reached by what its Service was given', () => {
  const balanced = { type: 'LoadBalancer', clusterIPs: ['10.96.0.7'], externalIPs: ['198.51.100.1'] };
  assert.deepEqual(serviceAddresses({ spec: balanced }), [], 'nothing yet');
  const ingress = [{ ip: '192.0.2.7' }, { ip: '2001:DB8::1' }, { ip: '192.0.2.7' }];
  assert.deepEqual(serviceAddresses({ spec: balanced, status: { loadBalancer: { ingress } } }), [
    '192.0.2.7',
    '2001:db8::1',
    '198.51.100.1',
  ]);
  assert.deepEqual(serviceAddresses({ spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.7'] } }), ['10.96.0.7']);
  assert.deepEqual(serviceAddresses({ spec: { type: 'ClusterIP', clusterIPs: ['None'] } }), []);
  const named = [
    { hostname: 'Edge-1.elb.example.com' },
    { ip: '192.0.2.7', hostname: 'both.example' },
    { hostname: '-' },
  ];
  assert.deepEqual(serviceAddresses({ spec: { type: 'LoadBalancer' }, status: { loadBalancer: { ingress: named } } }), [
    'edge-1.elb.example.com',
    '192.0.2.7',
  ]);
  const many = Array.from({ length: 20 }, (_, index) => `203.0.113.${index + 1}`);
  assert.deepEqual(
    serviceAddresses({ spec: { type: 'ClusterIP', clusterIPs: ['10.96.0.7'], externalIPs: many } }),
    ['10.96.0.7', ...many].slice(0, 16),
    'a status has room for sixteen, and one with more is refused whole',
  );
});

test('the pods mount the credentials that their Gateway owns, and nothing shown holds them', () => {
  const secret = streamSecret(unitOfGateway(gateway({})), { certificate: 'leaf', privateKey: 'the key' }, 'authority');
  const objects = objectsOf({});
  const { spec } = specOf(objects.get('Deployment')).template as {
    spec: { volumes: readonly { secret: { secretName: string } }[] };
  };
  assert.deepEqual(
    spec.volumes.map((volume) => volume.secret.secretName),
    [secret.metadata.name],
  );
  assert.equal(secret.metadata.namespace, 'infra');
  assert.deepEqual(secret.data, {
    'tls.crt': Buffer.from('leaf').toString('base64'),
    'tls.key': Buffer.from('the key').toString('base64'),
    'ca.crt': Buffer.from('authority').toString('base64'),
  });
  assert.ok(!JSON.stringify([...objects.values()]).includes(Buffer.from('the key').toString('base64')));
});
