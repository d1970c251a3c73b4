// How fast a large configuration is in force, and one change of it: 1,000 HTTPRoutes, each with a Service, an
// EndpointSlice and a BackendTLSPolicy. `node bench/scale.ts [--routes N] [--files one|many]`
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeCertificates } from './side/certificates.ts';
import { freePort, residentSize, stopChild } from './side/processes.ts';

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '1000' },
    files: { type: 'string', default: 'many' },
    changes: { type: 'string', default: '20' },
  },
});
const count = Number(values.routes);
const folder = mkdtempSync(join(tmpdir(), 'farside-scale-'));
const objects = join(folder, 'objects');
mkdirSync(objects);

const [port, adminPort] = [await freePort(), await freePort()];
const children: ChildProcess[] = [];

function route(index: number, answer: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: route-${index}
  namespace: shop
spec:
  parentRefs:
  - name: edge
  hostnames: ["r${index}.example.com"]
  rules:
  - matches:
    - path: { type: PathPrefix, value: /api }
    backendRefs:
    - name: service-${index}
      port: 443
  - matches:
    - path: { type: Exact, value: /answer }
    filters:
    - type: RequestRedirect
      requestRedirect:
        path: { type: ReplaceFullPath, replaceFullPath: /${answer} }
`;
}

function rest(index: number): string {
  return `apiVersion: v1
kind: Service
metadata: { name: service-${index}, namespace: shop }
spec:
  ports:
  - { name: https, port: 443 }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata:
  name: service-${index}
  namespace: shop
  labels: { kubernetes.io/service-name: service-${index} }
addressType: IPv4
ports:
- { name: https, port: 8443 }
endpoints:
- addresses: [127.0.0.1]
---
apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: { name: service-${index}, namespace: shop }
spec:
  targetRefs:
  - { group: "", kind: Service, name: service-${index} }
  validation:
    hostname: service-${index}.internal
    caCertificateRefs:
    - { group: "", kind: ConfigMap, name: ca }
`;
}

const all = (changed: number, answer: string): string[] =>
  Array.from(
    { length: count },
    (_, index) => `${route(index, index === changed ? answer : 'first')}---\n${rest(index)}`,
  );

/** Writes as editors do: a new file that takes the old one's place. */
function write(name: string, content: string): void {
  const temporary = join(folder, 'new');
  writeFileSync(temporary, content);
  renameSync(temporary, join(objects, name));
}

function writeAll(changed: number, answer: string): void {
  const documents = all(changed, answer);
  if (values.files === 'one') write('all.yaml', documents.join('---\n'));
  else if (changed >= 0) write(`route-${changed}.yaml`, documents[changed] as string);
  else for (const [index, document] of documents.entries()) write(`route-${index}.yaml`, document);
}

function get(at: { port: number; path: string }, name = 'localhost'): Promise<{ status: number; location: string }> {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', agent: false, ...at, headers: { host: name } }, (response) => {
      response.resume();
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' }),
      );
    });
    request.on('error', () => resolve({ status: 0, location: '' }));
  });
}

try {
  const { ca } = await makeCertificates(folder);
  const gateway = {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: 'shop' },
    spec: { gatewayClassName: 'farside', listeners: [{ name: 'http', port, protocol: 'HTTP' }] },
  };
  const trust = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ca', namespace: 'shop' },
    data: { 'ca.crt': ca },
  };
  write('gateway.yaml', `${JSON.stringify(gateway)}\n---\n${JSON.stringify(trust)}\n`);
  writeAll(-1, 'first');

  const started = performance.now();
  const launcher = join(import.meta.dirname, '../bin/farside.js');
  const options = ['--admin', `127.0.0.1:${adminPort}`, '--log-level', 'warn'];
  const child = spawn(process.execPath, [launcher, 'run', objects, ...options], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  while ((await get({ port: adminPort, path: '/readyz' })).status !== 200) {
    if (child.exitCode !== null) throw new Error(`farside ended with ${child.exitCode}`);
    await sleep(10);
  }
  console.log(
    `${count} routes in ${values.files === 'one' ? 'one file' : 'a file each'}: ready after ${Math.round(performance.now() - started)} ms`,
  );

  const times: number[] = [];
  for (let change = 0; change < Number(values.changes); change += 1) {
    const index = (change * 37) % count;
    const changed = performance.now();
    writeAll(index, `change-${change}`);
    for (;;) {
      const { location } = await get({ port, path: '/answer' }, `r${index}.example.com`);
      if (location.endsWith(`/change-${change}`)) break;
      if (performance.now() - changed > 5_000) throw new Error(`change ${change} is not in force after 5 s`);
      await sleep(2);
    }
    times.push(performance.now() - changed);
    // In one file the next change would undo this one: both are changes, and both must be seen.
    await sleep(300);
  }
  times.sort((a, b) => a - b);
  console.log(
    `one changed route in force after ${Math.round(times[times.length >> 1] ?? 0)} ms (median), ${Math.round(times.at(-1) ?? 0)} ms (worst of ${times.length})`,
  );
  console.log(`resident: ${Math.round(residentSize(child.pid ?? 0) / 1024)} MiB, all processes`);
} finally {
  for (const child of children) await stopChild(child);
  rmSync(folder, { recursive: true, force: true });
}
