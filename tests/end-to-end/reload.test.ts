import assert from 'node:assert/strict';
import https from 'node:https';
import { after, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { freePort } from '../behaviour/harness.ts';
import { ask, edgeName, Http2Client } from './clients.ts';
import { farside, serve, until } from './farside.ts';
import { startLoad } from './load.ts';
import { gateway, policy, redirect, route, secret, service, trust, yaml } from './objects.ts';
import { authority, edgeCertificate, Folder, startHttpsBackend } from './shop.ts';

const options = { timeout: 60_000 };
const lifetime = { after };

const [httpsPort, otherPort] = [await freePort(), await freePort()];
const backend = await startHttpsBackend(lifetime, await authority.issue({ dns: ['orders.internal'] }));
const folder = new Folder(lifetime, {
  'gateway.yaml': yaml(gateway('edge', { port: httpsPort, certificate: 'edge' }), secret('edge', edgeCertificate)),
  'orders.yaml': yaml(route('orders'), policy('orders'), ...service('orders', backend)),
  'trust.yaml': yaml(trust(authority.certificate)),
});
const running = await serve(lifetime, [folder.path, '--workers', '2']);
const target = { port: httpsPort, ca: authority.certificate };

test('files that are edited, added and removed take effect under load and nothing is dropped', options, async (t) => {
  const load = await startLoad(t, target, '/orders');
  for (let round = 1; round <= 4; round += 1) {
    await running.revisionAfter(() => folder.write('orders.yaml', orders(`v${round}`)));
    assert.equal((await ask(target, '/orders')).headers['x-version'], `v${round}`, 'in force means for every request');

    assert.equal((await ask(target, '/more')).status, 404);
    await running.revisionAfter(() => folder.write('more.yaml', yaml(redirect('more', '/orders'))));
    assert.equal((await ask(target, '/more')).status, 302);
    await running.revisionAfter(() => folder.remove('more.yaml'));
    assert.equal((await ask(target, '/more')).status, 404);
    await load.progress();
  }
  assert.deepEqual(await load.stop(), []);
});

test('a listener comes and goes while connections to the others stay the same', options, async (t) => {
  const load = await startLoad(t, target, '/orders');
  const other = gateway('other', { port: otherPort });
  for (let round = 0; round < 2; round += 1) {
    await running.revisionAfter(() => folder.write('other.yaml', yaml(other, redirect('other', '/there', 'other'))));
    assert.match((await ask({ port: otherPort }, '/')).headers.location ?? '', /\/there$/);
    await load.progress();
    await running.revisionAfter(() => folder.remove('other.yaml'));
    await assert.rejects(ask({ port: otherPort }, '/'), /ECONNREFUSED/);
    await load.progress();
  }
  assert.deepEqual(await load.stop(), []);
});

test(
  'a file that no longer parses leaves its last good objects in force and is told with its place',
  options,
  async (t) => {
    const load = await startLoad(t, target, '/orders');
    const good = orders('good');
    await running.revisionAfter(() => folder.write('orders.yaml', good));
    // The second rule closes a bracket that was never opened.
    const line = good.split('\n').findIndex((text) => text.startsWith('  rules:')) + 1;
    folder.write('orders.yaml', good.replace('  rules:\n', '  rules: ]\n'));
    const place = `${folder.file('orders.yaml')}:${line}:10`;
    await running.process.printed(new RegExp(`ERROR .*at=${place}`));
    assert.equal((await ask(target, '/orders')).headers['x-version'], 'good');

    const [finding] = (await running.json('/api/status')).findings as Record<string, Record<string, unknown>>[];
    assert.deepEqual(
      [finding?.severity, finding?.origin?.file, finding?.origin?.line, finding?.origin?.column],
      ['error', folder.file('orders.yaml'), line, 10],
    );
    const { stdout, code } = await farside('status', '--admin', `127.0.0.1:${running.admin}`);
    assert.equal(code, 0);
    assert.ok(stdout.includes(place), stdout);

    await running.revisionAfter(() => folder.write('orders.yaml', orders('repaired')));
    assert.equal((await ask(target, '/orders')).headers['x-version'], 'repaired');
    assert.deepEqual((await running.json('/api/status')).findings, []);
    await running.process.printed(/INFO .*no longer: /);
    assert.deepEqual(await load.stop(), []);
  },
);

test(
  'an object that no longer validates keeps its last good version; the rest of its file is taken up',
  options,
  async () => {
    await running.revisionAfter(() => folder.write('orders.yaml', orders('kept')));
    const invalid = yaml(route('orders', 'never')).replace('type: PathPrefix', 'type: Glob');
    await running.revisionAfter(() =>
      folder.write('orders.yaml', `${orders('never', 'renewed')}---\n${invalid}`.replace(orderRoute('never'), '')),
    );
    assert.equal((await ask(target, '/orders')).headers['x-version'], 'kept');
    assert.equal((await ask(target, '/second')).headers['x-version'], 'renewed');
    const findings = (await running.json('/api/status')).findings as Record<string, Record<string, unknown>>[];
    const finding = findings.find(({ message }) => String(message).includes('Unsupported value: "Glob"'));
    for (const { message } of findings) assert.match(String(message), /^\w/);
    const position = `${finding?.origin?.file}:${finding?.origin?.line}:${finding?.origin?.column}`;
    const { stdout } = await farside('check', folder.path);
    assert.ok(stdout.includes(position), `${position} in\n${stdout}`);
    await running.revisionAfter(() => folder.write('orders.yaml', orders('after')));
    assert.deepEqual((await running.json('/api/status')).findings, []);
  },
);

test(
  "a listener's certificate is replaced through its file: kept connections live on, new ones see the new one",
  options,
  async (t) => {
    const load = await startLoad(t, target, '/orders');
    const kept = await Http2Client.connect(target);
    t.after(() => kept.close());
    for (let round = 0; round < 2; round += 1) {
      const renewed = await authority.issue({ dns: [edgeName, `round-${round}.test`] });
      await running.revisionAfter(() =>
        folder.write(
          'gateway.yaml',
          yaml(gateway('edge', { port: httpsPort, certificate: 'edge' }), secret('edge', renewed)),
        ),
      );
      assert.match(await presentedNames(), new RegExp(`round-${round}\\.test`));
      assert.equal((await kept.ask('/orders')).status, 200);
    }
    await load.progress();
    assert.deepEqual(await load.stop(), []);
  },
);

test(
  'the authority of a backend is replaced through its file: what it does not cover is 503 at once',
  options,
  async () => {
    const next = await CertificateAuthority.create('Next CA');
    await running.revisionAfter(() => folder.write('trust.yaml', yaml(trust(next.certificate))));
    assert.equal((await ask(target, '/orders')).status, 503);
    await running.process.printed(
      /503 GET https:\/\/edge\.test\/orders .*unknown-ca: issuer "Demo CA" is not in ConfigMap shop\/ca/,
    );
    await running.revisionAfter(() =>
      folder.write('trust.yaml', yaml(trust(next.certificate + authority.certificate))),
    );
    assert.equal((await ask(target, '/orders')).status, 200);
  },
);

test('a burst of edits ends in what was written last', options, async () => {
  for (let version = 0; version <= 20; version += 1) folder.write('orders.yaml', orders(`burst-${version}`));
  await until(async () => (await ask(target, '/orders')).headers['x-version'] === 'burst-20');
});

function orderRoute(version: string): string {
  return yaml(route('orders', version));
}

/** A file with the route, its backend, and a second route that goes to the same backend. */
function orders(version: string, second = version): string {
  const secondRoute = yaml(route('orders', second))
    .replaceAll('name: orders\n  namespace', 'name: second\n  namespace')
    .replace('value: /orders', 'value: /second');
  return [orderRoute(version), secondRoute, yaml(policy('orders'), ...service('orders', backend))].join('---\n');
}

/** The names of the certificate that a new connection is shown. */
async function presentedNames(): Promise<string> {
  const agent = new https.Agent({ keepAlive: true });
  await ask(target, '/orders', agent);
  const [socket] = Object.values(agent.freeSockets).flat();
  const names = (socket as TLSSocket).getPeerCertificate().subjectaltname ?? '';
  agent.destroy();
  return names;
}
