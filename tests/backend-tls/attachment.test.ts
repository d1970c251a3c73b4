import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import {
  accepted,
  ancestorsOf,
  conditionsOf,
  configMap,
  finding,
  findings,
  gatewayApiTarget,
  makePki,
  messageOf,
  outcome,
  policy,
  serviceTarget,
  shop,
  system,
  tlsOf,
  translate,
} from './fixture.ts';

let ca: string;

before(async () => {
  ca = configMap('ca', (await makePki()).ca.certificate);
});

const hostname = (name: string): object => ({ ...system, hostname: name });
const serverName = (translation: ReturnType<typeof translate>, backend?: string): string => {
  const { value } = tlsOf(translation, backend).serverName;
  return value.type === 'fixed' ? value.name : value.type;
};

test('a policy for a Service decides every way to it, and leaves other Services alone', () => {
  const translation = translate([shop, ca, policy()]);
  assert.equal(outcome(translation), 'tls');
  assert.equal(outcome(translation, 'shop/billing:443'), 'plaintext');
  assert.deepEqual(conditionsOf(translation), accepted);
});

test('a port of a Service beats the whole Service, and both policies are accepted', () => {
  const translation = translate([
    shop,
    policy({ name: 'whole', validation: hostname('whole.internal') }),
    policy({ name: 'port', target: serviceTarget('orders', 'https'), validation: hostname('port.internal') }),
  ]);
  assert.equal(serverName(translation), 'port.internal');
  assert.deepEqual(conditionsOf(translation, 'whole'), accepted);
  assert.deepEqual(conditionsOf(translation, 'port'), accepted);
});

test('a policy for another port of the Service does not touch this one', () => {
  const translation = translate([
    shop,
    policy({ ...{ target: serviceTarget('orders', 'admin') }, validation: system }),
  ]);
  assert.equal(outcome(translation), 'plaintext');
  assert.deepEqual(ancestorsOf(translation), []);
  assert.match(finding(translation, 'NoAncestor').message, /no route .* reaches Service shop\/orders, section admin$/);
});

test('of two policies for one target the older wins; the other is Conflicted and refuses nothing', () => {
  const translation = translate([
    shop,
    policy({ name: 'a', created: '2026-02-02T00:00:00Z', validation: hostname('a.internal') }),
    policy({ name: 'b', created: '2026-01-01T00:00:00Z', validation: hostname('b.internal') }),
  ]);
  assert.equal(serverName(translation), 'b.internal');
  assert.deepEqual(conditionsOf(translation, 'b'), accepted);
  assert.deepEqual(conditionsOf(translation, 'a'), { ...accepted, Accepted: 'False Conflicted' });
  assert.match(messageOf(translation, 'Accepted', 'a'), /BackendTLSPolicy shop\/b targets the same and is older/);
  assert.deepEqual(finding(translation, 'Conflicted').parent?.name, 'b');
});

test('a loser that is invalid too does not refuse what the winner covers', () => {
  const translation = translate([
    shop,
    policy({ name: 'a', validation: system }),
    policy({ name: 'b', validation: system, options: { 'farside.dev/alpn': 'spdy' } }),
  ]);
  assert.equal(outcome(translation), 'tls');
  assert.equal(conditionsOf(translation, 'b').Accepted, 'False Conflicted');
  assert.equal(finding(translation, 'Invalid').effect, undefined);
});

test('a winner that is invalid refuses, and traffic falls through to no other policy', () => {
  const bad = { validation: system, options: { 'farside.dev/alpn': 'spdy' } };
  const translation = translate([
    shop,
    policy({ name: 'a', ...bad }),
    policy({ name: 'b', validation: system }),
    policy({
      name: 'whole-gateway',
      namespace: 'infra',
      target: gatewayApiTarget('Gateway', 'edge'),
      validation: system,
    }),
  ]);
  assert.equal(outcome(translation), '503 Invalid');
  assert.equal(finding(translation, 'Invalid').effect, 'shop/orders:443 answers 503');
  const byPort = translate([
    shop,
    policy({ name: 'port', target: serviceTarget('orders', 'https'), ...bad }),
    policy({ name: 'whole', validation: system }),
  ]);
  assert.equal(outcome(byPort), '503 Invalid');
});

