import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { CertificateAuthority, type IssuedCertificate } from '../../src/cli/demo/pki.ts';
import { askPlain, authority, freePort, ordersCertificate, startPlane, trust } from './harness.ts';
import { type Built, buildModel } from './model.ts';

/** A backend that tells the paths that it was asked for. */
async function telling(t: TestContext, { chain, key }: IssuedCertificate) {
  const paths: string[] = [];
  const waiting: (() => void)[] = [];
  const server = createServer({ cert: chain, key }, (request, response) => {
    paths.push(request.url ?? '');
    for (const wake of waiting.splice(0)) wake();
    response.end('told');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const asked = async (path: string): Promise<void> => {
    while (!paths.includes(path)) await new Promise<void>((resolve) => waiting.push(resolve));
  };
  return { port: (server.address() as AddressInfo).port, paths, asked };
}

/** The route of `main` also copies its requests to these backends. */
function mirrored(built: Built, mirrors: readonly string[]): Built {
  const route = built.model.routes.main;
  if (route?.action.type !== 'forward') throw new Error('main forwards');
  const action = {
    ...route.action,
    mirrors: mirrors.map((backend) => ({ backend, numerator: 1, denominator: 1 })),
  };
  return { ...built, model: { ...built.model, routes: { ...built.model.routes, main: { ...route, action } } } };
}

test('a mirror is verified by the TLS of its own backend, and one that cannot be gets nothing', async (t) => {
  const copyCertificate = await authority.issue({ dns: ['copy.internal'] });
  const stranger = await CertificateAuthority.create('Other CA');
  const [main, copy, unverified] = await Promise.all([
    telling(t, ordersCertificate),
    telling(t, copyCertificate),
    telling(t, await stranger.issue({ dns: ['orders.internal'] })),
  ]);
  const httpPort = await freePort();
  const built = buildModel({
    httpPort,
    trust,
    backends: {
      main: { port: main.port },
      copy: {
        port: copy.port,
        serverName: { type: 'fixed', name: 'copy.internal' },
        names: [{ type: 'dns', value: 'copy.internal' }],
      },
      unverified: { port: unverified.port },
    },
  });
  const running = await startPlane(t, mirrored(built, ['copy', 'unverified']));
  for (const path of ['/main/1', '/main/2']) {
    const { status, body } = await askPlain(httpPort, path);
    assert.equal(status, 200);
    assert.equal(body, 'told');
    await copy.asked(path);
  }
  assert.deepEqual(main.paths, ['/main/1', '/main/2']);
  for (;;) {
    const metrics = await running.plane.metrics();
    const lost =
      /farside_http_mirrored_requests_total\{[^}]*backend="shop\/unverified:443"[^}]*outcome="lost"[^}]*\} 2/;
    if (lost.test(metrics)) break;
  }
  assert.deepEqual(unverified.paths, [], 'not a byte of a request');
});
