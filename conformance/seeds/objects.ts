import type { IssuedCertificate } from '../../src/cli/demo/pki.ts';
import type { Manifest } from './kubectl.ts';

export const gatewayApi = 'gateway.networking.k8s.io/v1';
export const className = process.env.FARSIDE_GATEWAY_CLASS ?? 'farside';

export const namespace = (name: string): Manifest => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

export const tlsSecret = (space: string, name: string, { chain, key }: IssuedCertificate): Manifest => ({
  apiVersion: 'v1',
  kind: 'Secret',
  type: 'kubernetes.io/tls',
  metadata: { name, namespace: space },
  stringData: { 'tls.crt': chain, 'tls.key': key },
});

export const gateway = (space: string, name: string, listeners: readonly Manifest[]): Manifest => ({
  apiVersion: gatewayApi,
  kind: 'Gateway',
  metadata: { name, namespace: space },
  spec: { gatewayClassName: className, listeners },
});

export const httpsListener = (name: string, hostname: string, secret: Manifest): Manifest => ({
  name,
  protocol: 'HTTPS',
  port: 443,
  hostname,
  tls: { certificateRefs: [secret] },
});

/** The Gateway API's echo server behind a Service: port 80 speaks HTTP, 443 TLS with the certificate of the Secret. */
export const backend = (space: string, name: string, secret: string): readonly Manifest[] => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: space },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          volumes: [{ name: 'certificate', secret: { secretName: secret } }],
          containers: [
            {
              name: 'echo',
              image: 'registry.k8s.io/gateway-api/conformance/echo-basic:v0.1.0',
              env: [
                { name: 'POD_NAME', value: name },
                { name: 'NAMESPACE', value: space },
                { name: 'TLS_SERVER_CERT', value: '/etc/certificate/tls.crt' },
                { name: 'TLS_SERVER_PRIVKEY', value: '/etc/certificate/tls.key' },
              ],
              volumeMounts: [{ name: 'certificate', mountPath: '/etc/certificate' }],
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: space },
    spec: {
      selector: { app: name },
      ports: [
        { name: 'http', port: 80, targetPort: 3000 },
        { name: 'https', port: 443, targetPort: 8443 },
      ],
    },
  },
];

export const route = (
  space: string,
  name: string,
  parent: string,
  hostname: string,
  service: string,
  port: number,
): Manifest => ({
  apiVersion: gatewayApi,
  kind: 'HTTPRoute',
  metadata: { name, namespace: space },
  spec: { parentRefs: [{ name: parent }], hostnames: [hostname], rules: [{ backendRefs: [{ name: service, port }] }] },
});

/** `spec` is that of the guides, which leave `group` out where it is the core group. */
export const backendTlsPolicy = (space: string, name: string, target: Manifest, validation: Manifest): Manifest => ({
  apiVersion: gatewayApi,
  kind: 'BackendTLSPolicy',
  metadata: { name, namespace: space },
  spec: { targetRefs: [{ group: '', kind: 'Service', ...target }], validation },
});
