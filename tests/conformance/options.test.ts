import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { allProfiles, parseOptions, UsageError } from '../../conformance/options.ts';

describe('options of the conformance run', () => {
  it('makes a cluster of its own where no kubeconfig is set, and takes that of the kubeconfig otherwise', () => {
    assert.partialDeepStrictEqual(parseOptions([], {}), { version: 'v1.7.0', cluster: 'own', mode: 'chart' });
    const set = { KUBECONFIG: '/etc/cluster/kubeconfig' };
    assert.partialDeepStrictEqual(parseOptions([], set), { cluster: 'kubeconfig', mode: 'installed' });
    assert.partialDeepStrictEqual(parseOptions(['--cluster', 'own'], set), { cluster: 'own', mode: 'chart' });
  });

  it('takes all profiles unless some are named', () => {
    assert.deepEqual(parseOptions([], {}).profiles, allProfiles);
    assert.deepEqual(parseOptions(['--profiles', 'GATEWAY-HTTP,GATEWAY-UDP'], {}).profiles, [
      'GATEWAY-HTTP',
      'GATEWAY-UDP',
    ]);
  });

  it('collects the tests to run', () => {
    const { tests } = parseOptions(['--run-test', 'HTTPRouteCORS', '--run-test', 'TLSRouteSimpleSameNamespace'], {});
    assert.deepEqual(tests, ['HTTPRouteCORS', 'TLSRouteSimpleSameNamespace']);
  });

  for (const args of [
    ['--version', 'v1.5.0'],
    ['--mode', 'mesh'],
    ['--profiles', 'MESH-HTTP'],
    ['--bogus'],
    ['word'],
  ]) {
    it(`refuses ${args.join(' ')}`, () => assert.throws(() => parseOptions(args, {}), UsageError));
  }
});
