import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchCertificates, backendName, proxyName } from './certificates.ts';
import type { Backends } from './envoy.ts';
import { type Contender, freePort, startPinned, stopChild, waitForReady } from './processes.ts';

/** `farside run` on Gateway API YAML, with the defaults that users get, on one worker. */
export async function startFarside(certificates: BenchCertificates, backends: Backends): Promise<Contender> {
  const [httpPort, httpsPort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const file = join(certificates.folder, 'farside.yaml');
  writeFileSync(file, documents(certificates, httpPort, httpsPort, backends).map(toDocument).join('---\n'), {
    mode: 0o600,
  });
  const launcher = join(import.meta.dirname, '../../bin/farside.js');
  const options = ['--workers', '1', '--admin', `127.0.0.1:${adminPort}`];
  // The access log is written, as by default; the shell gives it to the same place as Envoy's.
  const command = ['sh', '-c', 'exec "$0" "$@" >/dev/null', process.execPath, launcher, 'run', file, ...options];
  const child = startPinned('farside', command);
  await waitForReady(adminPort);
  return { name: 'farside', httpPort, httpsPort, pid: child.pid, stop: () => stopChild(child) };
}

// JSON is YAML.
const toDocument = (object: object): string => `${JSON.stringify(object)}\n`;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

function documents(certificates: BenchCertificates, http: number, https: number, backends: Backends): object[] {
  const gateway = 'gateway.networking.k8s.io/v1';
  const metadata = (name: string): object => ({ name, namespace: 'bench' });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadata('ca'), data: { 'ca.crt': certificates.ca } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata('proxy'),
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(certificates.proxy.chain), 'tls.key': base64(certificates.proxy.key) },
    },
    {
      apiVersion: gateway,
      kind: 'Gateway',
      metadata: metadata('bench'),
      spec: {
        gatewayClassName: 'farside',
        listeners: [
          { name: 'http', port: http, protocol: 'HTTP' },
          { name: 'https', port: https, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'proxy' }] } },
        ],
      },
    },
    {
      apiVersion: gateway,
      kind: 'HTTPRoute',
      metadata: metadata('bench'),
      spec: {
        parentRefs: [{ name: 'bench' }],
        hostnames: [proxyName],
        rules: Object.keys(backends).map((name) => ({
          matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }],
          timeouts: { request: '15s' },
          backendRefs: [{ name, port: 443 }],
        })),
      },
    },
    ...Object.entries(backends).flatMap(([name, port]) => [
      { apiVersion: 'v1', kind: 'Service', metadata: metadata(name), spec: { ports: [{ name: 'https', port: 443 }] } },
      {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...metadata(name), labels: { 'kubernetes.io/service-name': name } },
        addressType: 'IPv4',
        ports: [{ name: 'https', port }],
        endpoints: [{ addresses: ['127.0.0.1'] }],
      },
      {
        apiVersion: gateway,
        kind: 'BackendTLSPolicy',
        metadata: metadata(name),
        spec: {
          targetRefs: [{ group: '', kind: 'Service', name }],
          validation: { hostname: backendName, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] },
        },
      },
    ]),
  ];
}
