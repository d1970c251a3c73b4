import type { DemoBackend, DemoCertificates } from './scenario.ts';
import { demoHost } from './scenario.ts';

/** The demo's YAML by file name, the way that a person would write it. */
export function demoDocuments(
  backends: readonly DemoBackend[],
  certificates: DemoCertificates,
  ports: ReadonlyMap<string, number>,
): Readonly<Record<string, string>> {
  return {
    'gateway.yaml': gateway,
    'routes.yaml': route(backends),
    'policies.yaml': backends.map(policy).join('---\n'),
    'services.yaml': backends.map(({ service }) => serviceAndEndpoints(service, ports.get(service) ?? 0)).join('---\n'),
    'certificates.yaml': [
      trust(certificates.authority.certificate),
      secret('infra', 'demo-localhost', certificates.gateway),
      secret('infra', 'gateway-client', certificates.client),
    ].join('---\n'),
  };
}

const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: edge
  namespace: infra
spec:
  gatewayClassName: farside
  listeners:
  - name: http
    port: 80
    protocol: HTTP
    allowedRoutes: { namespaces: { from: All } }
  - name: https
    port: 443
    protocol: HTTPS
    hostname: ${demoHost}
    tls:
      certificateRefs:
      - name: demo-localhost
    allowedRoutes: { namespaces: { from: All } }
  tls:
    backend:
      clientCertificateRef: # presented to every backend that asks for one
        name: gateway-client
`;

function route(backends: readonly DemoBackend[]): string {
  const rules = backends.map(
    ({ path, service, story }) => `  - matches: # ${story}
    - path: { type: PathPrefix, value: ${path} }
    backendRefs:
    - name: ${service}
      port: 443
`,
  );
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: web
  namespace: shop
spec:
  parentRefs:
  - name: edge
    namespace: infra
  hostnames:
  - ${demoHost}
  rules:
${rules.join('')}`;
}

function policy({ service }: DemoBackend): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata:
  name: ${service}
  namespace: shop
spec:
  targetRefs:
  - group: ""
    kind: Service
    name: ${service}
  validation:
    hostname: ${service}.internal
    caCertificateRefs:
    - group: ""
      kind: ConfigMap
      name: ca
`;
}

function serviceAndEndpoints(service: string, port: number): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: ${service}
  namespace: shop
spec:
  ports:
  - name: https
    port: 443
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: ${service}
  namespace: shop
  labels:
    kubernetes.io/service-name: ${service}
addressType: IPv4
ports:
- name: https
  port: ${port}
endpoints:
- addresses: [127.0.0.1]
`;
}

function trust(certificate: string): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ca
  namespace: shop
data:
  ca.crt: |
${indent(certificate, 4)}`;
}

function secret(namespace: string, name: string, issued: { readonly chain: string; readonly key: string }): string {
  return `apiVersion: v1
kind: Secret
metadata:
  name: ${name}
  namespace: ${namespace}
type: kubernetes.io/tls
stringData:
  tls.crt: |
${indent(issued.chain, 4)}  tls.key: |
${indent(issued.key, 4)}`;
}

function indent(text: string, spaces: number): string {
  return text.trimEnd().replace(/^/gm, ' '.repeat(spaces)).concat('\n');
}
