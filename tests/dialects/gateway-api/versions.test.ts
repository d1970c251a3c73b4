import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readVersions } from '../../../src/dialects/gateway-api/versions.ts';
import type { Resource } from '../../../src/resources/object.ts';
import { ResourceSet } from '../../../src/resources/set.ts';

const bundleVersion = 'gateway.networking.k8s.io/bundle-version';
const channel = 'gateway.networking.k8s.io/channel';

function definition(name: string, annotations: Readonly<Record<string, string>>): Resource {
  const apiVersion = 'apiextensions.k8s.io/v1';
  const kind = 'CustomResourceDefinition';
  const reference = { apiVersion, kind, namespace: '', name };
  return {
    reference,
    object: { apiVersion, kind, metadata: { name, annotations } },
    provenance: { file: null, position: () => null },
  };
}

const gateways = 'gateways.gateway.networking.k8s.io';
const policies = 'backendtlspolicies.gateway.networking.k8s.io';
const backends = 'xbackends.gateway.networking.x-k8s.io';

function read(...definitions: readonly Resource[]) {
  return readVersions(new ResourceSet(definitions));
}

test('definitions of a release that is known are supported, whichever channel they are of', () => {
  for (const release of ['v1.1.0', 'v1.4.1', 'v1.6.3', 'v1.7.0', 'v1.7.0-rc.2', 'v1.7.9']) {
    const { verdict, findings } = read(definition(gateways, { [bundleVersion]: release, [channel]: 'standard' }));
    const { status, reason, message } = verdict;
    assert.deepEqual(
      [status, reason, message],
      ['True', 'SupportedVersion', `Gateway API ${release}, standard channel`],
    );
    assert.deepEqual(findings, []);
  }
});

test('a folder, which has no definitions, follows the newest release', () => {
  assert.equal(read().verdict.message, 'Gateway API v1.7.0, experimental channel');
});

test('a release that is not known is told once, with the definitions that are of it', () => {
  for (const release of ['v0.8.1', 'v1.0.0', 'v1.8.0', 'v2.0.0', 'v1.7', 'main', '']) {
    const annotations = release === '' ? undefined : { [bundleVersion]: release };
    const { verdict, findings } = read(
      definition(gateways, annotations ?? {}),
      definition(backends, annotations ?? {}),
      definition(policies, { [bundleVersion]: 'v1.7.0' }),
    );
    assert.deepEqual([verdict.status, verdict.reason], ['False', 'UnsupportedVersion'], release);
    assert.equal(findings.length, 1, release);
    const [{ message, severity } = { message: '', severity: '' }] = findings;
    assert.equal(severity, 'warning');
    assert.ok(message.includes(gateways) && message.includes(backends) && !message.includes(policies), message);
    if (release !== '') assert.ok(message.includes(`release ${release}`), message);
  }
});

test("definitions of other projects are none of the Gateway API's", () => {
  const { verdict } = read(
    definition(gateways, { [bundleVersion]: 'v1.7.0', [channel]: 'experimental' }),
    definition('httpproxies.projectcontour.io', {}),
    definition('gateways.networking.istio.io', {}),
  );
  assert.deepEqual([verdict.status, verdict.message], ['True', 'Gateway API v1.7.0, experimental channel']);
});

test('a policy that nobody can read is an error, and a kind that the cluster lacks is not', () => {
  const group = 'gateway.networking.k8s.io';
  const definitions = [definition(policies, { [bundleVersion]: 'v1.7.0' })];
  const of = (served: readonly string[]) =>
    readVersions(
      new ResourceSet(definitions, [], null, [{ group, kind: 'BackendTLSPolicy', read: ['v1', 'v1alpha3'], served }]),
    );
  assert.equal(of([]).verdict.status, 'True');
  const { verdict, findings } = of(['v1alpha2']);
  assert.equal(verdict.status, 'False');
  assert.match(verdict.message, /BackendTLSPolicy .* only as v1alpha2.*plain HTTP/);
  assert.deepEqual(
    findings.map(({ severity, reason }) => [severity, reason]),
    [['error', 'UnsupportedVersion']],
  );
});
