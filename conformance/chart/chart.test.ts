// What users do with the chart and the plain manifests, in a cluster that has the definitions of the Gateway API and of the
// Prometheus operator, and nothing else. `npm run try-chart` starts it.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { chart, provideHelm, render, root } from '../../scripts/chart/helm.ts';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { apply, eventually, remove } from '../seeds/kubectl.ts';
import {
  backend,
  backendTlsPolicy,
  gateway,
  httpsListener,
  route,
  namespace as space,
  tlsSecret,
} from '../seeds/objects.ts';
import { request } from '../seeds/traffic.ts';
import { requestsOf } from './audit.ts';
import { installChart, namespace, uninstallChart, upgradeChart } from './install.ts';

const shop = 'shop';
const values = join(root, 'tests/chart/values');

const kubectl = (...args: readonly string[]): string => execFileSync('kubectl', args, { encoding: 'utf8' }).trim();
const kinds = 'deployments,services,serviceaccounts,secrets,poddisruptionbudgets';

/** What Farside made, and what the release holds, wherever it is. */
const made = (): string => kubectl('get', kinds, '-A', '-l', 'app.kubernetes.io/managed-by=farside', '-o', 'name');
const released = (): string =>
  kubectl(
    'get',
    `${kinds},clusterroles,clusterrolebindings,roles,rolebindings`,
    '-A',
    '-l',
    'app.kubernetes.io/part-of=farside',
    '-o',
    'name',
  );

/** @param patience How often 30 s. */
async function until(what: string, isSo: () => boolean | Promise<boolean>, patience = 1): Promise<void> {
  for (let left = patience; left > 0; left -= 1) if (await eventually(isSo, (so) => so)) return;
  assert.fail(`never came: ${what}`);
}

const addressOf = (name: string): string =>
  kubectl('get', '-n', shop, `gateway/${name}`, '-o', 'jsonpath={.status.addresses[0].value}');
const ask = async (host: string): Promise<number> => (await request(addressOf('edge'), 443, host)).status;
const programmed = (): string =>
  kubectl('wait', '-n', shop, 'gateway/edge', '--for=condition=Programmed', '--timeout=60s');

/** The status and the content; a failure to connect is status 0. */
function page(address: string, port: number, path: string): Promise<string> {
  return new Promise((resolve) => {
    http
      .get({ host: address, port, path, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('end', () => resolve(`${response.statusCode} ${body}`));
      })
      .on('error', (cause) => resolve(`0 ${cause.message}`));
  });
}

const podAddresses = (where: string, component: string): readonly string[] =>
  kubectl(
    'get',
    'pods',
    '-n',
    where,
    '-l',
    `app.kubernetes.io/component=${component}`,
    '-o',
    'jsonpath={.items[*].status.podIP}',
  ).split(' ');

before(async () => {
  const ca = await CertificateAuthority.create('shop');
  const stranger = await CertificateAuthority.create('stranger');
  const config = (name: string, certificate: string) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: shop },
    data: { 'ca.crt': certificate },
  });
  const trust = (name: string) => ({
    hostname: 'orders.internal',
    caCertificateRefs: [{ group: '', kind: 'ConfigMap', name }],
  });
  apply(space(shop));
  apply(
    tlsSecret(shop, 'edge', await ca.issue({ commonName: 'edge', dns: ['*.shop.test'], keyType: 'rsa' })),
    tlsSecret(shop, 'orders', await ca.issue({ commonName: 'orders', dns: ['orders.internal'], keyType: 'rsa' })),
    config('ca', ca.certificate),
    config('stranger', stranger.certificate),
    gateway(shop, 'edge', [httpsListener('https', '*.shop.test', { kind: 'Secret', group: '', name: 'edge' })]),
    ...backend(shop, 'orders', 'orders'),
    ...backend(shop, 'billing', 'orders'),
    route(shop, 'orders', 'edge', 'orders.shop.test', 'orders', 443),
    route(shop, 'billing', 'edge', 'billing.shop.test', 'billing', 443),
    backendTlsPolicy(shop, 'orders', { name: 'orders' }, trust('ca')),
    backendTlsPolicy(shop, 'billing', { name: 'billing' }, trust('stranger')),
  );
});

