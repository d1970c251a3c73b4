import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { ControlLoop, type Snapshot } from '../../src/control/loop.ts';
import type { GatewayState } from '../../src/control/state.ts';
import type { WholeTranslation } from '../../src/control/translate.ts';
import type { Applied, DataPlane, OpenChange } from '../../src/dataplanes/dataplane.ts';
import type { StatusDocument } from '../../src/dialects/dialect.ts';
import type { Finding } from '../../src/model/finding.ts';
import { emptyKeyMaterial, emptyModel, type Model } from '../../src/model/model.ts';
import { ResourceSet } from '../../src/resources/set.ts';
import { modelWith, origin } from './model.ts';

/** What a test says that an apply does. */
type Outcome = (model: Model, revision: number) => Promise<Applied> | Applied;

const works: Outcome = (model, revision) => ({ revision, findings: [], open: Object.keys(model.listeners) });

/** A data plane that does what the test says, and tells what it was asked. */
class ScriptedDataPlane implements DataPlane {
  readonly applied: { readonly model: Model; readonly revision: number }[] = [];
  outcome: Outcome = works;
  #underWay = 0;
  most = 0;

  check(): readonly Finding[] {
    return [];
  }

  async apply(model: Model, _keys: unknown, revision: number): Promise<Applied> {
    this.applied.push({ model, revision });
    this.#underWay += 1;
    this.most = Math.max(this.most, this.#underWay);
    try {
      return await this.outcome(model, revision);
    } finally {
      this.#underWay -= 1;
    }
  }

  async drain(): Promise<void> {}

  onOpenChanged(listener: (change: OpenChange) => void): void {
    this.tell = listener;
  }

  tell: (change: OpenChange) => void = () => {};
}

/** Opens nothing at once, and tells of it when the test says so. */
class LateDataPlane extends ScriptedDataPlane {
  readonly opensLater = true;
  override outcome: Outcome = (_model, revision) => ({ revision, findings: [finding('not yet')], open: [] });
}

const snapshot = (name: string): Snapshot => ({ objects: [], refused: [], findings: [finding(name)] });
const finding = (message: string): Finding => ({ severity: 'info', reason: 'Test', message, remedy: 'none', origin });
const nameOf = ({ findings }: Snapshot): string => findings[0]?.message ?? '';
const messages = ({ findings }: GatewayState): readonly string[] => findings.map(({ message }) => message);

/** Ports after the name of a snapshot, as `a:80:443`, are the listeners of its translation. */
function translationOf(named: Snapshot, now: string): WholeTranslation {
  const [, ...ports] = nameOf(named).split(':');
  const model = modelWith(...ports.map(Number));
  const status = (open: boolean): StatusDocument => ({
    apiVersion: origin.apiVersion,
    kind: origin.kind,
    metadata: { namespace: origin.namespace, name: origin.name },
    status: { conditions: [{ type: 'Programmed', status: open ? 'True' : 'False', lastTransitionTime: now }] },
  });
  return {
    model,
    keys: emptyKeyMaterial,
    findings: [],
    resources: new ResourceSet([]),
    addresses: {},
    status: ({ isOpen }) => [status(Object.keys(model.listeners).every(isOpen))],
  };
}

function start(
  context: TestContext,
  translate: (snapshot: Snapshot, now: string) => WholeTranslation = translationOf,
  dataPlane = new ScriptedDataPlane(),
) {
  const faults: unknown[] = [];
  const states: GatewayState[] = [];
  let now = Date.parse('2026-11-21T00:00:00Z');
  const loop = new ControlLoop({
    dataPlane,
    translate: (offered, _addresses, time) => translate(offered, time),
    now: () => now,
    onFault: (cause) => faults.push(cause),
    onState: (state) => states.push(state),
  });
  context.after(() => loop.stop());
  const take = async (name: string): Promise<GatewayState> => {
    loop.offer(snapshot(name));
    await loop.settled();
    return loop.state;
  };
  const wait = (milliseconds: number): void => {
    now += milliseconds;
    context.mock.timers.tick(milliseconds);
  };
  return { loop, dataPlane, faults, states, take, wait };
}

test('a snapshot is translated, applied and told', async (context) => {
  const { take, loop } = start(context);
  assert.deepEqual(loop.state.readiness, { ready: false, cause: 'no configuration is in force yet' });
  const state = await take('a:80');
  assert.equal(state.revision, 1);
  assert.deepEqual(state.open, ['127.0.0.1:80']);
  assert.deepEqual(state.readiness, { ready: true });
  assert.deepEqual(messages(state), ['a:80']);
  assert.deepEqual(state.status[0]?.status, {
    conditions: [{ type: 'Programmed', status: 'True', lastTransitionTime: '2026-11-21T00:00:00.000Z' }],
  });
});

test('one apply at a time, and of what arrives meanwhile only the newest', async (context) => {
  const { loop, dataPlane } = start(context);
  const gates: (() => void)[] = [];
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  dataPlane.outcome = async (model, revision) => {
    begin();
    await new Promise<void>((resolve) => gates.push(resolve));
    return works(model, revision);
  };
  loop.offer(snapshot('a:1'));
  await begun;
  for (const name of ['b:2', 'c:3', 'd:4']) loop.offer(snapshot(name));
  dataPlane.outcome = works;
  gates[0]?.();
  await loop.settled();
  assert.deepEqual(
    dataPlane.applied.map(({ model }) => Object.keys(model.listeners)),
    [['127.0.0.1:1'], ['127.0.0.1:4']],
  );
  assert.equal(dataPlane.most, 1);
  assert.deepEqual(loop.state.open, ['127.0.0.1:4']);
});

test('a translation that fails leaves the last revision in force and does not stop the next', async (context) => {
  const { take, faults } = start(context, (offered, now) => {
    if (nameOf(offered).startsWith('bad')) throw new Error('out of cheese');
    return translationOf(offered, now);
  });
  await take('a:80');
  const bad = await take('bad');
  assert.equal(bad.revision, 1);
  assert.deepEqual(bad.open, ['127.0.0.1:80']);
  assert.deepEqual(bad.readiness, { ready: true });
  assert.deepEqual(messages(bad), ['bad', 'the objects could not be translated: out of cheese']);
  assert.equal(faults.length, 1);
  const next = await take('b:81');
  assert.deepEqual([next.revision, messages(next)], [2, ['b:81']]);
});

test('an apply that fails is told and tried again, and what comes next is applied', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { take, dataPlane, wait, loop } = start(context);
  await take('a:80');
  dataPlane.outcome = () => Promise.reject(new Error('workers are gone'));
  const failed = await take('b:81');
  assert.deepEqual(messages(failed), ['b:81', 'the data plane could not take up the configuration: workers are gone']);
  assert.deepEqual([failed.revision, failed.open], [1, ['127.0.0.1:80']]);
  wait(1_000);
  await loop.settled();
  assert.equal(dataPlane.applied.length, 3);
  dataPlane.outcome = works;
  wait(2_000);
  await loop.settled();
  assert.deepEqual([loop.state.open, messages(loop.state)], [['127.0.0.1:81'], ['b:81']]);
  wait(30_000);
  await loop.settled();
  assert.equal(dataPlane.applied.length, 4, 'nothing is left to try');
});

