import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayApi } from '../../../src/dialects/gateway-api/index.ts';
import type { Gateway, GatewaySpecAddress, GatewayStatusAddress } from '../../../src/resources/generated/types.ts';
import type { Resource } from '../../../src/resources/object.ts';
import { translateObjects } from '../../support/case.ts';

const gatewayApiVersion = 'gateway.networking.k8s.io/v1';

function resource(object: Resource['object']): Resource {
  const { apiVersion, kind, metadata } = object;
  const reference = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  return { reference, object, provenance: { file: null, position: () => null } };
}

function definition(release: string, channel: string): Resource {
  const annotations = {
    'gateway.networking.k8s.io/bundle-version': release,
    'gateway.networking.k8s.io/channel': channel,
  };
  const name = 'gateways.gateway.networking.k8s.io';
  return resource({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name, annotations },
  });
}

interface Assigned {
  /** By which clients find the Service. */
  readonly external?: readonly string[];
  readonly cluster?: readonly string[];
  readonly definitions?: Resource;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

function read(addresses: readonly GatewaySpecAddress[], assigned: Assigned = {}) {
  const { external = ['172.30.0.1'], cluster = ['10.96.0.7'] } = assigned;
  const { definitions = definition('v1.7.0', 'experimental') } = assigned;
  const allowedRoutes = { namespaces: { from: 'Same' as const } };
  const gateway: Gateway = {
    apiVersion: gatewayApiVersion,
    kind: 'Gateway',
    metadata: { namespace: 'infra', name: 'edge', generation: 1 },
    spec: {
      gatewayClassName: 'farside',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes }],
      ...(addresses.length === 0 ? {} : { addresses }),
    },
    status: { conditions: [] },
  };
  const { status } = translateObjects(gatewayApi, [definitions, resource(gateway)], {
    ownDataPlanes: true,
    addresses: { 'infra/edge': external },
    clusterAddresses: { 'infra/edge': cluster },
  });
  const of = (kind: string) => status.find((document) => document.kind === kind)?.status ?? {};
  const conditions = of('Gateway').conditions as readonly Condition[];
  const summary = (type: string): string | null => {
    const found = conditions.find((condition) => condition.type === type);
    return found === undefined ? null : `${found.status} ${found.reason}`;
  };
  const features = of('GatewayClass').supportedFeatures as readonly { readonly name: string }[];
  return {
    addresses: of('Gateway').addresses as readonly GatewayStatusAddress[],
    assigned: summary('AddressesAssigned'),
    programmed: summary('Programmed'),
    accepted: summary('Accepted'),
    message: conditions.find(({ type }) => type === 'AddressesAssigned')?.message ?? '',
    claimed: features.map(({ name }) => name).filter((name) => name.startsWith('GatewayAddressRoutability')),
  };
}

const ip = (value: string, routability: string): GatewayStatusAddress => ({ type: 'IPAddress', value, routability });
const asked = (routability?: string, value?: string): GatewaySpecAddress => ({
  type: 'IPAddress',
  ...(routability === undefined ? {} : { routability }),
  ...(value === undefined ? {} : { value }),
});
const all = 'True AddressesAssigned';

test('the features are claimed where the definitions let a status say from where an address is reached', () => {
  const both = ['GatewayAddressRoutability', 'GatewayAddressRoutabilityCluster'];
  assert.deepEqual(read([]).claimed, both);
  for (const [release, channel] of [
    ['v1.7.0', 'standard'],
    ['v1.6.3', 'experimental'],
  ] as const) {
    const { claimed, addresses } = read([], { definitions: definition(release, channel) });
    assert.deepEqual(claimed, []);
    assert.deepEqual(
      addresses,
      [{ type: 'IPAddress', value: '172.30.0.1' }],
      'nothing that the definitions would drop',
    );
  }
});

test('a load balancer that is known by a name gives the Gateway that name', () => {
  const name = 'edge-1a2b.elb.example.com';
  const { addresses, assigned, programmed } = read([], { external: [name] });
  assert.deepEqual(addresses, [{ type: 'Hostname', value: name, routability: '' }]);
  assert.deepEqual([assigned, programmed], [all, 'True Programmed']);
});

test('without a request every address says from where it is reached', () => {
  assert.deepEqual(read([]).addresses, [ip('172.30.0.1', '')]);
  const inside = read([], { external: ['10.96.0.7'] });
  assert.deepEqual(inside.addresses, [ip('10.96.0.7', 'Cluster')]);
  assert.deepEqual([inside.assigned, inside.programmed], [all, 'True Programmed']);
  const none = read([], { external: [] });
  assert.deepEqual([none.assigned, none.programmed], ['False NotAssigned', 'False AddressNotAssigned']);
});

test('each request gets one address of its own, in whichever order they stand', () => {
  for (const requests of [
    [asked(), asked('Cluster')],
    [asked('Cluster'), asked('')],
  ]) {
    const { addresses, assigned } = read(requests, { external: ['172.30.0.1', '172.30.0.2'] });
    assert.deepEqual(
      addresses.toSorted((a, b) => (a.value < b.value ? -1 : 1)),
      [ip('10.96.0.7', 'Cluster'), ip('172.30.0.1', '')],
    );
    assert.equal(assigned, all);
  }
});

test('an address of the cluster is asked for by its value, or by none', () => {
  assert.deepEqual(read([asked('Cluster', '10.96.0.7')]).addresses, [ip('10.96.0.7', 'Cluster')]);
  const alone = read([asked('Cluster', '203.0.113.9')]);
  assert.deepEqual(
    [alone.addresses, alone.assigned, alone.programmed, alone.accepted],
    [[], 'False NotAssigned', 'False AddressNotAssigned', 'True Accepted'],
  );
});

test('a request that cannot be met leaves the others alone and is named', () => {
  const { addresses, assigned, programmed, message } = read([asked(), asked('Cluster', '203.0.113.9')]);
  assert.deepEqual(addresses, [ip('172.30.0.1', '')]);
  assert.deepEqual([assigned, programmed], ['False PartiallyAssigned', 'True Programmed']);
  assert.equal(message, 'not assigned: spec.addresses[1] (Cluster 203.0.113.9)');
});

test('an address is given once', () => {
  const { addresses, assigned } = read([asked('Cluster'), asked('Cluster')]);
  assert.deepEqual([addresses, assigned], [[ip('10.96.0.7', 'Cluster')], 'False PartiallyAssigned']);
});

test('no other scope takes the place of one that is not supported', () => {
  const { addresses, assigned, programmed } = read([asked('example.test/wan')]);
  assert.deepEqual([addresses, assigned, programmed], [[], 'False NotAssigned', 'False AddressNotAssigned']);
  assert.deepEqual(read([asked('testing.x-k8s.io/sentinel')]).addresses, [
    ip('172.30.0.1', 'testing.x-k8s.io/sentinel'),
  ]);
});

test('an address that is asked for by its value and not given leaves the Gateway not programmed', () => {
  const { assigned, programmed } = read([asked(), asked(undefined, '192.0.2.1')]);
  assert.deepEqual([assigned, programmed], ['False PartiallyAssigned', 'False AddressNotUsable']);
});
