import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Configuration, diff, emptyConfiguration, isEmptyDelta, patch } from '../../src/dataplanes/node/delta.ts';
import type { EndpointSet } from '../../src/model/backend.ts';
import type { KeyPair, Table } from '../../src/model/model.ts';

const id = fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor', 'shop/orders:443');

const endpointSets = fc
  .array(
    fc.tuple(
      id,
      fc.array(fc.record({ address: fc.ipV4(), port: fc.nat(3) }, { noNullPrototype: true }), { maxLength: 2 }),
    ),
  )
  .map(
    (entries): Table<EndpointSet> =>
      Object.fromEntries(entries.map(([name, endpoints]) => [name, { id: name, endpoints }])),
  );

const keyPairs = fc
  .array(fc.tuple(id, fc.constantFrom('old', 'new')))
  .map(
    (entries): Table<KeyPair> =>
      Object.fromEntries(entries.map(([name, pem]) => [name, { certificateChain: pem, privateKey: pem }])),
  );

const configurations = fc.tuple(endpointSets, keyPairs).map(
  ([endpoints, certificates]): Configuration => ({
    model: { ...emptyConfiguration.model, endpoints },
    keys: { ...emptyConfiguration.keys, certificates },
  }),
);

test('a difference that is applied gives the other configuration, also after it crossed processes', () => {
  fc.assert(
    fc.property(configurations, configurations, (before, after) => {
      const delta = structuredClone(diff(before, after));
      assert.deepEqual(patch(before, delta), after);
      assert.ok(isEmptyDelta(diff(after, structuredClone(after))));
    }),
  );
});

test('what did not change stays identical, so that nothing is compiled anew for it', () => {
  fc.assert(
    fc.property(configurations, configurations, (before, after) => {
      const result = patch(before, structuredClone(diff(before, after)));
      for (const [name, set] of Object.entries(result.model.endpoints)) {
        const former = Object.hasOwn(before.model.endpoints, name) ? before.model.endpoints[name] : undefined;
        if (former !== undefined && JSON.stringify(former) === JSON.stringify(set)) assert.equal(set, former);
      }
      assert.equal(result.model.routes, before.model.routes);
    }),
  );
});
