import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pino } from 'pino';
import { AdminAddressError, startAdmin } from '../../src/control/admin/server.ts';
import { type GatewayOptions, type MeasuredDataPlane, startGateway } from '../../src/control/gateway.ts';
import { type GatewayState, initialState } from '../../src/control/state.ts';
import type { Applied } from '../../src/dataplanes/dataplane.ts';
import { type AddressPool, parseAddressPool } from '../../src/infrastructure/address-pool.ts';
import type { Finding } from '../../src/model/finding.ts';
import type { Model } from '../../src/model/model.ts';
import type { Observation } from '../../src/model/observation.ts';
import { httpRoute, makeFolder, writeFiles } from '../sources/folder.ts';

const gateway = `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: infra}
spec:
  gatewayClassName: farside
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
`;

function poolOf(text: string): AddressPool {
  const pool = parseAddressPool(text);
  assert.ok(pool);
  return pool;
}

/** Says that it opened everything, and remembers what it was asked, and in which order. */
class RecordingDataPlane implements MeasuredDataPlane {
  readonly calls: string[] = [];
  model: Model | null = null;

  check(): readonly Finding[] {
    return [];
  }

  async apply(model: Model, _keys: unknown, revision: number): Promise<Applied> {
    this.calls.push(`apply ${revision}`);
    this.model = model;
    return { revision, findings: [], open: Object.keys(model.listeners) };
  }

  async drain(timeout: number): Promise<void> {
    this.calls.push(`drain ${timeout}`);
  }

  async observations(): Promise<readonly Observation[]> {
    return [];
  }

  async metrics(): Promise<string> {
    return 'farside_test 1\n';
  }
}

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly [member: string]: unknown;
}

async function start(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  more: Partial<GatewayOptions> = {},
) {
  const folder = makeFolder(context, files);
  const dataPlane = new RecordingDataPlane();
  const lines: Line[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line) as Line) });
  let arrived: () => void = () => {};
  const running = await startGateway({
    paths: [folder],
    address: poolOf('127.0.0.1'),
    portOffset: 8000,
    admin: { host: '127.0.0.1', port: 0 },
    dataPlane,
    logger,
    onState: () => arrived(),
    ...more,
  });
  context.after(() => running.stop(0));
  const until = async (done: (state: GatewayState) => boolean): Promise<GatewayState> => {
    while (!done(running.state())) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
      });
    }
    return running.state();
  };
  return { folder, dataPlane, lines, running, until };
}

const options = { timeout: 20_000 };

test('a folder is in force when the gateway has started', options, async (context) => {
  const { running, dataPlane, lines } = await start(context, { 'gateway.yaml': gateway, 'web.yaml': httpRoute('web') });
  const { revision, open, readiness, status } = running.state();
  assert.deepEqual([revision, open, readiness], [1, ['127.0.0.1:8080'], { ready: true }]);
  assert.deepEqual(dataPlane.calls, ['apply 1']);
  assert.deepEqual(
    status.map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    ['Gateway edge', 'GatewayClass farside', 'HTTPRoute web'],
  );
  assert.ok(running.admin);
  const answer = await fetch(`http://127.0.0.1:${running.admin.port}/readyz`);
  assert.equal(answer.status, 200);
  const metrics = await fetch(`http://127.0.0.1:${running.admin.port}/metrics`);
  assert.equal(await metrics.text(), 'farside_test 1\n');
  const said = lines.map(({ msg }) => msg);
  assert.ok(
    said.some((line) => line.startsWith('revision 1 is in force: 1 listener added')),
    said.join('\n'),
  );
  assert.ok(said.includes('ready: 127.0.0.1:8080'), said.join('\n'));
});

