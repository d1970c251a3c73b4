import assert from 'node:assert/strict';
import { hasServerNames, isHttpSection } from '../../src/model/listener.ts';
import type { Model } from '../../src/model/model.ts';
import type { CaseResult } from './case.ts';

/** What holds for every translation, whatever the objects say. */
export function assertInvariants({ environment, translation, status, findings }: CaseResult): void {
  const { model, keys } = translation;
  assertIdsAreKeys(model);
  assertReferences(model);
  for (const id of Object.keys(model.certificates)) assert.ok(keys.certificates[id], `key material of ${id}`);
  for (const id of Object.keys(model.trustBundles)) assert.ok(keys.trustBundles[id], `PEM of ${id}`);

  const shown = JSON.stringify([model, status, findings]);
  assert.ok(!/-----BEGIN|PRIVATE KEY-----|LS0tLS1CRUdJTi/.test(shown), 'no key material is shown');

  for (const { severity, reason, message, remedy } of findings) {
    assert.match(severity, /^(error|warning|info)$/);
    assert.match(reason, /^[A-Z][A-Za-z]+$/, 'a reason is CamelCase');
    assert.ok(message.length > 0 && remedy.length > 0, `${reason} has a message and a remedy`);
  }
  for (const condition of conditionsIn(status)) {
    assert.equal(condition.lastTransitionTime, environment.now);
    assert.equal(typeof condition.observedGeneration, 'number', 'every condition has its generation');
    assert.match(String(condition.reason), /^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/, 'metav1.Condition.reason');
  }
}

function assertIdsAreKeys(model: Model): void {
  for (const [table, values] of Object.entries(model)) {
    for (const [key, { id }] of Object.entries<{ id: string }>(values)) assert.equal(id, key, `key in ${table}`);
  }
}

/** Everything that is named exists, and everything that exists is named. */
function assertReferences(model: Model): void {
  const sections = Object.values(model.listeners).flatMap((listener) => listener.sections);
  const virtualHosts = sections.flatMap((section) => (isHttpSection(section) ? section.virtualHosts : []));
  assertSame('virtual hosts', virtualHosts, model.virtualHosts);
  const routes = Object.values(model.virtualHosts).flatMap((host) => host.routes);
  assertSame('routes', routes, model.routes);
  const streams = sections.flatMap((section) => (isHttpSection(section) ? [] : section.streams));
  assertSame(
    'streams',
    streams.map(({ stream }) => stream),
    model.streams,
  );

  const destinations = Object.values(model.routes).flatMap(({ action }) =>
    action.type === 'forward' ? action.destinations : [],
  );
  for (const destination of destinations) {
    if (destination.type !== 'backend') continue;
    assert.ok(model.backends[destination.backend], destination.backend);
    for (const { backend } of destination.mirrors ?? []) assert.ok(model.backends[backend], backend);
  }
  for (const destination of Object.values(model.streams).flatMap((stream) => stream.destinations)) {
    if (destination.type === 'backend') assert.ok(model.backends[destination.backend], destination.backend);
  }
  for (const { action } of Object.values(model.routes)) {
    if (action.type !== 'forward') continue;
    for (const { backend } of action.mirrors ?? []) assert.ok(model.backends[backend], backend);
  }
  for (const { endpoints, security } of Object.values(model.backends)) {
    assert.ok(model.endpoints[endpoints], endpoints);
    if (security.type !== 'tls') continue;
    const { verification, clientCertificate, names } = security.tls;
    if (clientCertificate.value !== null) assert.ok(model.certificates[clientCertificate.value]);
    if (verification.value.type === 'bundles') {
      for (const bundle of verification.value.bundles) assert.ok(model.trustBundles[bundle], bundle);
    }
    if (verification.value.type !== 'none') assert.ok(names.value.length > 0, 'who is verified has a name');
  }
  for (const { tls } of sections) {
    for (const id of tls?.certificates ?? []) assert.ok(model.certificates[id], id);
    for (const id of tls?.clientValidation?.bundles ?? []) assert.ok(model.trustBundles[id], id);
  }
  for (const listener of Object.values(model.listeners)) {
    for (const section of listener.sections) {
      const { protocol } = listener;
      if (isHttpSection(section)) assert.equal(section.tls === null, protocol === 'HTTP', 'HTTP with TLS is HTTPS');
      if (section.tls !== null) assert.ok(hasServerNames(listener), `no TLS is terminated on ${protocol}`);
    }
  }
}

function assertSame(what: string, named: readonly string[], table: Readonly<Record<string, unknown>>): void {
  assert.deepEqual([...new Set(named)].sort(), Object.keys(table).sort(), `${what} that are named and that exist`);
}

function* conditionsIn(value: unknown): Generator<Readonly<Record<string, unknown>>> {
  if (Array.isArray(value)) {
    for (const each of value) yield* conditionsIn(each);
  } else if (typeof value === 'object' && value !== null) {
    if ('lastTransitionTime' in value) yield value as Readonly<Record<string, unknown>>;
    for (const each of Object.values(value)) yield* conditionsIn(each);
  }
}
