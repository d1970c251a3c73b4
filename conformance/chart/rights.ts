import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { controllerRights } from '../../src/control/cluster/rights.ts';
import { apply, eventually, type Manifest, refusal, remove } from '../seeds/kubectl.ts';
import { requestsOf, unusedRights } from './audit.ts';
import { namespace } from './install.ts';

const account = `system:serviceaccount:${namespace}:farside`;
const place = 'farside-rights';
const kinds = ['deployment', 'service', 'poddisruptionbudget', 'serviceaccount'];

/**
 * Whether the roles of the chart, as it is by default, suffice and hold nothing that is not used: what the controllers asked of the API server in
 * this run, against what they may. Says on the console what is not so. A right is needed only where its kind is served.
 */
export async function checkRights(whole: boolean): Promise<boolean> {
  const log = join(process.env.TESTCLUSTER_DIR ?? '', 'audit.log');
  if (!existsSync(log)) {
    console.log('skipped: what the controllers asked for, as there is no audit log of this cluster');
    return true;
  }
  const untried = whole ? await exerciseRareRights() : [];
  const { allowed, forbidden } = requestsOf(readFileSync(log, 'utf8'), account);
  const served = servedResources();
  const { cluster, dialects, namespace: own } = controllerRights();
  const rules = [...cluster, ...(dialects['gateway-api'] ?? []), ...own];
  const unused = unusedRights(rules, allowed).filter((right) => {
    const [, named = ''] = right.split(' ');
    const resource = named.split('/').slice(0, 2).join('/');
    return served.has(resource) && !untried.includes(resource);
  });
  for (const request of forbidden) console.log(`forbidden  ${request}`);
  if (whole) for (const right of unused) console.log(`unused     ${right}`);
  console.log(`rights: ${allowed.size} used, ${forbidden.size} missing${whole ? `, ${unused.length} unused` : ''}`);
  return forbidden.size === 0 && (!whole || unused.length === 0);
}

const ofAnother = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'GatewayClass',
  metadata: { name: 'of-another' },
  spec: { controllerName: 'example.com/another' },
};

const namespaced = (apiVersion: string, kind: string, name: string, spec: Manifest): Manifest => ({
  apiVersion,
  kind,
  metadata: { name, namespace: place },
  spec,
});

/** Kinds of which the suite has no object whose status we write. */
const xBackend = namespaced('gateway.networking.x-k8s.io/v1alpha1', 'XBackend', 'elsewhere', {
  type: 'ExternalHostname',
  externalHostname: { hostname: 'elsewhere.invalid' },
  port: { number: 80 },
});
const ofRareKinds: readonly Manifest[] = [
  xBackend,
  namespaced('gateway.networking.k8s.io/v1', 'HTTPRoute', 'elsewhere', {
    parentRefs: [{ name: 'edge' }],
    rules: [{ backendRefs: [{ group: 'gateway.networking.x-k8s.io', kind: 'XBackend', name: 'elsewhere' }] }],
  }),
];

/**
 * What the suite gives no occasion for: somebody changes what is ours, and a Gateway moves to another class. Gives the
 * `group/resources` that there is no occasion for here either: v1.6.3 has another form of XBackend than the one that is read.
 */
async function exerciseRareRights(): Promise<readonly string[]> {
  const gateway = (gatewayClassName: string) => ({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge', namespace: place },
    spec: { gatewayClassName, listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }] },
  });
  const ours = (kind: string): string =>
    kubectl('get', '-n', place, kind, 'farside-edge', '--ignore-not-found', '-o', 'name');
  const replicas = (): string =>
    kubectl('get', '-n', place, 'deployment/farside-edge', '-o', 'jsonpath={.spec.replicas}', '--ignore-not-found');
  apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: place } }, gateway('farside'));
  try {
    const isKnown = refusal(xBackend) === null;
    if (isKnown) apply(...ofRareKinds);
    await expect('the objects of a Gateway', () => kinds.every((kind) => ours(kind) !== ''));
    kubectl('scale', '-n', place, 'deployment/farside-edge', '--replicas=1');
    await expect('the number of replicas that was asked for', () => replicas() === '2');
    // A class that is not there would leave the Gateway as it is.
    apply(ofAnother, gateway('of-another'));
    await expect('no objects of a Gateway of another class', () => kinds.every((kind) => ours(kind) === ''));
    return isKnown ? [] : ['gateway.networking.x-k8s.io/xbackends'];
  } finally {
    remove(`namespace/${place}`, 'gatewayclass/of-another');
  }
}

async function expect(what: string, isSo: () => boolean): Promise<void> {
  if (!(await eventually(isSo, (so) => so))) throw new Error(`never came: ${what}`);
}

/** `group/resources` that this cluster serves. */
function servedResources(): ReadonlySet<string> {
  const names = kubectl('api-resources', '--no-headers', '-o', 'name').split('\n');
  return new Set(
    names.map((name) => {
      const [resource = '', ...group] = name.split('.');
      return `${group.join('.')}/${resource}`;
    }),
  );
}

function kubectl(...args: readonly string[]): string {
  return execFileSync('kubectl', args, { encoding: 'utf8' }).trim();
}