test('a policy in conflict on one target stays in force on its others, and says both', () => {
  const translation = translate([
    shop,
    policy({ name: 'a', validation: system }),
    policy({
      name: 'b',
      targets: [serviceTarget('orders'), serviceTarget('billing')],
      validation: hostname('b.internal'),
    }),
  ]);
  assert.equal(serverName(translation, 'shop/billing:443'), 'b.internal');
  assert.equal(conditionsOf(translation, 'b').Accepted, 'False Conflicted');
  assert.match(
    messageOf(translation, 'Accepted', 'b'),
    /BackendTLSPolicy shop\/b is in force for Service shop\/billing$/,
  );
});

test('a section that does not exist does not attach, and says which there are', () => {
  const translation = translate([shop, policy({ target: serviceTarget('orders', 'htps'), validation: system })]);
  assert.equal(outcome(translation), 'plaintext');
  assert.deepEqual(conditionsOf(translation), { ...accepted, Accepted: 'False TargetNotFound' });
  const { message, severity } = finding(translation, 'TargetNotFound');
  assert.equal(severity, 'error');
  assert.match(message, /has no section "htps"; its named ports are "https", "admin"$/);
});

test('a section that does not exist does not compete for it', () => {
  const translation = translate([
    shop,
    policy({ name: 'a', target: serviceTarget('orders', 'htps'), validation: system }),
    policy({ name: 'b', validation: hostname('b.internal') }),
  ]);
  assert.equal(serverName(translation), 'b.internal');
  assert.deepEqual(conditionsOf(translation, 'b'), accepted);
});

test('a target that does not exist, or is of a kind that cannot be covered: a finding, and no status', () => {
  const missing = translate([shop, policy({ target: serviceTarget('gone'), validation: system })]);
  assert.match(finding(missing, 'TargetNotFound').message, /^Service shop\/gone, a target of .* does not exist$/);
  assert.deepEqual(ancestorsOf(missing), []);
  assert.deepEqual(findings(missing, 'NoAncestor'), []);
  const strange = translate([
    shop,
    policy({ target: { group: 'multicluster.x-k8s.io', kind: 'ServiceImport', name: 'x' }, validation: system }),
  ]);
  assert.match(finding(strange, 'TargetNotFound').message, /ServiceImport.multicluster.x-k8s.io x, a kind/);
});

test('a policy reaches only its own namespace', () => {
  const translation = translate([shop, policy({ namespace: 'other', validation: system })]);
  assert.equal(outcome(translation), 'plaintext');
  assert.match(finding(translation, 'TargetNotFound').message, /^Service other\/orders/);
});

const dns = `
apiVersion: v1
kind: Service
metadata: { name: orders, namespace: shop }
spec: { ports: [{ name: https, port: 443 }, { name: dns, port: 53, protocol: UDP }] }
`;

test('a port that is not TCP cannot be covered', () => {
  const byName = translate([shop, dns, policy({ target: serviceTarget('orders', 'dns'), validation: system })]);
  assert.deepEqual(conditionsOf(byName), { ...accepted, Accepted: 'False Invalid' });
  assert.match(
    messageOf(byName, 'Accepted'),
    /targets port 53 of Service shop\/orders, which is UDP, and TLS runs over TCP/,
  );
  assert.equal(outcome(byName), 'plaintext');
  const only = dns.replace('{ name: https, port: 443 }, ', '');
  const byOnly = translate([shop, only, policy({ validation: system })]);
  assert.match(finding(byOnly, 'Invalid').message, /port 53 of Service shop\/orders, which is UDP/);
});

test('a Service with TCP and UDP ports is covered, with a word on the UDP port', () => {
  const translation = translate([shop, dns, policy({ validation: system })]);
  assert.equal(outcome(translation), 'tls');
  assert.match(messageOf(translation, 'Accepted'), /no effect on port 53 \(UDP\)/);
});

test('a policy for a Gateway covers what is reached through it and yields to one for the Service', () => {
  const gateway = policy({
    name: 'edge',
    namespace: 'infra',
    target: gatewayApiTarget('Gateway', 'edge'),
    validation: hostname('edge.internal'),
  });
  const translation = translate([shop, gateway, policy({ validation: hostname('orders.internal') })]);
  assert.equal(serverName(translation), 'orders.internal');
  assert.equal(serverName(translation, 'shop/billing:443@Gateway/infra/edge'), 'edge.internal');
  assert.deepEqual(conditionsOf(translation, 'edge'), accepted);
});

