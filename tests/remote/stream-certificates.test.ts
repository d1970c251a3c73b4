import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { dataPlaneUri } from '../../src/dataplanes/node/remote/identity.ts';
import { RemoteDataPlane } from '../../src/dataplanes/node/remote/remote-data-plane.ts';
import { type StreamCredentials, startStreamServer } from '../../src/dataplanes/node/remote/stream-server.ts';
import { twoGateways } from './model.ts';
import { authority, credentials, edge, RecordingDataPlane, startController, startPod } from './pods.ts';

const stranger = await CertificateAuthority.create('Another CA');

const uri = dataPlaneUri('infra/edge');
const refused: readonly (readonly [string, Promise<StreamCredentials>])[] = [
  ['of another authority', credentials([uri], stranger)],
  ['that names no Gateway', credentials(['spiffe://cluster.local/ns/infra/sa/edge'])],
  ['that names two Gateways', credentials([uri, dataPlaneUri('infra/inner')])],
  ['whose Gateway is spelled with more', credentials([`${uri}/more`])],
];

for (const [what, own] of refused) {
  test(`a certificate ${what} gets nothing`, async (t) => {
    const { server, apply } = await startController(t);
    await apply(twoGateways(), 1);
    const pod = startPod(t, server.port, await own);
    await pod.happened.until(() => pod.events.filter(({ type }) => type === 'lost').length >= 2);
    assert.deepEqual(pod.dataPlane.given, []);
  });
}

test('a pod takes nothing from a controller of another authority', async (t) => {
  const dataPlane = new RemoteDataPlane();
  const server = await startStreamServer({
    host: '127.0.0.1',
    port: 0,
    credentials: { ...(await credentials([], stranger)), authority: authority.certificate },
    dataPlane,
  });
  t.after(() => server.close());
  const { model, keys } = twoGateways();
  await dataPlane.apply(model, keys, 1);
  const pod = startPod(t, server.port, edge);
  await pod.happened.until(() => pod.events.some(({ type }) => type === 'lost'));
  assert.deepEqual(pod.dataPlane.given, []);
});

test('the stream of a pod ends with its certificate, and goes on with the next one', async (t) => {
  const { server, apply } = await startController(t);
  await apply(twoGateways(), 1);
  const issued = await authority.issue({
    uris: [dataPlaneUri('infra/edge')],
    usage: 'client',
    notAfter: new Date(Date.now() + 2_000),
  });
  const passing = { certificateChain: issued.chain, privateKey: issued.key, authority: authority.certificate };
  const given = [passing];
  const pod = startPod(t, server.port, edge, new RecordingDataPlane(), {
    credentials: async () => given.shift() ?? edge,
  });
  await pod.happened.until(() => pod.events.some(({ type }) => type === 'lost'));
  const [lost] = pod.events.filter((event) => event.type === 'lost');
  assert.match(lost?.cause ?? '', /certificate .*expired/);
  await pod.applied(2);
  assert.deepEqual((await apply(twoGateways(), 2)).open, ['infra/edge:443']);
});
