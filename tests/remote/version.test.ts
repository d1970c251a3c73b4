import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyConfiguration } from '../../src/dataplanes/node/delta.ts';
import { versionOf } from '../../src/dataplanes/node/remote/version.ts';
import type { EndpointSet } from '../../src/model/backend.ts';

const endpoints = (...sets: readonly (readonly [string, number])[]) => ({
  ...emptyConfiguration,
  model: {
    ...emptyConfiguration.model,
    endpoints: Object.fromEntries(
      sets.map(([id, port]): [string, EndpointSet] => [id, { id, endpoints: [{ address: '127.0.0.1', port }] }]),
    ),
  },
});

test('equal content has one version, in whichever order it stands', () => {
  assert.equal(versionOf(endpoints(['a', 1], ['b', 2])), versionOf(endpoints(['b', 2], ['a', 1])));
});

test('what differs anywhere has another version', () => {
  const configurations = [
    endpoints(),
    endpoints(['a', 1]),
    endpoints(['a', 2]),
    endpoints(['b', 1]),
    endpoints(['a', 1], ['b', 1]),
    { ...endpoints(), keys: { ...emptyConfiguration.keys, trustBundles: { a: 'x' } } },
    { ...endpoints(), keys: { ...emptyConfiguration.keys, trustBundles: { a: 'y' } } },
  ];
  const versions = configurations.map((each) => versionOf(each));
  assert.equal(new Set(versions).size, configurations.length, versions.join(' '));
});
