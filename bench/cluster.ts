// How Farside keeps up with a large cluster: 1,000 HTTPRoutes, each with a Service and a BackendTLSPolicy, in the cluster
// of conformance/cluster, with the compiled package. `npm run bench:cluster -- [--routes N] [--profile FOLDER]`
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildCluster, buildImages, cache, definitions } from '../conformance/build.ts';
import { Api, type Live } from '../conformance/outages/api.ts';
import { ControllerProcess, controllerNamespace, dataPlaneImage } from '../conformance/outages/controllers.ts';
import { dataPlaneProcesses } from '../conformance/outages/processes.ts';
import { compilePackage } from '../conformance/package.ts';
import { backend, gatewayApi, namespace, tlsSecret } from '../conformance/seeds/objects.ts';
import { CertificateAuthority } from '../src/cli/demo/pki.ts';
import { type Memory, memoryOf } from './cluster/memory.ts';
import { backendName, hostOf, routeTo, service, space } from './cluster/objects.ts';

const { values } = parseArgs({
  options: {
    routes: { type: 'string', default: '1000' },
    more: { type: 'string', default: '20' },
    /** Writes profiles of the controller's processor time there. */
    profile: { type: 'string' },
    inside: { type: 'boolean', default: false },
  },
});
const count = Number(values.routes);
/** Milliseconds without a change, in which processes give back the memory that the last ones took. */
const rest = 30_000;
const connectionsIdle = 75_000;
const folder = join(cache, 'package');

async function outside(): Promise<number> {
  const testcluster = buildCluster();
  compilePackage(folder);
  const images = join(cache, 'images-bench.json');
  const own = {
    entrypoint: ['/app/node_modules/.bin/node', '/app/bin/farside.js'],
    files: { '/app': folder },
  };
  writeFileSync(images, JSON.stringify({ ...buildImages(), [dataPlaneImage.split(':')[0] ?? '']: own }));
  const command = [process.execPath, import.meta.filename, ...process.argv.slice(2), '--inside'];
  const child = spawn(testcluster, ['run', '--images', images, '--apply', definitions('v1.7.0'), '--', ...command], {
    stdio: 'inherit',
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

/** The status of one answer of the gateway; 0 for none. Connections are kept. */
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 });
function ask(address: string, host: string): Promise<number> {
  return new Promise((resolve) => {
    const request = http.get({ host: address, port: 80, agent, headers: { host }, timeout: 5_000 }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
      response.on('error', () => resolve(0));
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(0));
  });
}

async function eventually<T>(what: string, seconds: number, probe: () => Promise<T | null>, pause = 100): Promise<T> {
  const end = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await probe().catch(() => null);
    if (found !== null) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await sleep(pause);
  }
}

/** Works on all items, some at once. */
async function each<T>(items: readonly T[], concurrency: number, work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items].reverse();
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (let item = left.pop(); item !== undefined; item = left.pop()) await work(item);
    }),
  );
}

interface Entry {
  readonly conditions?: readonly { readonly type: string; readonly status: string }[];
}

/** Whether every entry of every status says Accepted and ResolvedRefs. */
function allAccepted(objects: readonly Live[], list: 'parents' | 'ancestors'): boolean {
  return objects.every(({ status }) => {
    const entries = (status?.[list] ?? []) as readonly Entry[];
    const isTrue = (entry: Entry, type: string): boolean =>
      entry.conditions?.some((condition) => condition.type === type && condition.status === 'True') === true;
    return entries.length > 0 && entries.every((entry) => isTrue(entry, 'Accepted') && isTrue(entry, 'ResolvedRefs'));
  });
}

async function prepare(api: Api): Promise<string> {
  const ca = await CertificateAuthority.create('scale');
  const certificate = await ca.issue({ commonName: 'backend', dns: [backendName] });
  const objects = [
    namespace(space),
    {
      apiVersion: gatewayApi,
      kind: 'GatewayClass',
      metadata: { name: 'farside' },
      spec: { controllerName: 'farside.dev/gateway-controller' },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'ca', namespace: space },
      data: { 'ca.crt': ca.certificate },
    },
    tlsSecret(space, 'backend', certificate),
    // Without its own Service: each route has one.
    ...backend(space, 'backend', 'backend').slice(0, 1),
    {
      apiVersion: gatewayApi,
      kind: 'Gateway',
      metadata: { name: 'edge', namespace: space },
      spec: { gatewayClassName: 'farside', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
    },
  ];
  for (const object of objects) await api.apply(object);
  type Status = {
    readonly conditions?: Entry['conditions'];
    readonly addresses?: readonly { readonly value: string }[];
  };
  return eventually('the Gateway is programmed', 60, async () => {
    const status = (await api.get('Gateway', space, 'edge'))?.status as Status | undefined;
    const programmed = status?.conditions?.some(({ type, status: is }) => type === 'Programmed' && is === 'True');
    const deployment = await api.get('Deployment', space, 'farside-edge');
    const ready = (deployment?.status as { readonly readyReplicas?: number } | undefined)?.readyReplicas === 2;
    return programmed && ready ? (status?.addresses?.[0]?.value ?? null) : null;
  });
}

