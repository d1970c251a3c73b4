import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  accepted,
  ancestorsOf,
  conditionsOf,
  finding,
  findings,
  gatewayApiTarget,
  now,
  outcome,
  policy,
  securityOf,
  serviceTarget,
  shop,
  system,
  translate,
} from './fixture.ts';

const [gateway = '', route = '', ...services] = shop.split('---');
/** Gateways `edge-01` and so on, and a route that is attached to all of them. */
function gateways(count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `edge-${String(index + 1).padStart(2, '0')}`);
  const parents = names.map((name) => `{ name: ${name}, namespace: infra }`).join(', ');
  return [
    ...names.map((name) => gateway.replace('edge', name)),
    route.replace('[{ name: edge, namespace: infra }]', `[${parents}]`),
    ...services,
  ];
}

test('every Gateway that the Service is reached through is an ancestor, with generation and time', () => {
  const translation = translate([...gateways(2), policy({ validation: system })]);
  const ancestors = ancestorsOf(translation);
  assert.deepEqual(
    ancestors.map(
      ({ ancestorRef, controllerName }) => `${ancestorRef.namespace}/${ancestorRef.name} ${controllerName}`,
    ),
    ['infra/edge-01 farside.dev/gateway-controller', 'infra/edge-02 farside.dev/gateway-controller'],
  );
  for (const { conditions } of ancestors) {
    for (const condition of conditions) {
      assert.equal(condition.observedGeneration, 3);
      assert.equal(condition.lastTransitionTime, now);
    }
  }
});

test('Gateways of other controllers are no ancestors', () => {
  const foreign = gateway.replace('gatewayClassName: farside', 'gatewayClassName: other');
  const translation = translate([foreign, route, ...services, policy({ validation: system })]);
  assert.deepEqual(ancestorsOf(translation), []);
  assert.equal(finding(translation, 'NoAncestor').severity, 'info');
});

test('at most sixteen ancestors, the rest in a finding, and the policy in force for all', () => {
  const translation = translate([...gateways(18), policy({ validation: system })]);
  assert.equal(ancestorsOf(translation).length, 16);
  assert.match(finding(translation, 'TooManyAncestors').message, /does not show infra\/edge-17, infra\/edge-18/);
  assert.equal(outcome(translation), 'tls');
  assert.deepEqual(findings(translate([...gateways(16), policy({ validation: system })]), 'TooManyAncestors'), []);
});

const entry = (controllerName: string): object => ({
  ancestorRef: { group: 'gateway.networking.k8s.io', kind: 'Gateway', namespace: 'infra', name: 'edge' },
  controllerName,
  conditions: [],
});

test('entries of other controllers take room', () => {
  const status = new Map([
    ['BackendTLSPolicy orders', { ancestors: Array.from({ length: 15 }, () => entry('other.dev/c')) }],
  ]);
  const translation = translate([...gateways(2), policy({ validation: system })], now, status);
  assert.deepEqual(
    ancestorsOf(translation).map(({ ancestorRef }) => ancestorRef.name),
    ['edge-01'],
  );
});

test('our own entries of before take none', () => {
  const entries = Array.from({ length: 16 }, () => entry('farside.dev/gateway-controller'));
  const status = new Map([['BackendTLSPolicy orders', { ancestors: entries }]]);
  const translation = translate([...gateways(2), policy({ validation: system })], now, status);
  assert.equal(ancestorsOf(translation).length, 2);
});

test('a policy that lost its last ancestor is cleared; one that never had one is left alone', () => {
  const documents = [gateway, policy({ target: serviceTarget('gone'), validation: system })];
  const kinds = (status?: ReadonlyMap<string, object>): string[] =>
    translate(documents, now, status)
      .status({ isOpen: () => true, findings: [] })
      .map(({ kind }) => kind);
  assert.ok(!kinds().includes('BackendTLSPolicy'));
  const told = new Map([['BackendTLSPolicy orders', { ancestors: [entry('farside.dev/gateway-controller')] }]]);
  assert.ok(kinds(told).includes('BackendTLSPolicy'));
});

test('each Gateway hears of the targets that are reached through it', () => {
  const other = gateway.replace('edge', 'other');
  const billing = route
    .replace('name: web', 'name: billing')
    .replace('name: edge', 'name: other')
    .replace(/ {2}- name: orders[\s\S]*?(?= {2}- name: billing)/, '');
  const translation = translate([
    shop.replace(/ {2}- name: billing[\s\S]*?---/, '---'),
    other,
    billing,
    policy({ name: 'a', validation: system }),
    policy({ name: 'b', targets: [serviceTarget('orders'), serviceTarget('billing')], validation: system }),
  ]);
  assert.equal(conditionsOf(translation, 'b', 'edge').Accepted, 'False Conflicted');
  assert.equal(conditionsOf(translation, 'b', 'other').Accepted, 'True Accepted');
});

const levels = [
  { namespace: 'shop', target: serviceTarget('orders', 'https') },
  { namespace: 'shop', target: serviceTarget('orders') },
  { namespace: 'shop', target: gatewayApiTarget('HTTPRoute', 'web', 'orders') },
  { namespace: 'shop', target: gatewayApiTarget('HTTPRoute', 'web') },
  { namespace: 'infra', target: gatewayApiTarget('Gateway', 'edge', 'http') },
  { namespace: 'infra', target: gatewayApiTarget('Gateway', 'edge') },
];
const policies = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    level: fc.integer({ min: 0, max: levels.length - 1 }),
    second: fc.integer({ min: 0, max: 2 }),
    valid: fc.boolean(),
  }),
  { maxLength: 6, selector: ({ name }) => name },
);

test('whatever policies there are: the first of the most specific target decides, and a bad one never opens a way', () => {
  fc.assert(
    fc.property(policies, (all) => {
      const documents = all.map(({ name, level, second, valid }) =>
        policy({
          name,
          ...levels[level],
          created: `2026-01-01T00:00:0${second}Z`,
          validation: { ...system, hostname: `${name}.internal` },
          ...(valid ? {} : { options: { 'farside.dev/alpn': 'h9' } }),
        }),
      );
      const translation = translate([shop, ...documents]);
      // Through listener `http` and rule `orders`; written down without the code under test.
      const rank = (one: (typeof all)[number]): string =>
        `${one.level} ${one.second} ${one.level > 3 ? 'infra' : 'shop'}/${one.name}`;
      const [first] = [...all].sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
      const variant = [
        '',
        '',
        '@HTTPRoute/shop/web#orders',
        '@HTTPRoute/shop/web',
        '@Gateway/infra/edge#http',
        '@Gateway/infra/edge',
      ];
      const security = securityOf(translation, `shop/orders:443${variant[first?.level ?? 0]}`);
      if (first === undefined) assert.equal(security.type, 'plaintext');
      else if (!first.valid) assert.equal(security.type, 'refused');
      else {
        assert.ok(security.type === 'tls');
        assert.deepEqual(security.tls.serverName.value, { type: 'fixed', name: `${first.name}.internal` });
      }
      for (const one of all) {
        const rivals = all.filter(({ level }) => level === one.level).sort((a, b) => (rank(a) < rank(b) ? -1 : 1));
        const expected = rivals[0] !== one ? 'False Conflicted' : one.valid ? 'True Accepted' : 'False Invalid';
        assert.deepEqual(conditionsOf(translation, one.name), { ...accepted, Accepted: expected });
      }
    }),
    { numRuns: 60 },
  );
});
