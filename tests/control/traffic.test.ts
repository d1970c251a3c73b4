import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { startGateway } from '../../src/control/gateway.ts';
import type { GatewayState } from '../../src/control/state.ts';
import { NodeDataPlane } from '../../src/dataplanes/node/dataplane.ts';
import { freePort } from '../behaviour/harness.ts';
import { makeFolder, writeFiles } from '../sources/folder.ts';

const gateway = (...ports: readonly number[]): string => `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: farside
  listeners:
${ports.map((port) => `  - {name: http-${port}, port: ${port}, protocol: HTTP}\n`).join('')}`;

const redirect = (to: string): string => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - filters: [{type: RequestRedirect, requestRedirect: {path: {type: ReplaceFullPath, replaceFullPath: /${to}}}}]
`;

interface Answer {
  readonly status: number;
  readonly location: string;
}

function ask(port: number, agent: http.Agent): Promise<Answer> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, path: '/', agent }, (response) => {
        response.resume();
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? '' }),
        );
      })
      .on('error', reject);
  });
}

/** The whole gateway: files, control loop and workers that carry traffic. */
async function run(context: TestContext, files: Readonly<Record<string, string>>, workers = 1) {
  const folder = makeFolder(context, files);
  let arrived: () => void = () => {};
  const dataPlane = new NodeDataPlane({ workers });
  const states: GatewayState[] = [];
  const running = await startGateway({
    paths: [folder],
    address: { type: 'shared', address: '127.0.0.1' },
    portOffset: 0,
    admin: { host: '127.0.0.1', port: 0 },
    dataPlane,
    logger: pino({ level: 'silent' }),
    onState: (state) => {
      states.push(state);
      arrived();
    },
  });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
  context.after(async () => {
    agent.destroy();
    await running.stop(0);
  });
  return {
    folder,
    running,
    dataPlane,
    states,
    ask: (port: number) => ask(port, agent),
    readyz: async (): Promise<{ readonly status: number; readonly cause: string }> => {
      const response = await fetch(`http://127.0.0.1:${running.admin?.port}/readyz`);
      const { cause = '' } = (await response.json()) as { readonly cause?: string };
      return { status: response.status, cause };
    },
    async until(done: (state: GatewayState) => boolean): Promise<GatewayState> {
      while (!done(running.state())) {
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
      return running.state();
    },
  };
}

const options = { timeout: 30_000 };

test(
  'edits take effect under load without a failed request; a broken edit changes nothing',
  options,
  async (context) => {
    const port = await freePort();
    const {
      folder,
      running,
      until,
      ask: get,
    } = await run(context, { 'a.yaml': gateway(port), 'b.yaml': redirect('v0') });
    let loading = true;
    const answers: Answer[] = [];
    const load = (async () => {
      while (loading) answers.push(await get(port));
    })();
    for (let version = 1; version <= 5; version += 1) {
      const { revision } = running.state();
      writeFiles(folder, { 'b.yaml': redirect(`v${version}`) });
      await until((state) => state.revision > revision);
      assert.match((await get(port)).location, new RegExp(`/v${version}$`), 'told to be in force means in force');
    }
    writeFiles(folder, { 'b.yaml': `${redirect('v6')}  rules: [` });
    await until(({ findings }) => findings.length > 0);
    assert.match((await get(port)).location, /\/v5$/);
    loading = false;
    await load;
    assert.ok(answers.length > 5);
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [302]);
  },
);

test(
  'readiness waits for every listener; a port that is taken is told, and opened once it is free',
  options,
  async (context) => {
    const port = await freePort();
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const taken = (blocker.address() as AddressInfo).port;
    const {
      folder,
      until,
      readyz,
      running,
      ask: get,
    } = await run(context, {
      'a.yaml': gateway(port),
      'b.yaml': redirect('here'),
    });
    assert.equal((await readyz()).status, 200);
    writeFiles(folder, { 'a.yaml': gateway(port, taken) });
    const blocked = await until(({ findings }) => findings.some(({ reason }) => reason === 'PortUnavailable'));
    assert.equal((await readyz()).status, 503);
    assert.deepEqual(blocked.open, [`127.0.0.1:${port}`]);
    assert.match(JSON.stringify(blocked.status.find(({ kind }) => kind === 'Gateway')), /PortUnavailable/);
    assert.equal((await get(port)).status, 302, 'the other listener goes on');
    await new Promise((resolve) => blocker.close(resolve));
    await until(({ open }) => open.length === 2);
    assert.equal((await readyz()).status, 200);
    assert.equal((await get(taken)).status, 302);
    assert.deepEqual(running.state().findings, []);
  },
);

test(
  'readiness is lost with the last worker, and comes back with the one that takes its place',
  options,
  async (context) => {
    const port = await freePort();
    const files = { 'a.yaml': gateway(port), 'b.yaml': redirect('here') };
    const { dataPlane, states, until, readyz, ask: get } = await run(context, files);
    assert.deepEqual(await readyz(), { status: 200, cause: '' });
    const [pid] = dataPlane.workers;
    assert.ok(pid !== undefined);
    process.kill(pid, 'SIGKILL');
    const dead = await until(({ readiness }) => !readiness.ready);
    assert.deepEqual([dead.open, dead.revision], [[], 1]);
    // Held as soon as it is there, so that it cannot be ready before it was looked at.
    while (dataPlane.workers.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const [next] = dataPlane.workers;
    assert.ok(next !== undefined);
    process.kill(next, 'SIGSTOP');
    assert.deepEqual(await readyz(), {
      status: 503,
      cause: `not open: 127.0.0.1:${port} (no worker process has the configuration in force)`,
    });
    process.kill(next, 'SIGCONT');
    const again = await until(({ readiness }) => readiness.ready);
    assert.deepEqual(again.open, [`127.0.0.1:${port}`]);
    assert.equal((await readyz()).status, 200);
    assert.equal((await get(port)).status, 302);
    assert.equal(states.filter(({ readiness }) => !readiness.ready).length, 1, 'told once');
  },
);

test('readiness stays while another worker serves', options, async (context) => {
  const port = await freePort();
  const files = { 'a.yaml': gateway(port), 'b.yaml': redirect('here') };
  const { dataPlane, states, folder, until, readyz } = await run(context, files, 2);
  const [pid, other] = dataPlane.workers;
  assert.ok(pid !== undefined && other !== undefined);
  process.kill(pid, 'SIGKILL');
  // A configuration is in force once the worker that was started anew has it, too.
  writeFiles(folder, { 'b.yaml': redirect('there') });
  await until(({ revision }) => revision === 2);
  assert.equal((await readyz()).status, 200);
  assert.ok(dataPlane.workers.includes(other));
  assert.ok(states.every(({ readiness }) => readiness.ready));
});
