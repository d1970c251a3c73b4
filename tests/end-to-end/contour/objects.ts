/*
 * Objects of a cluster with Contour, as short as they can be said. Where no namespace is given it is `shop`.
 */

export const metadata = (name: string, namespace = 'shop') => ({ name, namespace });

/** A Service with a port 443 named `web`, and its one endpoint. */
export const service = (
  name: string,
  port: number,
  annotations: Readonly<Record<string, string>> = {},
  namespace = 'shop',
) => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata(name, namespace), annotations },
    spec: { ports: [{ name: 'web', port: 443 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata(name, namespace), labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'] }],
    ports: [{ name: 'web', port }],
  },
];

/** The endpoints of a Service, one a port. */
export const endpointsOf = (name: string, ports: readonly number[]) =>
  ports.map((port, index) => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata(`${name}-${index}`), labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['127.0.0.1'] }],
    ports: [{ name: 'web', port }],
  }));

export const proxy = (name: string, spec: object, namespace = 'shop') => ({
  apiVersion: 'projectcontour.io/v1',
  kind: 'HTTPProxy',
  metadata: metadata(name, namespace),
  spec,
});

export const caSecret = (name: string, text: string, namespace = 'shop') => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadata(name, namespace),
  type: 'Opaque',
  stringData: { 'ca.crt': text },
});

export const validation = (ca = 'ca', subjectName = 'orders.internal') => ({ caSecret: ca, subjectName });

/** A route for a path prefix. */
export const at = (prefix: string, services: readonly object[], more: object = {}) => ({
  conditions: [{ prefix }],
  services,
  ...more,
});

export const tls = { secretName: 'edge' };