test('what was in force is applied anew after an apply that failed half way', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { take, dataPlane } = start(context);
  await take('a:80');
  dataPlane.outcome = () => Promise.reject(new Error('half way'));
  await take('b:81');
  dataPlane.outcome = works;
  await take('a:80');
  assert.deepEqual(
    dataPlane.applied.map(({ model }) => Object.keys(model.listeners)),
    [['127.0.0.1:80'], ['127.0.0.1:81'], ['127.0.0.1:80']],
  );
});

test('a port that is taken is not ready, and is tried again until it is free', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { take, dataPlane, wait, loop } = start(context);
  dataPlane.outcome = (_model, revision) => ({ revision, findings: [finding('443 is taken')], open: ['127.0.0.1:80'] });
  const state = await take('a:80:443');
  assert.deepEqual(state.readiness, { ready: false, cause: 'not open: 127.0.0.1:443' });
  assert.deepEqual(messages(state), ['a:80:443', '443 is taken']);
  assert.match(JSON.stringify(state.status), /"status":"False"/);
  wait(1_000);
  await loop.settled();
  assert.equal(dataPlane.applied.length, 2);
  dataPlane.outcome = works;
  wait(1_999);
  await loop.settled();
  assert.equal(dataPlane.applied.length, 2, 'the second wait is twice as long');
  wait(1);
  await loop.settled();
  assert.deepEqual(loop.state.readiness, { ready: true });
  assert.match(JSON.stringify(loop.state.status), /"status":"True"/);
});

test('readiness is lost while a further listener is being opened, not while routes change', async (context) => {
  const { take, states } = start(context);
  await take('a:80');
  await take('b:80');
  assert.deepEqual(
    states.map(({ readiness }) => readiness.ready),
    [true, true],
  );
  await take('c:80:81');
  assert.deepEqual(
    states.slice(2).map(({ readiness }) => readiness.ready),
    [false, true],
  );
});

