import { stringify } from 'yaml';
import type { IssuedCertificate } from '../../src/cli/demo/pki.ts';

/* The objects of the seed about TLS to backends, as its readers write them, in the namespace `default` unless said otherwise. */

type Manifest = Readonly<Record<string, unknown>>;

export const yaml = (...objects: readonly Manifest[]): string =>
  objects.map((object) => stringify(object)).join('---\n');

export interface ServiceChoices {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly namespace?: string;
}

/** A Service with one endpoint on this machine; its one port is 8443, named https. */
export function service(name: string, port: number, choices: ServiceChoices = {}): readonly Manifest[] {
  const { annotations = {}, namespace = 'default' } = choices;
  return [
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace, annotations },
      spec: { ports: [{ name: 'https', port: 8443 }], selector: { app: name } },
    },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `${name}-1`, namespace, labels: { 'kubernetes.io/service-name': name } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['127.0.0.1'] }],
      ports: [{ name: 'https', port }],
    },
  ];
}

export const tlsAnnotation = { 'projectcontour.io/upstream-protocol.tls': '8443' };

export interface ProxyChoices {
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A proxy for `NAME.example.com` with one service. */
export function proxy(
  name: string,
  stated: object,
  { namespace = 'default', annotations = {} }: ProxyChoices = {},
): Manifest {
  return {
    apiVersion: 'projectcontour.io/v1',
    kind: 'HTTPProxy',
    metadata: { name, namespace, annotations },
    spec: { virtualhost: { fqdn: `${name}.example.com` }, routes: [{ services: [{ port: 8443, ...stated }] }] },
  };
}

export const caSecret = (name: string, text: string, namespace = 'default'): Manifest => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'Opaque' },
  stringData: { 'ca.crt': text },
});

export const tlsSecret = (name: string, { chain, key }: IssuedCertificate, namespace: string): Manifest => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, type: 'kubernetes.io/tls' },
  stringData: { 'tls.crt': chain, 'tls.key': key },
});

export const delegation = (secretName: string, namespace: string, targetNamespaces: readonly string[]): Manifest => ({
  apiVersion: 'projectcontour.io/v1',
  kind: 'TLSCertificateDelegation',
  metadata: { name: secretName, namespace },
  spec: { delegations: [{ secretName, targetNamespaces }] },
});
