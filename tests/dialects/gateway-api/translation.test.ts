import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { gatewayApi } from '../../../src/dialects/gateway-api/index.ts';
import { listenerProtocols } from '../../../src/dialects/gateway-api/protocols.ts';
import type { Resource } from '../../../src/resources/object.ts';
import { ResourceSet } from '../../../src/resources/set.ts';
import { loadCase, readSettings, translateObjects } from '../../support/case.ts';
import { assertInvariants } from '../../support/invariants.ts';

/** Every golden case, as a source of objects that people might write. */
const folder = join(import.meta.dirname, '../../cases/gateway-api');
const cases = await Promise.all(
  readdirSync(folder).map(async (name) => ({
    name,
    settings: readSettings(join(folder, name)),
    objects: (await loadCase(join(folder, name))).objects,
  })),
);

test('neither the order of objects nor translating twice makes a difference', () => {
  for (const { name, objects, settings } of cases) {
    const once = translateObjects(gatewayApi, objects, settings);
    const again = translateObjects(gatewayApi, [...objects].reverse(), settings);
    assert.deepEqual(again.translation.model, once.translation.model, name);
    assert.deepEqual(again.translation.keys, once.translation.keys, name);
    assert.deepEqual(again.status, once.status, name);
    assert.deepEqual(again.findings, once.findings, name);
  }
});

test('objects are never written to', () => {
  for (const { objects, settings } of cases) {
    for (const { object } of objects) freeze(object);
    translateObjects(gatewayApi, objects, settings);
  }
});

test('whatever comes together, translation holds what it promises', () => {
  const pool = cases.flatMap(({ objects }) => objects);
  fc.assert(
    fc.property(fc.shuffledSubarray(pool, { minLength: 1, maxLength: 160 }), fc.nat(9_000), (objects, portOffset) => {
      // Of objects with one name the later counts, as in a folder whose files were edited.
      assertInvariants(translateObjects(gatewayApi, unique(objects), { portOffset }));
    }),
    { numRuns: 400 },
  );
});

test('one object with a fault leaves what the others say as it was', () => {
  const find = (name: string) => cases.find((each) => each.name === name) ?? assert.fail(name);
  const good = find('tls-terminate').objects;
  const before = translateObjects(gatewayApi, good).translation.model;
  for (const name of ['filter-unsupported-everywhere', 'backend-kind', 'match-bad-regex-everywhere']) {
    const bad = find(name).objects.filter(({ reference }) => reference.kind === 'HTTPRoute');
    const renamed = bad.map((resource) => rename(resource, 'bad'));
    const after = translateObjects(gatewayApi, [...good, ...renamed]).translation.model;
    for (const [id, route] of Object.entries(before.routes))
      assert.deepEqual(after.routes[id], route, `${id}, ${name}`);
    assert.deepEqual(after.listeners, before.listeners, name);
    assert.deepEqual(after.backends, before.backends, name);
  }
});

test('a folder is given the GatewayClass that it does not state, and only then', () => {
  const supplied = gatewayApi.supply?.(new ResourceSet([])) ?? [];
  assert.deepEqual(
    supplied.map(({ reference, object }) => [reference.kind, reference.name, 'spec' in object && object.spec]),
    [['GatewayClass', 'farside', { controllerName: 'farside.dev/gateway-controller' }]],
  );
  assert.deepEqual(gatewayApi.supply?.(new ResourceSet(supplied)), []);
});

test('the features are in ascending order, as the specification asks, and each stands once', () => {
  const [gatewayClass] = translateObjects(gatewayApi, []).status;
  const features = gatewayClass?.status.supportedFeatures as readonly { readonly name: string }[];
  const names = features.map(({ name }) => name);
  assert.deepEqual(names, [...new Set(names)].sort());
  assert.ok(names.includes('BackendTLSPolicy'));
});

test('the table of protocols names every combination once', () => {
  const rows = listenerProtocols.map(({ protocol, tlsMode }) => `${protocol} ${tlsMode}`);
  assert.equal(new Set(rows).size, rows.length);
  for (const { protocol, carriedAs, routeKinds } of listenerProtocols) {
    assert.ok(carriedAs === null || carriedAs === protocol);
    assert.ok(routeKinds.length > 0);
    assert.equal(
      carriedAs !== null,
      routeKinds.some(({ supported }) => supported),
      `${protocol} has a route to carry`,
    );
  }
});

function unique(objects: readonly Resource[]): readonly Resource[] {
  const byName = new Map(objects.map((each) => [JSON.stringify(each.reference), each]));
  return [...byName.values()];
}

function rename(resource: Resource, name: string): Resource {
  const object = { ...resource.object, metadata: { ...resource.object.metadata, name } };
  return { ...resource, object, reference: { ...resource.reference, name } };
}

function freeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const each of Object.values(value)) freeze(each);
}