/** Milliseconds from the answer to the creation of a route until it is served, one route after the other. */
async function oneMore(
  api: Api,
  address: string,
  times: number,
  prefix: string,
  whole: boolean,
): Promise<readonly number[]> {
  const taken: number[] = [];
  const names = Array.from({ length: times }, (_, index) => `${prefix}-${index}`);
  if (!whole) {
    for (const name of names) for (const object of service(name)) await api.create(object);
    await sleep(3_000);
  }
  for (const name of names) {
    if (whole) for (const object of service(name)) await api.create(object);
    await api.create(routeTo(name));
    const created = performance.now();
    await eventually(
      `${name} is served`,
      30,
      async () => ((await ask(address, hostOf(name))) === 200 ? true : null),
      5,
    );
    taken.push(performance.now() - created);
    await sleep(700);
  }
  return taken;
}

const sorted = (figures: readonly number[]): readonly number[] => [...figures].sort((a, b) => a - b);
const median = (figures: readonly number[]): number => sorted(figures)[figures.length >> 1] ?? Number.NaN;
const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 2 : 1)} s`;

function describe(name: string, { processes: number, resident, proportional, anonymous, charged }: Memory): string {
  const figures = [charged, resident, proportional, anonymous].map((each) => each.toFixed(0));
  return `| ${name} (${number} process${number === 1 ? '' : 'es'}) | ${figures.join(' | ')} |`;
}

function tellMemory(controller: ControllerProcess, when: string): void {
  console.log(describe(`controller, ${when}`, memoryOf(controller.pid)));
  for (const { pid } of dataPlaneProcesses()) console.log(describe(`data-plane pod, ${when}`, memoryOf(pid)));
}

async function inside(): Promise<void> {
  const api = await Api.connect();
  await api.apply(namespace(controllerNamespace));
  const logFile = join(cache, 'logs', 'bench-controller.log');
  mkdirSync(join(cache, 'logs'), { recursive: true });
  writeFileSync(logFile, '');
  const nodeFlags = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const controller = new ControllerProcess({ folder, adminPort: 9990, logFile, nodeFlags });
  controller.start();
  try {
    const address = await prepare(api);
    const emptyTimes = await oneMore(api, address, 5, 'first', false);
    const before = () => tellMemory(controller, 'before');
    console.log('| Memory, MiB | as a cgroup counts | resident | proportional | anonymous |\n|---|---|---|---|---|');
    before();

    const names = Array.from({ length: count }, (_, index) => `route-${index}`);
    const started = performance.now();
    let created = 0;
    const creating = each(names, 12, async (name) => {
      for (const object of [...service(name), routeTo(name)]) await api.create(object);
    }).then(() => {
      created = performance.now() - started;
    });
    let pending: readonly string[] = names;
    let servedAt = 0;
    const serving = (async () => {
      while (pending.length > 0) {
        const still: string[] = [];
        let missed = 0;
        await each(pending, 8, async (name) => {
          // What is created later is not looked for before what was created earlier is there.
          if (missed > 8 || (await ask(address, hostOf(name))) !== 200) {
            missed += 1;
            still.push(name);
          }
        });
        pending = still;
        await sleep(100);
      }
      servedAt = performance.now() - started;
    })();
    await creating;
    const accepted = await eventually(
      'all are accepted',
      120,
      async () => {
        const routes = await api.list('HTTPRoute', space);
        const policies = await api.list('BackendTLSPolicy', space);
        return allAccepted(routes, 'parents') && allAccepted(policies, 'ancestors')
          ? performance.now() - started
          : null;
      },
      250,
    );
    await serving;
    tellMemory(controller, `${count} routes, just made`);
    await sleep(rest);
    tellMemory(controller, `${count} routes, half a minute later`);
    const times = await oneMore(api, address, Number(values.more), 'more', false);
    const wholeTimes = await oneMore(api, address, Math.min(5, Number(values.more)), 'whole', true);
    // Until the connections to 1,000 backends that were asked once have been idle for long enough.
    await sleep(connectionsIdle);
    tellMemory(controller, 'when idle connections have ended');
    console.log(`\n| ${count} HTTPRoutes with a Service and a BackendTLSPolicy each | |\n|---|---|`);
    console.log(`| all created | ${seconds(created)} |`);
    console.log(`| all Accepted, since the first was created | ${seconds(accepted)} |`);
    console.log(`| all served, since the first was created | ${seconds(servedAt)} |`);
    console.log(
      `| one route more, in an empty gateway (median of ${emptyTimes.length}) | ${seconds(median(emptyTimes))} |`,
    );
    console.log(`| one route more, at ${count} (median of ${times.length}) | ${seconds(median(times))} |`);
    console.log(`| the same, worst | ${seconds(Math.max(...times))} |`);
    console.log(
      `| one more with its Service and policy (median of ${wholeTimes.length}) | ${seconds(median(wholeTimes))} |`,
    );
  } finally {
    await controller.end('SIGTERM');
    agent.destroy();
    api.client.close();
  }
}

if (values.inside) await inside();
else process.exitCode = await outside();
