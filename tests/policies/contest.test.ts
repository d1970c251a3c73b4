import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Attachment, decideContests, mostSpecific } from '../../src/policies/contest.ts';
import { type PolicyTarget, targetKey, targetsOnTheWay } from '../../src/policies/target.ts';
import type { Resource } from '../../src/resources/object.ts';

function policy(namespace: string, name: string, creationTimestamp?: string): Resource {
  const metadata = { namespace, name, ...(creationTimestamp === undefined ? {} : { creationTimestamp }) };
  return {
    reference: { apiVersion: 'v1', kind: 'Policy', namespace, name },
    object: { apiVersion: 'v1', kind: 'Policy', metadata },
    provenance: { file: null, position: () => null },
  };
}

const service: PolicyTarget = { group: '', kind: 'Service', namespace: 'shop', name: 'orders', section: null };
const attach = (to: PolicyTarget, ...policies: readonly Resource[]): readonly Attachment[] =>
  policies.map((each, index) => ({ policy: each, target: to, field: `spec.targetRefs[${index}]` }));
const winner = (attachments: readonly Attachment[], target = service): string | undefined =>
  decideContests(attachments).get(targetKey(target))?.winner.policy.reference.name;

test('the older policy wins, whatever its name', () => {
  const newer = policy('shop', 'a', '2026-02-01T00:00:01Z');
  const older = policy('shop', 'b', '2026-02-01T00:00:00Z');
  assert.equal(winner(attach(service, newer, older)), 'b');
});

test('of two policies of one age the first by namespace and name wins', () => {
  const time = '2026-02-01T00:00:00Z';
  assert.equal(winner(attach(service, policy('shop', 'b', time), policy('shop', 'a', time))), 'a');
  assert.equal(winner(attach(service, policy('b', 'a', time), policy('a', 'z', time))), 'z');
});

test('a policy without a readable age counts as the oldest', () => {
  const dated = policy('shop', 'a', '1999-01-01T00:00:00Z');
  assert.equal(winner(attach(service, dated, policy('shop', 'b'))), 'b');
  assert.equal(winner(attach(service, dated, policy('shop', 'b', 'yesterday'))), 'b');
});

test('ages are compared as times, not as text', () => {
  const east = policy('shop', 'a', '2026-02-01T05:00:00+05:00');
  const west = policy('shop', 'b', '2026-01-31T23:59:59Z');
  assert.equal(winner(attach(service, east, west)), 'b');
});

test('an object and its section are different targets', () => {
  const section = { ...service, section: 'https' };
  const contests = decideContests([
    ...attach(service, policy('shop', 'whole')),
    ...attach(section, policy('shop', 'part')),
  ]);
  assert.equal(contests.size, 2);
  assert.deepEqual(
    [...contests.values()].flatMap(({ losers }) => losers),
    [],
  );
  assert.equal(mostSpecific(contests, [section, service])?.winner.policy.reference.name, 'part');
  assert.equal(mostSpecific(contests, [service])?.winner.policy.reference.name, 'whole');
  assert.equal(mostSpecific(contests, [{ ...service, name: 'other' }]), undefined);
});

test('a policy that names one target twice does not compete with itself', () => {
  const one = policy('shop', 'one');
  assert.deepEqual(decideContests(attach(service, one, one)).get(targetKey(service))?.losers, []);
});

test('a request passes from the section of the backend to the gateway', () => {
  const step = (kind: string, section: string | null) => ({ group: '', kind, namespace: 'n', name: 'x', section });
  const way = targetsOnTheWay([step('Service', 'https'), step('HTTPRoute', null), step('Gateway', 'web')]);
  assert.deepEqual(
    way.map(({ kind, section }) => `${kind} ${section}`),
    ['Service https', 'Service null', 'HTTPRoute null', 'Gateway web', 'Gateway null'],
  );
});

const targets = fc.record({
  group: fc.constantFrom('', 'g'),
  kind: fc.constantFrom('Service', 'Gateway'),
  namespace: fc.constantFrom('a', 'b'),
  name: fc.constantFrom('x', 'y'),
  section: fc.constantFrom(null, 'p', 'q'),
});
const wishes = fc.uniqueArray(
  fc.record({
    namespace: fc.constantFrom('a', 'b', 'c'),
    name: fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 }),
    second: fc.integer({ min: 0, max: 3 }),
    targets: fc.array(targets, { minLength: 1, maxLength: 3 }),
  }),
  { maxLength: 12, selector: ({ namespace, name }) => `${namespace}/${name}` },
);
const attachmentsOf = (all: typeof wishes extends fc.Arbitrary<infer T> ? T : never): Attachment[] =>
  all.flatMap((wish) => {
    const one = policy(wish.namespace, wish.name, `2026-01-01T00:00:0${wish.second}Z`);
    return wish.targets.map((target, index) => ({ policy: one, target, field: `spec.targetRefs[${index}]` }));
  });
const summary = (attachments: readonly Attachment[]): readonly string[] =>
  [...decideContests(attachments)]
    .map(([key, { winner: first, losers }]) => {
      const names = [first, ...losers].map(({ policy: { reference } }) => `${reference.namespace}/${reference.name}`);
      return `${key}: ${names.join(' > ')}`;
    })
    .sort();

test('the order in which policies come does not matter', () => {
  fc.assert(
    fc.property(wishes, fc.infiniteStream(fc.nat()), (all, randomness) => {
      const attachments = attachmentsOf(all);
      const shuffled = attachments
        .map((attachment) => ({ attachment, key: randomness.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ attachment }) => attachment);
      // Fields differ where a policy names a target twice; who wins must not.
      assert.deepEqual(summary(shuffled), summary(attachments));
    }),
  );
});

test('every policy either wins or loses each target that it names, and one more rival never helps', () => {
  fc.assert(
    fc.property(wishes, (all) => {
      const attachments = attachmentsOf(all);
      const contests = decideContests(attachments);
      for (const { policy: one, target } of attachments) {
        const contest = contests.get(targetKey(target));
        const present = [contest?.winner, ...(contest?.losers ?? [])].filter((each) => each?.policy === one);
        assert.equal(present.length, 1);
      }
      const fewer = decideContests(attachments.slice(0, -1));
      const last = attachments.at(-1);
      for (const [key, { winner: first }] of contests) {
        if (first.policy !== last?.policy) assert.equal(fewer.get(key)?.winner.policy, first.policy);
      }
    }),
  );
});
