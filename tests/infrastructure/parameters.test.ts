import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adminPort, containerPort } from '../../src/dataplanes/node/remote/container-port.ts';
import { unitObjects } from '../../src/infrastructure/gateway/objects.ts';
import { defaultParameters, deploymentParameters } from '../../src/infrastructure/gateway/parameters.ts';
import { unitOfGateway } from '../../src/infrastructure/gateway/unit.ts';
import type { Gateway } from '../../src/resources/generated/types.ts';
import type { KubernetesObject, Resource } from '../../src/resources/object.ts';
import { validateObject } from '../../src/resources/schema/validate.ts';
import { ResourceSet } from '../../src/resources/set.ts';

/** An object as an API server with the definition would keep it. */
function resource<T extends KubernetesObject>(object: object): Resource<T> {
  const validation = validateObject(object);
  if (validation.type !== 'valid') assert.fail(JSON.stringify(validation));
  const valid = validation.object as T;
  const { apiVersion, kind, metadata } = valid;
  const reference = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  return { reference, object: valid, provenance: { file: null, position: () => null } };
}

const config = (namespace: string, dataPlane: object) =>
  resource({
    apiVersion: 'farside.dev/v1alpha1',
    kind: 'FarsideConfig',
    metadata: { name: 'config', namespace },
    spec: { dataPlane },
  });

const ref = { group: 'farside.dev', kind: 'FarsideConfig', name: 'config' };

const gatewayClass = resource({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'tuned' },
  spec: { controllerName: 'farside.dev/gateway-controller', parametersRef: { ...ref, namespace: 'farside-system' } },
});

const gateway = (infrastructure: object) =>
  resource<Gateway>({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'infra' },
    spec: { gatewayClassName: 'tuned', infrastructure, listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  });

const plain = gateway({});
const own = gateway({ parametersRef: ref });

test('without a FarsideConfig, or with one that says nothing, all is as by default', () => {
  const classless = resource<Gateway>({ ...plain.object, spec: { ...plain.object.spec, gatewayClassName: 'other' } });
  assert.deepEqual(deploymentParameters(new ResourceSet([classless]), classless), defaultParameters);
  const set = new ResourceSet([gatewayClass, config('farside-system', {}), plain]);
  assert.deepEqual(deploymentParameters(set, plain), {
    ...defaultParameters,
    classParameters: 'farside-system/config',
  });
});

test("the Gateway's own FarsideConfig counts before that of its class, field by field and key by key", () => {
  const ofClass = config('farside-system', {
    replicas: 4,
    resources: { requests: { cpu: '1', memory: '1Gi' }, limits: { memory: '2Gi' } },
    service: { annotations: { shared: 'class', 'only/class': 'yes' } },
    pod: {
      labels: { team: 'platform' },
      nodeSelector: { pool: 'edge' },
      tolerations: [{ key: 'edge', operator: 'Exists' }],
    },
    logging: { level: 'warn' },
  });
  const ofGateway = config('infra', {
    replicas: 1,
    resources: { requests: { cpu: 2 } },
    service: { annotations: { shared: 'gateway' } },
    pod: { labels: { tier: 'front' }, tolerations: [] },
    logging: { format: 'text' },
  });
  const set = new ResourceSet([gatewayClass, ofClass, ofGateway, own]);
  assert.deepEqual(deploymentParameters(set, own), {
    ...defaultParameters,
    replicas: 1,
    requests: { cpu: '2', memory: '1Gi' },
    limits: { memory: '2Gi' },
    serviceAnnotations: { shared: 'gateway', 'only/class': 'yes' },
    pod: {
      ...defaultParameters.pod,
      labels: { team: 'platform', tier: 'front' },
      nodeSelector: { pool: 'edge' },
      tolerations: [],
    },
    logFormat: 'text',
    logLevel: 'warn',
    classParameters: 'farside-system/config',
  });
});

test('a resource that is named has no default, so that no request is above a limit that nobody asked for', () => {
  const of = (resources: object) => {
    const set = new ResourceSet([gatewayClass, config('farside-system', { resources }), plain]);
    const parameters = deploymentParameters(set, plain);
    return [parameters?.requests, parameters?.limits];
  };
  assert.deepEqual(of({ requests: { memory: '2Gi' } }), [{ cpu: '100m', memory: '2Gi' }, {}]);
  assert.deepEqual(of({ limits: { cpu: '500m' } }), [{ memory: '192Mi' }, { memory: '1Gi', cpu: '500m' }]);
});

