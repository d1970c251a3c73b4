import type { Manifest } from '../../conformance/seeds/kubectl.ts';
import { gatewayApi } from '../../conformance/seeds/objects.ts';

/** The name in the certificate of the backend that all Services lead to. */
export const backendName = 'backend.scale.internal';
export const space = 'scale';
export const hostOf = (name: string): string => `${name}.example.com`;

/** A Service that leads to the backend, and the policy by which it is verified. */
export const service = (name: string): readonly Manifest[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: space },
    spec: { selector: { app: 'backend' }, ports: [{ name: 'https', port: 443, targetPort: 8443 }] },
  },
  {
    apiVersion: gatewayApi,
    kind: 'BackendTLSPolicy',
    metadata: { name, namespace: space },
    spec: {
      targetRefs: [{ group: '', kind: 'Service', name }],
      validation: { hostname: backendName, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] },
    },
  },
];

export const routeTo = (name: string, backend = name): Manifest => ({
  apiVersion: gatewayApi,
  kind: 'HTTPRoute',
  metadata: { name, namespace: space },
  spec: {
    parentRefs: [{ name: 'edge' }],
    hostnames: [hostOf(name)],
    rules: [{ backendRefs: [{ name: backend, port: 443 }] }],
  },
});