test('an edit is taken up; findings are told when they come and when they go', options, async (context) => {
  const { folder, lines, until } = await start(context, { 'gateway.yaml': gateway, 'web.yaml': httpRoute('web') });
  const before = lines.length;
  writeFiles(folder, { 'web.yaml': httpRoute('web').replace('port: 443', 'port: 0') });
  const broken = await until(({ findings }) => findings.some(({ reason }) => reason === 'InvalidObject'));
  assert.equal(Object.keys(broken.model.routes).length, 1, 'the last good object stays in force');
  const told = lines.slice(before).find(({ reason }) => reason === 'InvalidObject');
  assert.equal(told?.level, 50);
  assert.equal(told?.at, `${join(folder, 'web.yaml')}:17:13`);
  assert.equal(told?.object, 'HTTPRoute shop/web');
  writeFiles(folder, { 'web.yaml': httpRoute('web', '/new') });
  await until(({ findings }) => !findings.some(({ reason }) => reason === 'InvalidObject'));
  const rest = lines.slice(before).map(({ msg }) => msg);
  assert.ok(
    rest.some((line) => line.startsWith('no longer: spec.rules[0].backendRefs[0].port')),
    rest.join('\n'),
  );
  assert.ok(
    rest.some((line) => /revision 2 is in force: .*1 route changed/.test(line)),
    rest.join('\n'),
  );
  rmSync(join(folder, 'web.yaml'));
  const without = await until(({ model }) => Object.keys(model.routes).length === 0);
  assert.deepEqual(without.open, ['127.0.0.1:8080']);
});

test('stop drains the data plane and closes the admin server', options, async (context) => {
  const { running, dataPlane } = await start(context, { 'gateway.yaml': gateway });
  await running.stop(1_234);
  assert.deepEqual(dataPlane.calls, ['apply 1', 'drain 1234']);
  await assert.rejects(fetch(`http://127.0.0.1:${running.admin?.port}/healthz`));
});

test('an admin address that is taken keeps the gateway from starting', options, async (context) => {
  const taken = await startAdmin(
    { host: '127.0.0.1', port: 0 },
    { state: () => initialState, metrics: async () => '', observations: async () => [] },
  );
  context.after(() => taken.close());
  await assert.rejects(start(context, { 'gateway.yaml': gateway }, { admin: taken.address }), AdminAddressError);
});

test('each Gateway gets its own address of a range, and keeps it', options, async (context) => {
  const named = (name: string): string => gateway.replace('name: edge', `name: ${name}`);
  const { folder, running, until } = await start(
    context,
    { 'b.yaml': named('b'), 'c.yaml': named('c') },
    { address: poolOf('127.1.0.0/24') },
  );
  assert.deepEqual(running.state().open, ['127.1.0.1:8080', '127.1.0.2:8080']);
  rmSync(join(folder, 'b.yaml'));
  await until(({ open }) => open.length === 1);
  writeFiles(folder, { 'a.yaml': named('a') });
  const { status } = await until(({ open }) => open.length === 2);
  const addressOf = (name: string): unknown =>
    status.find(({ kind, metadata }) => kind === 'Gateway' && metadata.name === name)?.status.addresses;
  assert.deepEqual(addressOf('c'), [{ type: 'IPAddress', value: '127.1.0.2' }]);
  assert.deepEqual(addressOf('a'), [{ type: 'IPAddress', value: '127.1.0.1' }]);
});

test('no page of the admin server and no line of the log shows a key', options, async (context) => {
  const { CertificateAuthority } = await import('../../src/cli/demo/pki.ts');
  const authority = await CertificateAuthority.create('Demo');
  const issued = await authority.issue({ dns: ['demo.localhost'] });
  const secret = (key: string): string => `apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: infra}
type: kubernetes.io/tls
data:
  tls.crt: ${Buffer.from(issued.chain).toString('base64')}
  tls.key: ${Buffer.from(key).toString('base64')}
`;
  const https = gateway.replace('protocol: HTTP,', 'protocol: HTTPS, tls: {certificateRefs: [{name: tls}]},');
  const { folder, running, lines, until } = await start(context, {
    'gateway.yaml': https,
    'tls.yaml': secret(issued.key),
  });
  assert.deepEqual(running.state().open, ['127.0.0.1:8080']);
  const body = issued.key.split('\n').slice(1, -2).join('');
  const shown = async (): Promise<string> => {
    const pages = ['/api/status', '/api/model', '/metrics', '/readyz'].map(async (path) =>
      (await fetch(`http://127.0.0.1:${running.admin?.port}${path}`)).text(),
    );
    return (await Promise.all(pages)).join('\n') + JSON.stringify(lines);
  };
  const encoded = Buffer.from(issued.key).toString('base64').slice(100, 124);
  const leaks = (text: string): boolean => [body.slice(0, 24), encoded, 'BEGIN'].some((part) => text.includes(part));
  assert.equal(leaks(await shown()), false);
  writeFiles(folder, { 'tls.yaml': secret(issued.key.replace('\n', '\nA')) });
  await until(({ findings }) => findings.length > 0);
  assert.equal(leaks(await shown()), false, await shown());
});
