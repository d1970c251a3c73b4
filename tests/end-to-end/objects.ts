import { stringify } from 'yaml';
import type { IssuedCertificate } from '../../src/cli/demo/pki.ts';

type KubernetesObject = Readonly<Record<string, unknown>>;

/** The text of a file with these objects. */
export const yaml = (...objects: readonly KubernetesObject[]): string =>
  objects.map((object) => stringify(object)).join('---\n');

const gatewayApi = 'gateway.networking.k8s.io/v1';
const metadata = (name: string): object => ({ name, namespace: 'shop' });

export interface ListenerChoices {
  readonly port: number;
  /** Name of a Secret; HTTPS with it, HTTP without. */
  readonly certificate?: string;
}

/** Listeners are named by what they are: `http-80`, `https-443`. */
export const gateway = (name: string, ...listeners: readonly ListenerChoices[]): KubernetesObject => ({
  apiVersion: gatewayApi,
  kind: 'Gateway',
  metadata: metadata(name),
  spec: {
    gatewayClassName: 'farside',
    listeners: listeners.map(({ port, certificate }) =>
      certificate === undefined
        ? { name: `http-${port}`, port, protocol: 'HTTP' }
        : { name: `https-${port}`, port, protocol: 'HTTPS', tls: { certificateRefs: [{ name: certificate }] } },
    ),
  },
});

const httpRoute = (name: string, parent: string, rules: readonly object[]): KubernetesObject => ({
  apiVersion: gatewayApi,
  kind: 'HTTPRoute',
  metadata: metadata(name),
  spec: { parentRefs: [{ name: parent }], rules },
});

/** A route to port 443 of the Service of the same name; `version` comes back in each response. */
export const route = (name: string, version = '0', parent = 'edge'): KubernetesObject =>
  httpRoute(name, parent, [
    {
      matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }],
      filters: [
        { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'x-version', value: version }] } },
      ],
      backendRefs: [{ name, port: 443 }],
    },
  ]);

/** A route that needs no backend: everything is redirected to a path. */
export const redirect = (name: string, to: string, parent = 'edge'): KubernetesObject =>
  httpRoute(name, parent, [
    {
      filters: [
        { type: 'RequestRedirect', requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: to } } },
      ],
    },
  ]);

/** A Service with one endpoint on this machine. */
export const service = (name: string, port: number): readonly KubernetesObject[] => [
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: metadata(name),
    spec: { ports: [{ name: 'https', port: 443 }] },
  },
  {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { ...metadata(name), labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port }],
    endpoints: [{ addresses: ['127.0.0.1'] }],
  },
];

/** TLS to a Service whose certificate names `<service>.internal`, trusting the ConfigMap `ca`. */
export const policy = (name: string): KubernetesObject => ({
  apiVersion: gatewayApi,
  kind: 'BackendTLSPolicy',
  metadata: metadata(name),
  spec: {
    targetRefs: [{ group: '', kind: 'Service', name }],
    validation: { hostname: `${name}.internal`, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] },
  },
});

export const trust = (certificates: string): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: metadata('ca'),
  data: { 'ca.crt': certificates },
});

export const secret = (name: string, { chain, key }: IssuedCertificate): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: metadata(name),
  type: 'kubernetes.io/tls',
  stringData: { 'tls.crt': chain, 'tls.key': key },
});