test('what one says beside another type of Service is left out', () => {
  const balanced = config('farside-system', {
    service: { loadBalancerClass: 'example.com/edge', externalTrafficPolicy: 'Local' },
  });
  const of = (service: object) => {
    const set = new ResourceSet([gatewayClass, balanced, config('infra', { service }), own]);
    const parameters = deploymentParameters(set, own);
    return [parameters?.serviceType, parameters?.loadBalancerClass, parameters?.externalTrafficPolicy];
  };
  assert.deepEqual(of({}), ['LoadBalancer', 'example.com/edge', 'Local']);
  assert.deepEqual(of({ type: 'NodePort' }), ['NodePort', null, 'Local']);
  assert.deepEqual(of({ type: 'ClusterIP' }), ['ClusterIP', null, null]);
});

test('where a FarsideConfig cannot be had, nobody knows what was asked for', () => {
  assert.equal(deploymentParameters(new ResourceSet([gatewayClass, plain]), plain), null);
  const ofClass = config('farside-system', {});
  assert.equal(deploymentParameters(new ResourceSet([gatewayClass, ofClass, own]), own), null);
  assert.notEqual(deploymentParameters(new ResourceSet([gatewayClass, ofClass, config('infra', {}), own]), own), null);
});

test('the parameters are in the objects, below what the Gateway and Farside itself say', () => {
  const ofClass = config('farside-system', {
    service: {
      loadBalancerClass: 'example.com/edge',
      externalTrafficPolicy: 'Local',
      annotations: { shared: 'config', 'example.com/lb': 'fast' },
    },
    pod: {
      labels: { team: 'platform', 'app.kubernetes.io/managed-by': 'somebody' },
      annotations: { shared: 'config' },
      nodeSelector: { pool: 'edge' },
      tolerations: [{ key: 'edge', operator: 'Exists' }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      priorityClassName: 'high',
    },
  });
  const labelled = gateway({ labels: { team: 'shop' }, annotations: { shared: 'gateway' } });
  const parameters = deploymentParameters(new ResourceSet([gatewayClass, ofClass, labelled]), labelled);
  assert.ok(parameters !== null);
  const installation = { image: 'farside:1', controller: 'farside:18000', adminPort, containerPort };
  const objects = new Map(
    unitObjects(unitOfGateway(labelled), parameters, installation).map((object) => [object.kind, object as Nested]),
  );
  const deployment = objects.get('Deployment') as Nested;
  const template = (deployment.spec as Nested).template as Nested & { metadata: Nested; spec: Nested };
  assert.deepEqual(template.metadata.annotations, { shared: 'gateway' });
  const noted = (deployment.metadata as Nested).annotations;
  assert.deepEqual(noted, { shared: 'gateway', 'farside.dev/class-parameters': 'farside-system/config' });
  const labels = template.metadata.labels as Nested;
  assert.deepEqual([labels.team, labels['app.kubernetes.io/managed-by']], ['shop', 'farside']);
  const { nodeSelector, tolerations, affinity, priorityClassName } = template.spec;
  assert.deepEqual(
    { nodeSelector, tolerations, affinity, priorityClassName },
    {
      nodeSelector: { pool: 'edge' },
      tolerations: [{ key: 'edge', operator: 'Exists' }],
      affinity: { nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [] } },
      priorityClassName: 'high',
    },
  );
  const service = objects.get('Service') as Nested & { metadata: Nested; spec: Nested };
  assert.deepEqual(service.metadata.annotations, { shared: 'gateway', 'example.com/lb': 'fast' });
  assert.deepEqual([service.spec.loadBalancerClass, service.spec.externalTrafficPolicy], ['example.com/edge', 'Local']);
  assert.deepEqual((objects.get('ServiceAccount') as Nested & { metadata: Nested }).metadata.annotations, {
    shared: 'gateway',
  });
});

type Nested = Readonly<Record<string, unknown>>;
