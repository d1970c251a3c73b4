import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewayApi } from '../../src/dialects/gateway-api/index.ts';
import type { KubernetesObject, Resource } from '../../src/resources/object.ts';
import { translateObjects } from '../support/case.ts';

const toResource = (object: object): Resource => {
  const { apiVersion, kind, metadata } = object as KubernetesObject;
  const reference = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  return { reference, object: object as KubernetesObject, provenance: { file: null, position: () => null } };
};

const gatewayApiVersion = 'gateway.networking.k8s.io/v1';
const gateway = toResource({
  apiVersion: gatewayApiVersion,
  kind: 'Gateway',
  metadata: { namespace: 'shop', name: 'edge' },
  spec: {
    gatewayClassName: 'farside',
    listeners: [{ name: 'http', port: 80, protocol: 'HTTP', allowedRoutes: { namespaces: { from: 'Same' } } }],
  },
});
const route = toResource({
  apiVersion: gatewayApiVersion,
  kind: 'HTTPRoute',
  metadata: { namespace: 'shop', name: 'web' },
  spec: {
    parentRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'edge' }],
    rules: [
      {
        matches: [{ path: { type: 'PathPrefix', value: '/' } }],
        backendRefs: [{ group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name: 'api', weight: 1 }],
      },
    ],
  },
});

/** As only an API server without the rules of the schema lets it in. */
function securityOf(tls: object) {
  const xBackend = toResource({
    apiVersion: 'gateway.networking.x-k8s.io/v1alpha1',
    kind: 'XBackend',
    metadata: { namespace: 'shop', name: 'api' },
    spec: { type: 'ExternalHostname', externalHostname: { hostname: 'api.example.com' }, port: { number: 443 }, tls },
  });
  const { translation } = translateObjects(gatewayApi, [gateway, route, xBackend]);
  return translation.model.backends['XBackend/shop/api:443']?.security.type;
}

test('TLS that is asked for by half is refused, and never plaintext', () => {
  const validation = { hostname: 'api.example.com', wellKnownCACertificates: 'System' };
  assert.equal(securityOf({ mode: 'ServerOnly' }), 'refused');
  assert.equal(securityOf({ mode: 'ClientAndServer', validation }), 'refused');
  assert.equal(securityOf({ mode: 'ServerOnly', validation: { hostname: 'api.example.com' } }), 'refused');
  assert.equal(securityOf({ mode: 'ServerOnly', validation }), 'tls');
  assert.equal(securityOf({ mode: 'None' }), 'plaintext');
});