describe('the chart', () => {
  it('renders to what the API server takes, whatever the values', () => {
    apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    kubectl('apply', '--server-side', '-f', join(chart, 'crds'));
    for (const options of [[], ...readdirSync(values).map((name) => ['--values', join(values, name)])]) {
      const { accepted, output } = render(provideHelm(), ...options);
      assert.ok(accepted, output);
      const dryRun = ['apply', '--dry-run=server', '--validate=strict', '-f', '-'];
      const { status, stderr } = spawnSync('kubectl', dryRun, { input: output, encoding: 'utf8' });
      assert.equal(status, 0, `${options.join(' ')}: ${stderr}`);
    }
    // The install below is that of a cluster which never saw them.
    kubectl('delete', '-f', join(chart, 'crds'));
    kubectl('delete', 'namespace', namespace);
  });

  it('installs, and serves a Gateway: verified where the policy is met, 503 where it is not', async () => {
    installChart(
      'monitoring.serviceMonitor.enabled=true',
      'monitoring.podMonitor.enabled=true',
      'monitoring.rules.enabled=true',
    );
    programmed();
    await until('orders answers', async () => (await ask('orders.shop.test')) === 200);
    assert.equal(await ask('billing.shop.test'), 503);
  });

  it('has metrics and probes where the monitors look for them', async () => {
    const controllers = await Promise.all(
      podAddresses(namespace, 'controller').map((ip) => page(ip, 9_990, '/metrics')),
    );
    assert.equal(controllers.length, 2);
    assert.equal(controllers.filter((text) => /^farside_controller_leading 1$/m.test(text)).length, 1);
    const port = kubectl(
      'get',
      'pods',
      '-n',
      shop,
      '-l',
      'app.kubernetes.io/component=data-plane',
      '-o',
      'jsonpath={.items[0].spec.containers[0].ports[?(@.name=="admin")].containerPort}',
    );
    const dataPlanes = await Promise.all(
      podAddresses(shop, 'data-plane').map((ip) => page(ip, Number(port), '/metrics')),
    );
    assert.equal(dataPlanes.length, 2);
    for (const text of dataPlanes) assert.match(text, /^farside_certificate_expiry_timestamp_seconds\{/m);
    assert.match(dataPlanes.join(), /^farside_backend_tls_handshake_failures_total\{backend="shop\/billing:443"/m);
  });

  it('is upgraded without a failed request, and then follows changes', async () => {
    let failed = 0;
    let sent = 0;
    let isOver = false;
    const load = (async () => {
      while (!isOver) {
        sent += 1;
        if ((await ask('orders.shop.test')) !== 200) failed += 1;
      }
    })();
    await upgradeChart('log.level=debug', 'replicas=3', 'monitoring.rules.enabled=true');
    isOver = true;
    await load;
    assert.equal(failed, 0);
    assert.ok(sent > 0);
    assert.equal(podAddresses(namespace, 'controller').length >= 3, true);
    apply(route(shop, 'later', 'edge', 'later.shop.test', 'orders', 443));
    await until('the new route is served', async () => (await ask('later.shop.test')) === 200);
  });

  it('leaves its definitions to the command of the guide, which changes what Helm made', () => {
    const definition = 'crd/farsideconfigs.farside.dev';
    const columns = '/spec/versions/0/additionalPrinterColumns';
    const stated = (): string =>
      kubectl('get', definition, '-o', 'jsonpath={.spec.versions[0].additionalPrinterColumns}');
    const newest = stated();
    const older = JSON.stringify([{ op: 'remove', path: columns }]);
    kubectl('patch', definition, '--type=json', '--field-manager=helm', '-p', older);
    assert.notEqual(stated(), newest);
    const [, command] =
      /^kubectl (apply .*charts\/farside\/crds)/m.exec(readFileSync(join(root, 'docs/kubernetes.md'), 'utf8')) ?? [];
    assert.ok(command);
    execFileSync('kubectl', command.split(' '), { cwd: root });
    assert.equal(stated(), newest);
  });

  it('leaves what other dialects say alone until it is asked for them', async () => {
    const classic = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'classic', namespace: shop },
      spec: { ingressClassName: 'contour', defaultBackend: { service: { name: 'orders', port: { number: 80 } } } },
    };
    const addressOfIngress = (): string =>
      kubectl('get', '-n', shop, 'ingress/classic', '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}');
    apply(classic);
    apply(route(shop, 'meanwhile', 'edge', 'meanwhile.shop.test', 'orders', 443));
    await until('the route after it is served', async () => (await ask('meanwhile.shop.test')) === 200);
    assert.equal(addressOfIngress(), '');
    await upgradeChart('dialects={gateway-api,contour}');
    await until('the Ingress has an address', () => addressOfIngress() !== '');
    await until('it is served', async () => (await page(addressOfIngress(), 80, '/')).startsWith('200 '));
    kubectl('delete', '-n', shop, 'ingress/classic');
    // Its class keeps its data plane until the controllers go.
  });

  it('asked for nothing that it may not have', () => {
    const log = readFileSync(join(process.env.TESTCLUSTER_DIR ?? '', 'audit.log'), 'utf8');
    const { allowed, forbidden } = requestsOf(log, `system:serviceaccount:${namespace}:farside`);
    assert.deepEqual([...forbidden], []);
    assert.ok(allowed.has('patch networking.k8s.io/ingresses/status'));
  });

  it('goes without taking traffic along, and comes back to what it left', async () => {
    uninstallChart();
    assert.equal(await ask('orders.shop.test'), 200);
    assert.equal(released(), '', 'nothing of the release is left');
    await until('the authority of the stream goes with the controllers', () => !made().includes('stream-authority'));
    installChart();
    apply(route(shop, 'again', 'edge', 'again.shop.test', 'orders', 443));
    // The new controllers have a new authority, which a kubelet brings to the pods when it looks at their Secret again.
    await until('the new route is served', async () => (await ask('again.shop.test')) === 200, 4);
    assert.equal(await ask('orders.shop.test'), 200);
  });

  it('leaves nothing once its Gateways, its namespace and its definitions are gone', async () => {
    kubectl('delete', '-n', shop, 'gateway/edge');
    await until('the objects of the Gateway go with it', () => !made().includes('farside-edge'));
    uninstallChart();
    kubectl('delete', 'gatewayclass/farside');
    kubectl('delete', '-f', join(chart, 'crds'));
    await until('nothing is left', () => made() === '' && released() === '');
    kubectl('delete', 'namespace', namespace);
  });
});

describe('the plain manifests', () => {
  const manifests = join(root, 'deploy/farside.yaml');

  it('install the same', async () => {
    // The definition of FarsideConfig is served a moment after it was made: kubectl may have to be run again, as documented.
    kubectl('apply', '--server-side', '-f', manifests);
    kubectl('rollout', 'status', '-n', namespace, 'deployment/farside', '--timeout=60s');
    apply(gateway(shop, 'edge', [httpsListener('https', '*.shop.test', { kind: 'Secret', group: '', name: 'edge' })]));
    programmed();
    await until('orders answers', async () => (await ask('orders.shop.test')) === 200);
  });

  it('and go', async () => {
    kubectl('delete', '-n', shop, 'gateway/edge');
    kubectl('delete', '-f', manifests);
    await until('nothing is left', () => made() === '' && released() === '');
    remove(`namespace/${shop}`);
  });
});
