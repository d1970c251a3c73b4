import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { tlsBackend } from '../tls/connecting.ts';
import { ask, authority, edgeCertificate, freePort, ordersCertificate, startPlane, trust } from './harness.ts';
import { startLoad } from './load.ts';
import { buildModel, type ModelChoices } from './model.ts';

const next = await CertificateAuthority.create('Next CA');

test("a listener's certificate is replaced under load: new connections get the new one at once, none is dropped", async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const httpsPort = await freePort();
  const choices = { httpsPort, trust, backends: { ok: { port } } };
  const plane = await startPlane(t, buildModel({ ...choices, certificates: { '': edgeCertificate } }), { workers: 2 });
  const load = startLoad(t, httpsPort, '/ok');
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  t.after(() => agent.destroy());
  await ask(httpsPort, '/ok', { agent });
  for (let round = 0; round < 3; round += 1) {
    const certificate = await authority.issue({ dns: ['edge.test', `round-${round}.test`] });
    await plane.apply(buildModel({ ...choices, certificates: { '': certificate } }));
    for (let each = 0; each < 4; each += 1) {
      assert.match(await presentedBy(httpsPort), new RegExp(`round-${round}\\.test`));
    }
    await load.progress();
  }
  assert.equal((await ask(httpsPort, '/ok', { agent })).status, 200);
  const sockets = Object.values(agent.freeSockets).flat();
  assert.equal(sockets.length, 1, 'the old connection was kept');
  assert.doesNotMatch((sockets[0] as TLSSocket).getPeerCertificate().subjectaltname ?? '', /round/);
  assert.deepEqual(await load.stop(), []);
});

/** The names of the certificate that a new connection is shown. */
async function presentedBy(port: number): Promise<string> {
  const agent = new Agent({ keepAlive: true });
  await ask(port, '/ok', { agent });
  const [socket] = Object.values(agent.freeSockets).flat();
  const names = (socket as TLSSocket).getPeerCertificate().subjectaltname ?? '';
  agent.destroy();
  return names;
}

test("a backend's authority is replaced under load: what it no longer covers is refused at once", async (t) => {
  const port = await tlsBackend(t, ordersCertificate);
  const replaced = await tlsBackend(t, await next.issue({ dns: ['orders.internal'] }));
  const httpsPort = await freePort();
  const choices: Omit<ModelChoices, 'trust'> = {
    httpsPort,
    certificates: { '': edgeCertificate },
    backends: {
      steady: { port, verification: { type: 'bundles', bundles: ['ConfigMap shop/steady'] } },
      old: { port },
      new: { port: replaced },
    },
  };
  const built = (bundle: string) =>
    buildModel({ ...choices, trust: { 'ConfigMap shop/ca': bundle, 'ConfigMap shop/steady': authority.certificate } });
  const plane = await startPlane(t, built(authority.certificate));
  const load = startLoad(t, httpsPort, '/steady');
  const statuses = async () => [(await ask(httpsPort, '/old')).status, (await ask(httpsPort, '/new')).status];
  assert.deepEqual(await statuses(), [200, 503]);
  await plane.apply(built(authority.certificate + next.certificate));
  assert.deepEqual(await statuses(), [200, 200]);
  await plane.apply(built(next.certificate));
  assert.deepEqual(await statuses(), [503, 200]);
  const line = await plane.line(({ path, status }) => path === '/old' && status === 503);
  assert.equal(line.failure?.reason, 'unknown-ca');
  await plane.apply(built(authority.certificate));
  assert.deepEqual(await statuses(), [200, 503]);
  await load.progress();
  assert.deepEqual(await load.stop(), []);
});

test("the gateway's client certificate is replaced under load", async (t) => {
  const port = await tlsBackend(t, ordersCertificate, {
    requestCert: true,
    ca: [authority.certificate, next.certificate],
  });
  const httpsPort = await freePort();
  const built = (certificate: IssuedCertificate) =>
    buildModel({
      httpsPort,
      certificates: { '': edgeCertificate },
      trust,
      clientCertificates: { 'Secret infra/gateway': certificate },
      backends: { mutual: { port, clientCertificate: 'Secret infra/gateway' } },
    });
  const first = await authority.issue({ dns: ['first'], usage: 'client' });
  const plane = await startPlane(t, built(first));
  const load = startLoad(t, httpsPort, '/mutual');
  for (const issuer of [next, authority, next]) {
    await load.progress();
    const certificate = await issuer.issue({ dns: ['another'], usage: 'client' });
    await plane.apply(built(certificate));
    assert.equal((await ask(httpsPort, '/mutual')).status, 200);
  }
  await load.progress();
  assert.deepEqual(await load.stop(), []);
  const stranger = await (await CertificateAuthority.create('Other CA')).issue({ dns: ['x'], usage: 'client' });
  await plane.apply(built(stranger));
  assert.equal((await ask(httpsPort, '/mutual')).status, 503, 'the certificate that is presented is the new one');
});
