import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Applied } from '../../src/dataplanes/dataplane.ts';
import type { Configuration } from '../../src/dataplanes/node/delta.ts';
import { decodeFindings, encodeFindings } from '../../src/dataplanes/node/remote/codec.ts';
import type { Finding } from '../../src/model/finding.ts';
import { nowhere } from '../../src/model/origin.ts';
import { twoGateways } from './model.ts';
import { edge, inner, RecordingDataPlane, startController, startPod } from './pods.ts';

const ill: Finding = {
  severity: 'warning',
  reason: 'EndpointUnhealthy',
  message: 'health checks of endpoint 10.0.0.7:443 of shop/orders:443 fail: it answered 500, expected 200',
  remedy: 'see why',
  origin: nowhere,
};

test('what a pod finds out about endpoints reaches the controller without another configuration', async (t) => {
  const { dataPlane, server, changes, apply } = await startController(t);
  const model = twoGateways();
  const pod = startPod(t, server.port, edge);
  await apply(model, 1);
  await pod.applied(1);
  const told = async (): Promise<readonly Finding[]> => (await apply(model, 1)).findings;
  await changes.until(() => dataPlane.feed('infra/edge').isServed);
  assert.deepEqual(
    (await told()).filter(({ reason }) => reason === ill.reason),
    [],
  );
  const known = (): readonly Finding[] =>
    (dataPlane.feed('infra/edge').inForce(performance.now(), 0) ?? []).flatMap(({ findings }) => findings);
  pod.dataPlane.change({ open: [], cause: null, findings: [ill] });
  await changes.until(() => known().length > 0);
  assert.deepEqual(
    (await told()).filter(({ reason }) => reason === ill.reason),
    [ill],
  );
  pod.dataPlane.change({ open: [], cause: null, findings: [] });
  await changes.until(() => known().length === 0);
});

test('a pod is believed about what it serves, and about no object of others', async (t) => {
  const { server, changes, apply, dataPlane } = await startController(t);
  const model = twoGateways();
  const pod = startPod(t, server.port, inner);
  await apply(model, 1);
  await pod.applied(1);
  const about = (name: string): Finding => {
    const listener = Object.values(model.model.listeners).find(({ dataPlane }) => dataPlane === `infra/${name}`);
    const origin = listener?.sections[0]?.origin;
    assert.equal(origin?.name, name);
    return { ...ill, origin };
  };
  const [own, foreign] = [about('inner'), about('edge')];
  pod.dataPlane.change({ open: [], cause: null, findings: [foreign, ill, own] });
  const feed = dataPlane.feed('infra/inner');
  await changes.until(() => (feed.inForce(performance.now(), 0) ?? []).some(({ findings }) => findings.length > 0));
  const { findings } = await apply(model, 1);
  assert.deepEqual(
    findings.filter(({ reason }) => reason === ill.reason),
    [ill, own],
  );
});

test('a pod that says more than a person would read is not quoted', () => {
  const long = { ...ill, message: 'x'.repeat(10_000) };
  assert.deepEqual(decodeFindings(encodeFindings([long, ill])), [ill]);
  const many = Array.from({ length: 2_000 }, (_, index) => ({ ...ill, message: `${index}` }));
  assert.ok(decodeFindings(encodeFindings(many)).length < many.length);
});

class TalkativeDataPlane extends RecordingDataPlane {
  static readonly findings = 5_000;

  override async apply(model: Configuration['model'], keys: Configuration['keys'], revision: number): Promise<Applied> {
    const findings = Array.from({ length: TalkativeDataPlane.findings }, (_, index) => ({
      ...ill,
      message: `endpoint ${index} ${'fails '.repeat(100)}`,
    }));
    return { ...(await super.apply(model, keys, revision)), findings };
  }
}

test('a pod with more to tell than a message may hold is heard all the same', async (t) => {
  const { server, apply } = await startController(t);
  const pod = startPod(t, server.port, edge, new TalkativeDataPlane());
  await apply(twoGateways(), 1);
  await pod.applied(1);
  const { open, findings } = await apply(twoGateways({ edgeBackend: '10.9.9.9' }), 2);
  assert.deepEqual(open, ['infra/edge:443']);
  const told = findings.filter(({ reason }) => reason === ill.reason);
  const [more] = findings.filter(({ reason }) => reason === 'MoreFindings');
  assert.equal(`${TalkativeDataPlane.findings - told.length}`, /^\d+/.exec(more?.message ?? '')?.[0]);
});