test('every step of precedence: Service port, Service, rule, route, listener, Gateway', () => {
  const levels: readonly (readonly [string, string, object])[] = [
    ['shop', 'port', serviceTarget('orders', 'https')],
    ['shop', 'service', serviceTarget('orders')],
    ['shop', 'rule', gatewayApiTarget('HTTPRoute', 'web', 'orders')],
    ['shop', 'route', gatewayApiTarget('HTTPRoute', 'web')],
    ['infra', 'listener', gatewayApiTarget('Gateway', 'edge', 'http')],
    ['infra', 'gateway', gatewayApiTarget('Gateway', 'edge')],
  ];
  const variants = [
    '',
    '',
    '@HTTPRoute/shop/web#orders',
    '@HTTPRoute/shop/web',
    '@Gateway/infra/edge#http',
    '@Gateway/infra/edge',
  ];
  for (const [index, [, name]] of levels.entries()) {
    const policies = levels
      .slice(index)
      .map(([namespace, each, target]) =>
        policy({ namespace, name: each, target, validation: hostname(`${each}.internal`) }),
      );
    const translation = translate([shop, ...policies.reverse()]);
    assert.equal(serverName(translation, `shop/orders:443${variants[index]}`), `${name}.internal`);
    for (const [, each] of levels.slice(index)) assert.deepEqual(conditionsOf(translation, each), accepted);
  }
});

test('a rule and a listener are covered alone', () => {
  const translation = translate([
    shop,
    policy({ name: 'rule', target: gatewayApiTarget('HTTPRoute', 'web', 'orders'), validation: system }),
    policy({ name: 'alt', namespace: 'infra', target: gatewayApiTarget('Gateway', 'edge', 'alt'), validation: system }),
  ]);
  assert.deepEqual(Object.keys(translation.model.backends).sort(), [
    'shop/billing:443',
    'shop/billing:443@Gateway/infra/edge#alt',
    'shop/orders:443@HTTPRoute/shop/web#orders',
  ]);
  assert.equal(outcome(translation, 'shop/billing:443'), 'plaintext');
});

for (const [kind, name, section, there] of [
  ['HTTPRoute', 'web', 'gone', 'its named rules are "orders", "billing"'],
  ['Gateway', 'edge', 'gone', 'its listeners are "http", "alt"'],
] as const) {
  test(`a section that a ${kind} does not have`, () => {
    const namespace = kind === 'Gateway' ? 'infra' : 'shop';
    const target = gatewayApiTarget(kind, name, section);
    const translation = translate([shop, policy({ namespace, target, validation: system })]);
    assert.equal(outcome(translation), 'plaintext');
    assert.deepEqual(conditionsOf(translation), { ...accepted, Accepted: 'False TargetNotFound' });
    assert.ok(messageOf(translation, 'Accepted').includes(there));
  });
}

test('a policy for a Gateway has it as its ancestor before any route is there', () => {
  const [gateway = ''] = shop.split('---');
  const target = gatewayApiTarget('Gateway', 'edge');
  const translation = translate([gateway, policy({ namespace: 'infra', target, validation: system })]);
  assert.deepEqual(conditionsOf(translation), accepted);
  assert.deepEqual(ancestorsOf(translation)[0]?.ancestorRef, {
    group: 'gateway.networking.k8s.io',
    kind: 'Gateway',
    namespace: 'infra',
    name: 'edge',
  });
});

test('a Service that speaks TLS and that no policy covers is refused, never sent plain HTTP', () => {
  for (const appProtocol of ['https', 'kubernetes.io/wss']) {
    const service = shop.replace(
      'ports: [{ name: https, port: 443 },',
      `ports: [{ name: https, port: 443, appProtocol: ${appProtocol} },`,
    );
    const translation = translate([service]);
    assert.equal(outcome(translation), '503 UnsupportedProtocol');
    assert.match(finding(translation, 'UnsupportedProtocol').effect ?? '', /^shop\/orders:443 answers 503/);
    const covered = translate([service, policy({ validation: system })]);
    assert.deepEqual(tlsOf(covered).alpn.value, appProtocol === 'https' ? ['h2', 'http/1.1'] : ['http/1.1']);
    assert.deepEqual(findings(covered, 'UnsupportedProtocol'), []);
  }
});

test('a Service that says cleartext HTTP/2 gets TLS where a policy asks for it, and a warning', () => {
  const service = shop.replace(
    'ports: [{ name: https, port: 443 },',
    'ports: [{ name: https, port: 443, appProtocol: kubernetes.io/h2c },',
  );
  const translation = translate([service, policy({ validation: system })]);
  assert.equal(outcome(translation), 'tls');
  assert.equal(translation.model.backends['shop/orders:443']?.protocol, 'auto');
  assert.match(finding(translation, 'ContradictingProtocol').message, /says that it speaks cleartext HTTP\/2/);
});
