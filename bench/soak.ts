// Load for ten minutes with a reload each second: no request may be lost and no memory may grow.
// `node bench/soak.ts [--minutes N]` exits with 1 where either fails.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { CertificateAuthority } from '../src/cli/demo/pki.ts';
import { backendName, makeCertificates, proxyName } from './side/certificates.ts';
import type { Backends } from './side/envoy.ts';
import type { Load, Order, Report } from './side/load.ts';
import { freePort, message, residentSize, startScript, stopChild, waitForReady } from './side/processes.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } });
/** Memory may differ by this much between the second and the last fifth of the run: heaps breathe. */
const tolerance = 1.15;
/** Minutes below which heaps are still warming up: memory is told then, not judged. */
const judgedFrom = 5;

const folder = mkdtempSync(join(tmpdir(), 'farside-soak-'));
const objects = join(folder, 'objects');
mkdirSync(objects);

function write(name: string, ...documents: readonly object[]): void {
  const temporary = join(folder, 'new');
  writeFileSync(temporary, documents.map((each) => `${JSON.stringify(each)}\n`).join('---\n'), { mode: 0o600 });
  renameSync(temporary, join(objects, name));
}

const gatewayApi = 'gateway.networking.k8s.io/v1';
const meta = (name: string): object => ({ name, namespace: 'soak' });

function writeGateway(http: number, https: number): void {
  write('gateway.json', {
    apiVersion: gatewayApi,
    kind: 'Gateway',
    metadata: meta('soak'),
    spec: {
      gatewayClassName: 'farside',
      listeners: [
        { name: 'http', port: http, protocol: 'HTTP' },
        { name: 'https', port: https, protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'proxy' }] } },
      ],
    },
  });
}

/** A little different each second: a header, and a rule that comes and goes. */
function writeRoute(second: number): void {
  const filters = [
    {
      type: 'ResponseHeaderModifier',
      responseHeaderModifier: { set: [{ name: 'x-revision', value: String(second) }] },
    },
  ];
  const backendRefs = [{ name: 'backend', port: 443 }];
  const rule = (value: string): object => ({
    matches: [{ path: { type: 'PathPrefix', value } }],
    filters,
    backendRefs,
  });
  write('route.json', {
    apiVersion: gatewayApi,
    kind: 'HTTPRoute',
    metadata: meta('soak'),
    spec: {
      parentRefs: [{ name: 'soak' }],
      hostnames: [proxyName],
      rules: [rule('/keepalive'), ...(second % 2 === 0 ? [rule(`/extra-${second}`)] : [])],
    },
  });
}

function writeListenerCertificate(issued: { readonly chain: string; readonly key: string }): void {
  write('certificate.json', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: meta('proxy'),
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': issued.chain, 'tls.key': issued.key },
  });
}

function writeTrust(authorities: readonly string[]): void {
  write('trust.json', {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: meta('ca'),
    data: { 'ca.crt': authorities.join('') },
  });
}

function writeBackend(port: number): void {
  write(
    'backend.json',
    { apiVersion: 'v1', kind: 'Service', metadata: meta('backend'), spec: { ports: [{ name: 'https', port: 443 }] } },
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { ...meta('backend'), labels: { 'kubernetes.io/service-name': 'backend' } },
      addressType: 'IPv4',
      ports: [{ name: 'https', port }],
      endpoints: [{ addresses: ['127.0.0.1'] }],
    },
    {
      apiVersion: gatewayApi,
      kind: 'BackendTLSPolicy',
      metadata: meta('backend'),
      spec: {
        targetRefs: [{ group: '', kind: 'Service', name: 'backend' }],
        validation: { hostname: backendName, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'ca' }] },
      },
    },
  );
}

const average = (figures: readonly number[]): number => figures.reduce((sum, each) => sum + each, 0) / figures.length;

async function soak(): Promise<boolean> {
  const certificates = await makeCertificates(folder);
  const other = await CertificateAuthority.create('Another CA');
  const { child: backend, first: backends } = await startScript<Backends>('backend.ts', folder);
  const { child: load } = await startScript<undefined>('load.ts', folder);
  const [http, https, admin] = [await freePort(), await freePort(), await freePort()];
  writeGateway(http, https);
  writeListenerCertificate(certificates.proxy);
  writeTrust([certificates.ca]);
  writeBackend(backends.keepalive);
  writeRoute(0);
  const launcher = join(import.meta.dirname, '../bin/farside.js');
  const options = ['--admin', `127.0.0.1:${admin}`, '--log-level', 'warn', '--workers', '2'];
  const gateway = spawn(process.execPath, [launcher, 'run', objects, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    await waitForReady(admin);
    const ask = async (order: Order): Promise<Report> => {
      const answer = message<Report>(load);
      load.send(order);
      return answer;
    };
    const common = { path: '/keepalive/1024', streams: 1, reconnect: false } as const;
    const loads: readonly Load[] = [
      { ...common, protocol: 'h1', tls: true, port: https, connections: 8 },
      { ...common, protocol: 'h1', tls: false, port: http, connections: 4 },
      { ...common, protocol: 'h2', tls: true, port: https, connections: 2, streams: 8 },
      { ...common, protocol: 'h1', tls: true, port: https, connections: 1, reconnect: true },
    ];
    for (const start of loads) await ask({ start });

    const seconds = Math.round(Number(values.minutes) * 60);
    const sizes: number[] = [];
    let report: Report = { requests: 0, errors: 0 };
    for (let second = 1; second <= seconds; second += 1) {
      await sleep(1_000);
      writeRoute(second);
      if (second % 10 === 0) writeTrust(second % 20 === 0 ? [certificates.ca] : [certificates.ca, other.certificate]);
      sizes.push(residentSize(gateway.pid ?? 0));
      report = await ask({ count: true });
      if (second % 30 === 0)
        console.log(
          `${second} s: ${report.requests} requests, ${report.errors} lost, ${Math.round((sizes.at(-1) ?? 0) / 1024)} MiB`,
        );
      if (gateway.exitCode !== null) throw new Error(`farside ended with ${gateway.exitCode}`);
    }
    await ask({ stop: true });
    const fifth = Math.max(1, Math.floor(sizes.length / 5));
    const early = average(sizes.slice(fifth, 2 * fifth));
    const late = average(sizes.slice(-fifth));
    const grown = late / early;
    console.log(
      `${report.requests} requests over ${seconds} reloads: ${report.errors} lost; memory ${Math.round(early / 1024)} → ${Math.round(late / 1024)} MiB (× ${grown.toFixed(2)})`,
    );
    const judged = Number(values.minutes) >= judgedFrom;
    return report.errors === 0 && report.requests > 0 && (!judged || grown <= tolerance);
  } finally {
    for (const child of [gateway, load, backend]) await stopChild(child);
  }
}

try {
  process.exitCode = (await soak()) ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
