import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { dialects } from '../../../src/control/parts.ts';
import { watchedKindsOf } from '../../../src/sources/kubernetes/kinds.ts';
import { clusterRules, leaderRules } from '../../../src/sources/kubernetes/rbac.ts';
import { FarsideProcess } from '../../end-to-end/farside.ts';

/*
 * Runs inside a cluster that was just started, as its administrator: `farside controller` with no more rights than its
 * own table gives it, and kubectl as a user would. Exits with 0 when all of it was as it should be.
 */

const kubectl = (args: readonly string[], input = ''): string =>
  execFileSync('kubectl', args, { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'inherit'] });
const apply = (...objects: readonly unknown[]): string =>
  kubectl(['apply', '-f', '-'], objects.map((object) => stringify(object)).join('---\n'));
const read = (...path: readonly string[]): Record<string, unknown> =>
  JSON.parse(kubectl(['get', ...path, '-o', 'json'])) as Record<string, unknown>;

async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const namespace = 'farside-system';
const name = 'farside';
const rbac = (kind: string) => ({ apiVersion: 'rbac.authorization.k8s.io/v1', kind });
const subjects = [{ kind: 'ServiceAccount', name, namespace }];

function installAccount(): string {
  const kinds = watchedKindsOf(dialects.flatMap((dialect) => dialect.kinds));
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name });
  apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } },
    { ...rbac('ClusterRole'), metadata: { name }, rules: clusterRules(kinds) },
    { ...rbac('ClusterRoleBinding'), metadata: { name }, roleRef: roleRef('ClusterRole'), subjects },
    { ...rbac('Role'), metadata: { name, namespace }, rules: leaderRules('farside-controller') },
    { ...rbac('RoleBinding'), metadata: { name, namespace }, roleRef: roleRef('Role'), subjects },
  );
  const token = kubectl(['create', 'token', name, '-n', namespace]).trim();
  const own = parse(readFileSync(process.env.KUBECONFIG ?? '', 'utf8')) as { clusters: { cluster: unknown }[] };
  const file = join(mkdtempSync(join(tmpdir(), 'farside-cluster-')), 'config');
  writeFileSync(
    file,
    stringify({
      'current-context': 'c',
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u', namespace } }],
      clusters: [{ name: 'c', cluster: own.clusters[0]?.cluster }],
      users: [{ name: 'u', user: { token } }],
    }),
    { mode: 0o600 },
  );
  return file;
}

const gatewayApi = (kind: string, of: string, spec: unknown) => ({
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind,
  metadata: { name: of, ...(kind === 'GatewayClass' ? {} : { namespace: 'default' }) },
  spec,
});

const redirect = (hostname: string) => ({
  parentRefs: [{ name: 'edge' }],
  rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname, statusCode: 302 } }] }],
});

function locationAt(address: string): Promise<string | null> {
  return new Promise((resolve) => {
    http
      .get({ host: address, port: 80, agent: false }, (response) => {
        response.resume();
        resolve(response.headers.location ?? null);
      })
      .on('error', () => resolve(null));
  });
}

const start = (kubeconfig: string, range: string, port: number): FarsideProcess =>
  new FarsideProcess([
    ...['controller', '--kubeconfig', kubeconfig, '--address', range],
    ...['--admin', `127.0.0.1:${port}`, '--workers', '1', '--log-level', 'warn'],
  ]);
const holder = (): string =>
  (read('lease', 'farside-controller', '-n', namespace).spec as { holderIdentity?: string }).holderIdentity ?? '';
const parentsOf = (route: string): readonly Record<string, unknown>[] =>
  (read('httproute', route).status as { parents?: readonly Record<string, unknown>[] } | undefined)?.parents ?? [];

const kubeconfig = installAccount();
const first = start(kubeconfig, '172.30.100.0/24', 9991);
try {
  apply(
    gatewayApi('GatewayClass', 'farside', { controllerName: 'farside.dev/gateway-controller' }),
    gatewayApi('Gateway', 'edge', {
      gatewayClassName: 'farside',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
    }),
    gatewayApi('HTTPRoute', 'r', redirect('one.test')),
  );
  kubectl(['wait', 'gateway/edge', '--for=condition=Programmed', '--timeout=20s']);
  const [address] = (read('gateway', 'edge').status as { addresses: { value: string }[] }).addresses;
  assert.equal(address?.value, '172.30.100.1');
  await until('the redirect', async () => (await locationAt('172.30.100.1')) === 'http://one.test/');

  // Somebody else's entry stays where it is, and the observed generation follows the object.
  const foreign = {
    parentRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'other' },
    controllerName: 'example.com/other',
    conditions: [
      { type: 'Accepted', status: 'True', reason: 'Accepted', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ],
  };
  const patch = JSON.stringify([{ op: 'add', path: '/status/parents/-', value: foreign }]);
  await until('our entry', () => parentsOf('r').length === 1);
  kubectl(['patch', 'httproute', 'r', '--subresource=status', '--type=json', '-p', patch]);
  apply(gatewayApi('HTTPRoute', 'r', redirect('two.test')));
  await until('the change', async () => (await locationAt('172.30.100.1')) === 'http://two.test/');
  await until('both entries, ours of the new generation', () => {
    const parents = parentsOf('r');
    const ours = parents.find((parent) => parent.controllerName === 'farside.dev/gateway-controller');
    const [condition] = (ours?.conditions ?? []) as readonly { observedGeneration?: number }[];
    return parents.length === 2 && condition?.observedGeneration === 2;
  });

  // A second controller takes over at once when the first one is asked to end; nothing is written without need.
  const second = start(kubeconfig, '172.30.101.0/24', 9992);
  const before = holder();
  assert.notEqual(before, '');
  first.signal('SIGTERM');
  await first.ended;
  await until('a new holder', () => holder() !== '' && holder() !== before);
  kubectl(['delete', 'gateway', 'edge']);
  await until('only the entry of the other controller', () => {
    const parents = parentsOf('r');
    return parents.length === 1 && parents[0]?.controllerName === 'example.com/other';
  });
  second.signal('SIGTERM');
  const { code } = await second.ended;
  assert.equal(code, 0);
  for (const { output } of [first, second])
    assert.doesNotMatch(output, /cannot be followed|API server refuses|fault in/);
} catch (cause) {
  process.stderr.write(first.output);
  throw cause;
}