test('what changes nothing is not applied again, and equal parts are the same values', async (context) => {
  const { take, dataPlane } = start(context);
  const first = await take('a:80');
  const second = await take('a comment:80');
  assert.equal(second.revision, 1);
  assert.equal(second.model, first.model);
  assert.deepEqual(messages(second), ['a comment:80']);
  const third = await take('b:80:81');
  assert.equal(third.model.listeners['127.0.0.1:80'], first.model.listeners['127.0.0.1:80']);
  assert.equal(dataPlane.applied.length, 2);
});

test('a status that cannot be told does not undo what is applied', async (context) => {
  const { take } = start(context, (offered, now) => ({
    ...translationOf(offered, now),
    status: () => {
      throw new Error('no words');
    },
  }));
  const state = await take('a:80');
  assert.deepEqual([state.revision, state.open], [1, ['127.0.0.1:80']]);
  assert.deepEqual(messages(state), ['a:80', 'the status could not be told: no words']);
});

test('when a certificate expires, everything is translated anew with the time that it is then', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const times: string[] = [];
  const { take, wait, loop } = start(context, (offered, now) => {
    times.push(now);
    const validity = { notBefore: '2026-11-01T00:00:00Z', notAfter: '2026-11-21T00:10:00Z' };
    const certificate = { id: 'c', subject: 'CN=c', issuer: 'CN=i', names: [], fingerprint: 'aa', origin, ...validity };
    return { ...translationOf(offered, now), model: { ...emptyModel, certificates: { c: certificate } } };
  });
  await take('a');
  wait(600_000);
  await loop.settled();
  assert.equal(times.length, 1);
  wait(1_050);
  await loop.settled();
  assert.deepEqual(times, ['2026-11-21T00:00:00.000Z', '2026-11-21T00:10:01.050Z']);
  wait(3_600_000);
  await loop.settled();
  assert.equal(times.length, 3, 'days left are counted anew each hour');
});

test('transition times of a status survive a new revision', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const { take, wait } = start(context);
  await take('a:80');
  wait(5_000);
  assert.match(JSON.stringify((await take('b:80:81')).status), /2026-11-21T00:00:00.000Z/);
});

test('after stop nothing is taken up', async (context) => {
  const { loop, take, dataPlane } = start(context);
  await take('a:80');
  await loop.stop();
  await take('b:81');
  assert.equal(dataPlane.applied.length, 1);
});

test('what opens later is told in the status when it does, without another translation or apply', async (t) => {
  let translations = 0;
  const counted = (offered: Snapshot, now: string): WholeTranslation => {
    translations += 1;
    return translationOf(offered, now);
  };
  const { loop, dataPlane, take } = start(t, counted, new LateDataPlane());
  const first = await take('a:80');
  assert.deepEqual([conditionOf(first), messages(first)], ['False', ['a:80', 'not yet']]);
  dataPlane.tell({ open: ['127.0.0.1:80'], cause: null, findings: [] });
  assert.deepEqual([conditionOf(loop.state), messages(loop.state)], ['True', ['a:80']]);
  assert.ok(loop.state.readiness.ready);
  dataPlane.tell({ open: [], cause: 'it is gone', findings: [finding('gone')] });
  assert.deepEqual([conditionOf(loop.state), messages(loop.state)], ['False', ['a:80', 'gone']]);
  assert.deepEqual([translations, dataPlane.applied.length], [1, 1]);
});

test('what is not open yet is not applied again for that where it opens by itself', async (t) => {
  const { dataPlane, take } = start(t, translationOf, new LateDataPlane());
  await take('a:80');
  const second = await take('b:80');
  assert.deepEqual(messages(second), ['b:80', 'not yet']);
  assert.equal(dataPlane.applied.length, 1);
});

function conditionOf({ status }: GatewayState): unknown {
  const [first] = status;
  assert.ok(first);
  const { conditions } = first.status as { readonly conditions: readonly { readonly status: string }[] };
  return conditions[0]?.status;
}

test('after a long translation it rests, and then takes up only the newest of what came meanwhile', async (context) => {
  const busy = (named: Snapshot, now: string): WholeTranslation => {
    const end = performance.now() + 100;
    while (performance.now() < end) Math.sqrt(end);
    return translationOf(named, now);
  };
  const { loop, dataPlane } = start(context, busy);
  for (const name of ['a:1', 'b:2', 'c:3']) {
    loop.offer(snapshot(name));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await loop.settled();
  const ports = dataPlane.applied.map(({ model }) => Object.keys(model.listeners));
  assert.deepEqual(ports, [['127.0.0.1:1'], ['127.0.0.1:3']]);
  loop.offer(snapshot('d:4'));
  await loop.stop();
  assert.equal(dataPlane.applied.length, 2, 'who stops does not wait for the rest to end');
});
