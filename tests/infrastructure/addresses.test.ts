import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type AddressPool, lowestFree, parseAddressPool, poolHolds } from '../../src/infrastructure/address-pool.ts';
import { type AddressAssignment, assignAddresses } from '../../src/infrastructure/addresses.ts';
import type { Gateway } from '../../src/resources/generated/types.ts';
import type { Resource } from '../../src/resources/object.ts';

function pool(text: string): AddressPool {
  const parsed = parseAddressPool(text);
  assert.ok(parsed, text);
  return parsed;
}

function gateway(name: string, ...asked: readonly (string | undefined)[]): Resource<Gateway> {
  const apiVersion = 'gateway.networking.k8s.io/v1';
  const addresses = asked.map((value) => ({ type: 'IPAddress', ...(value === undefined ? {} : { value }) }));
  return {
    reference: { apiVersion, kind: 'Gateway', namespace: 'infra', name },
    object: {
      apiVersion,
      kind: 'Gateway',
      metadata: { name, namespace: 'infra' },
      status: { conditions: [] },
      spec: { gatewayClassName: 'farside', listeners: [], ...(addresses.length === 0 ? {} : { addresses }) },
    },
    provenance: { file: null, position: () => null },
  };
}

const assign = (range: string, gateways: readonly Resource<Gateway>[], previous: AddressAssignment = {}) =>
  assignAddresses(gateways, pool(range), previous);

test('an address is shared by all Gateways', () => {
  assert.deepEqual(assign('127.0.0.1', [gateway('b'), gateway('a')]), {
    'infra/a': ['127.0.0.1'],
    'infra/b': ['127.0.0.1'],
  });
  assert.deepEqual(assign('::0:1', [gateway('a')]), { 'infra/a': ['::1'] });
});

test('a range gives each its own, by name at first', () => {
  assert.deepEqual(assign('127.1.0.0/24', [gateway('b'), gateway('a')]), {
    'infra/a': ['127.1.0.1'],
    'infra/b': ['127.1.0.2'],
  });
  assert.deepEqual(assign('fd00::/64', [gateway('a'), gateway('b')]), {
    'infra/a': ['fd00::1'],
    'infra/b': ['fd00::2'],
  });
});

test('who has an address keeps it; what is given up is given again', () => {
  const first = assign('127.1.0.0/24', [gateway('b'), gateway('c')]);
  const second = assign('127.1.0.0/24', [gateway('a'), gateway('c')], first);
  assert.deepEqual(second, { 'infra/a': ['127.1.0.1'], 'infra/c': ['127.1.0.2'] });
  assert.equal(assign('127.1.0.0/24', [gateway('c'), gateway('a')], second), second, 'nothing changed');
});

test('network and broadcast addresses are left out where there is room', () => {
  const ends = (text: string): readonly (string | null)[] => {
    const range = pool(text);
    assert.equal(range.type, 'range');
    if (range.type !== 'range') return [];
    const first = lowestFree(range, new Set());
    return [first, lowestFree(range, new Set([first as string])), `${range.last - range.first + 1n}`];
  };
  assert.deepEqual(ends('10.0.0.7/30'), ['10.0.0.5', '10.0.0.6', '2']);
  assert.deepEqual(ends('10.0.0.7/31'), ['10.0.0.6', '10.0.0.7', '2']);
  assert.deepEqual(ends('10.0.0.7/32'), ['10.0.0.7', null, '1']);
  assert.deepEqual(ends('fd00::/126'), ['fd00::1', 'fd00::2', '3']);
  assert.deepEqual(ends('fd00::4/127'), ['fd00::4', 'fd00::5', '2']);
  assert.deepEqual(ends('255.255.255.0/24'), ['255.255.255.1', '255.255.255.2', '254']);
});

test('what is no address and no range is refused', () => {
  for (const text of [
    '',
    '127.0.0',
    '127.0.0.01',
    '127.0.0.1/33',
    '127.0.0.1/',
    '127.0.0.1/8/8',
    '::1/129',
    'localhost',
    '10.0.0.0/08',
  ]) {
    assert.equal(parseAddressPool(text), null, text);
  }
});

test('an exhausted range leaves a Gateway without an address', () => {
  const gateways = [gateway('a'), gateway('b'), gateway('c')];
  assert.deepEqual(assign('10.0.0.4/31', gateways), {
    'infra/a': ['10.0.0.4'],
    'infra/b': ['10.0.0.5'],
    'infra/c': [],
  });
});

test('addresses that are asked for are honoured within the range, first those who have them', () => {
  const range = '127.1.0.0/24';
  const first = assign(range, [gateway('b', '127.1.0.9'), gateway('c', undefined)]);
  assert.deepEqual(first, { 'infra/b': ['127.1.0.9'], 'infra/c': ['127.1.0.1'] });
  const second = assign(range, [gateway('a', '127.1.0.9'), gateway('b', '127.1.0.9'), gateway('c')], first);
  assert.deepEqual(second, { 'infra/a': ['127.1.0.2'], 'infra/b': ['127.1.0.9'], 'infra/c': ['127.1.0.1'] });
  assert.deepEqual(assign(range, [gateway('a', '127.1.0.1'), gateway('b')]), {
    'infra/a': ['127.1.0.1'],
    'infra/b': ['127.1.0.2'],
  });
});

test('several addresses, spelled anyhow, and some that cannot be had', () => {
  assert.deepEqual(assign('fd00::/64', [gateway('a', 'fd00:0::10', 'FD00::10', '10.0.0.1', 'fd00::11')]), {
    'infra/a': ['fd00::10', 'fd00::11'],
  });
  assert.deepEqual(assign('127.0.0.1', [gateway('a', '203.0.113.5')]), { 'infra/a': ['127.0.0.1'] });
});

test('assignments are within the range, apart from each other, stable and complete as far as there is room', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), { maxLength: 6 });
  const wish = fc.option(fc.constantFrom('10.0.0.9', '10.0.0.10', '10.0.0.12', '192.0.2.1'), { nil: undefined });
  const step = names.chain((list) => fc.tuple(...list.map((name) => fc.record({ name: fc.constant(name), wish }))));
  const range = pool('10.0.0.8/29');
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      let previous: AddressAssignment = {};
      for (const list of steps) {
        const gateways = list.map(({ name, wish: asked }) =>
          asked === undefined ? gateway(name) : gateway(name, asked),
        );
        const next = assignAddresses(gateways, range, previous);
        const all = Object.values(next).flat();
        assert.equal(new Set(all).size, all.length);
        assert.ok(all.every((address) => poolHolds(range, address)));
        assert.ok(
          Object.values(next).every((addresses) => addresses.length === 1),
          'six Gateways fit',
        );
        assert.equal(assignAddresses(gateways, range, next), next, 'a second look changes nothing');
        for (const { name, wish: asked } of list) {
          const held = previous[`infra/${name}`];
          if (asked === undefined && held !== undefined) assert.deepEqual(next[`infra/${name}`], held);
        }
        previous = next;
      }
    }),
    { numRuns: 300 },
  );
});
