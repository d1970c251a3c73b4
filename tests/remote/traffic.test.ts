import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { NodeDataPlane } from '../../src/dataplanes/node/dataplane.ts';
import { controllerServerName, dataPlaneUri } from '../../src/dataplanes/node/remote/identity.ts';
import { RemoteDataPlane } from '../../src/dataplanes/node/remote/remote-data-plane.ts';
import { followConfiguration } from '../../src/dataplanes/node/remote/stream-client.ts';
import { type StreamCredentials, startStreamServer } from '../../src/dataplanes/node/remote/stream-server.ts';
import {
  certifyStreamEnd,
  createStreamAuthority,
  needsRenewal,
  type StreamEnd,
} from '../../src/infrastructure/stream/authority.ts';
import { freePort } from '../behaviour/harness.ts';
import { buildModel } from '../behaviour/model.ts';

const now = Date.now();
const authority = await createStreamAuthority(now);

async function certify(end: StreamEnd): Promise<StreamCredentials> {
  const { certificate, privateKey } = await certifyStreamEnd(authority, end, now);
  return { certificateChain: certificate, privateKey, authority: authority.certificate };
}

const uri = dataPlaneUri('infra/edge');
const controller = await certify({ type: 'controller', dns: controllerServerName });
const edge = await certify({ type: 'data-plane', uri });

test('what a controller says is served by workers elsewhere, and goes on without it', async (t) => {
  const backend = createServer(({ headers }, response) => response.end(`for ${headers['x-forwarded-for']}`));
  backend.listen(0, '127.0.0.1');
  await once(backend, 'listening');
  t.after(() => backend.close());
  const port = await freePort();
  const { model: shared, keys } = buildModel({
    httpPort: port,
    trust: {},
    backends: { orders: { port: (backend.address() as AddressInfo).port, plaintext: true } },
  });

  const listeners = Object.fromEntries(
    Object.entries(shared.listeners).map(([id, listener]) => [
      id,
      { ...listener, address: '::', dataPlane: 'infra/edge' },
    ]),
  );
  const model = { ...shared, listeners };
  const remote = new RemoteDataPlane({ patience: 10_000 });
  const server = await startStreamServer({ host: '127.0.0.1', port: 0, credentials: controller, dataPlane: remote });
  const workers = new NodeDataPlane({ workers: 1 });
  const end = new AbortController();
  const following = followConfiguration(
    { host: '127.0.0.1', port: server.port, credentials: async () => edge, pod: 'pod', dataPlane: workers },
    end.signal,
  );
  t.after(async () => {
    end.abort();
    await following;
    await workers.drain(0);
  });
  const opened = new Promise<readonly string[]>((resolve) => {
    remote.onOpenChanged(({ open }) => open.length > 0 && resolve(open));
  });
  const applied = await remote.apply(model, keys, 1);
  assert.deepEqual(
    [applied.open, applied.findings.map(({ reason }) => reason)],
    [[], ['NoDataPlane']],
    'no pod has it yet',
  );
  assert.deepEqual(await opened, [`127.0.0.1:${port}`]);
  const ask = async () => (await fetch(`http://127.0.0.1:${port}/orders`, { headers: { connection: 'close' } })).text();
  assert.equal(await ask(), 'for 127.0.0.1');
  await server.close();
  assert.equal(await ask(), 'for 127.0.0.1');
});

test('certificates of the stream say one thing each', async () => {
  const leaf = new X509Certificate(edge.certificateChain);
  assert.equal(leaf.subjectAltName, `URI:${uri}`);
  assert.deepEqual(leaf.keyUsage, ['1.3.6.1.5.5.7.3.2'], 'a client, and no server');
  const server = new X509Certificate(controller.certificateChain);
  assert.equal(server.subjectAltName, `DNS:${controllerServerName}`);
  assert.deepEqual(server.keyUsage, ['1.3.6.1.5.5.7.3.1'], 'a server, and no client');
  const issuer = new X509Certificate(authority.certificate);
  for (const each of [leaf, server]) assert.ok(!each.ca && each.verify(issuer.publicKey) && each.checkIssued(issuer));
});

test('a certificate is renewed before it ends, and when it cannot be read', () => {
  const day = 86_400_000;
  assert.ok(!needsRenewal(edge.certificateChain, now));
  assert.ok(!needsRenewal(edge.certificateChain, now + 19 * day));
  assert.ok(needsRenewal(edge.certificateChain, now + 21 * day));
  assert.ok(needsRenewal('', now));
});

test('the certificate of a data plane does not make a controller', async (t) => {
  const remote = new RemoteDataPlane();
  const server = await startStreamServer({ host: '127.0.0.1', port: 0, credentials: edge, dataPlane: remote });
  t.after(() => server.close());
  const workers = new NodeDataPlane({ workers: 1 });
  t.after(() => workers.drain(0));
  const end = new AbortController();
  let cause = '';
  await followConfiguration(
    {
      host: '127.0.0.1',
      port: server.port,
      credentials: async () => edge,
      pod: 'pod',
      dataPlane: workers,
      onEvent: (event) => {
        if (event.type !== 'lost') return;
        cause = event.cause;
        end.abort();
      },
    },
    end.signal,
  );
  assert.match(cause, /purpose|altnames|certificate/i);
  assert.equal(remote.feed('infra/edge').followers, 0);
});
