import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Balancer, type Demand, inTurn } from '../../src/dataplanes/node/balancing/balancer.ts';
import { type Candidate, eligible, type Health, panics } from '../../src/dataplanes/node/balancing/candidate.ts';
import { hashOf } from '../../src/dataplanes/node/balancing/hash.ts';

interface Named extends Candidate {
  readonly name: string;
}

const named = (name: string, parts: Partial<Candidate> = {}): Named => ({
  name,
  endpoint: { address: name, port: 443 },
  identity: hashOf(name),
  load: 0,
  health: 'healthy',
  ...parts,
});

const addresses = (count: number): readonly Named[] =>
  Array.from({ length: count }, (_, index) => named(`10.0.${index >> 8}.${index & 255}:443`));

function balancerOf(all: readonly Named[], random?: () => number): Balancer<Named> {
  const balancer = new Balancer<Named>(0, random);
  balancer.update(all);
  return balancer;
}

const chosen = (balancer: Balancer<Named>, demand: Demand, candidates = balancer.all): string =>
  balancer.choose(demand, candidates)?.name ?? '';

const byKey = (text: string): Demand => ({ type: 'hash', key: hashOf(text) });

test('round robin: each in its turn, those that are left out are passed over, and the turn survives an update', () => {
  const all = ['a', 'b', 'c', 'd'].map((name) => named(name));
  const balancer = balancerOf(all);
  const take = (candidates: readonly Named[], count: number) =>
    Array.from({ length: count }, () => chosen(balancer, inTurn, candidates)).join('');
  assert.equal(take(all, 6), 'abcdab');
  const [a, , c] = all as [Named, Named, Named, Named];
  assert.equal(take([a, c], 4), 'caca');
  balancer.update(all.slice(0, 3));
  assert.equal(take(balancer.all, 3), 'bca');
});

test('round robin starts at another endpoint in each worker', () => {
  const starts = [0, 0.3, 0.6, 0.9].map((start) => {
    const balancer = new Balancer<Named>(start);
    balancer.update(['a', 'b', 'c', 'd'].map((name) => named(name)));
    return chosen(balancer, inTurn);
  });
  assert.deepEqual(starts, ['a', 'b', 'c', 'd']);
});

test('random: all are drawn, evenly', () => {
  let state = 1;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const balancer = balancerOf(addresses(4), random);
  const counts = new Map<string, number>();
  for (let draw = 0; draw < 4_000; draw += 1) {
    const name = chosen(balancer, { type: 'random' });
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  for (const count of counts.values()) assert.ok(count > 900 && count < 1_100, `${count} of 4000`);
  assert.equal(counts.size, 4);
});

test('least request: of two drawn by lot the less loaded; the most loaded of all is never taken', () => {
  const all = [named('busy', { load: 9 }), named('middle', { load: 4 }), named('idle', { load: 0 })];
  const balancer = balancerOf(all);
  const names = new Set<string>();
  for (let draw = 0; draw < 300; draw += 1) names.add(chosen(balancer, { type: 'least-request' }));
  assert.deepEqual([...names].sort(), ['idle', 'middle']);
  assert.equal(chosen(balancerOf(all.slice(0, 1)), { type: 'least-request' }), 'busy');
});

test('consistent hash: what a key leads to depends on the endpoints alone, not on their order or on what was chosen before', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 39 }), (key, count, turn) => {
      const all = addresses(count);
      const rotated = [...all.slice(turn % count), ...all.slice(0, turn % count)];
      assert.equal(chosen(balancerOf(all), byKey(key)), chosen(balancerOf(rotated), byKey(key)));
    }),
  );
});

test('consistent hash: keys are spread evenly', () => {
  const balancer = balancerOf(addresses(10));
  const counts = new Map<string, number>();
  for (let key = 0; key < 10_000; key += 1) {
    const name = chosen(balancer, byKey(`session-${key}`));
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  assert.equal(counts.size, 10);
  for (const count of counts.values()) assert.ok(count > 850 && count < 1_150, `${count} of 10000, expected 1000`);
});

test('consistent hash: when an endpoint goes, only its keys move, and not all to the same one', () => {
  const all = addresses(8);
  const balancer = balancerOf(all);
  const gone = all[3] as Named;
  const rest = all.filter((each) => each !== gone);
  const heirs = new Set<string>();
  for (let key = 0; key < 2_000; key += 1) {
    const before = chosen(balancer, byKey(`${key}`));
    const after = chosen(balancer, byKey(`${key}`), rest);
    if (before === gone.name) heirs.add(after);
    else assert.equal(after, before);
  }
  assert.equal(heirs.size, 7);
});

test('hashes are the same in every version: a rolling upgrade moves no session', () => {
  assert.equal(hashOf('10.0.0.7:443'), 2_435_772_029);
  assert.equal(hashOf(''), 2_872_998_923);
  const all = addresses(5);
  assert.deepEqual(
    ['alice', 'bob', 'carol'].map((key) => chosen(balancerOf(all), byKey(key))),
    ['10.0.0.1:443', '10.0.0.4:443', '10.0.0.0:443'],
  );
});

const none = { tried: null, panicThreshold: null, isEjected: () => false };
const health = (...list: readonly Health[]): readonly Named[] =>
  list.map((each, index) => named(`${index}`, { health: each }));
const names = (candidates: readonly Named[]): string => candidates.map(({ name }) => name).join('');

test('eligible: ejected ones are left out while others are left, and never all', () => {
  const all = addresses(3);
  const [first] = all as [Named];
  assert.deepEqual(eligible(all, none), all);
  assert.deepEqual(eligible(all, { ...none, isEjected: (each) => each === first }), all.slice(1));
  assert.deepEqual(eligible(all, { ...none, isEjected: () => true }), all);
  assert.deepEqual(eligible(all, { ...none, tried: all.slice(1), isEjected: (each) => each === first }), [first]);
  assert.deepEqual(eligible(all, { ...none, tried: all }), []);
});

test('eligible: healthy ones, else those not checked yet; without either nobody', () => {
  const checked = { ...none, panicThreshold: 0 };
  assert.equal(names(eligible(health('healthy', 'unknown', 'unhealthy'), checked)), '0');
  assert.equal(names(eligible(health('unhealthy', 'unknown', 'unhealthy'), checked)), '1');
  assert.equal(names(eligible(health('unhealthy', 'unhealthy'), checked)), '');
});

test('eligible: below the panic threshold health is not looked at, but ejection still is', () => {
  const all = health('healthy', 'unhealthy', 'unhealthy', 'healthy');
  assert.equal(panics(all, 50), false, 'half are healthy');
  assert.equal(names(eligible(all, { ...none, panicThreshold: 50 })), '03');
  const fewer = health('healthy', 'unhealthy', 'unhealthy');
  assert.equal(panics(fewer, 50), true);
  const panicking = { ...none, panicThreshold: 50 };
  assert.equal(names(eligible(fewer, panicking)), '012');
  assert.equal(names(eligible(fewer, { ...panicking, isEjected: ({ name }) => name === '1' })), '02');
});

test('eligible: health goes before ejection', () => {
  const all = health('healthy', 'unhealthy');
  const exclusions = { ...none, panicThreshold: 0, isEjected: ({ name }: Named) => name === '0' };
  assert.equal(names(eligible(all, exclusions)), '0', 'an unhealthy one is no way out');
});
