import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import { ControlLoop } from '../../src/control/loop.ts';
import type { GatewayState } from '../../src/control/state.ts';
import { translate } from '../../src/control/translate.ts';
import type { DataPlane } from '../../src/dataplanes/dataplane.ts';
import { parseAddressPool } from '../../src/infrastructure/address-pool.ts';
import type { KeyMaterial, Model } from '../../src/model/model.ts';
import { validateObject } from '../../src/resources/schema/validate.ts';
import { type FileState, readText } from '../../src/sources/folder/file.ts';
import { defaultFolderLimits } from '../../src/sources/folder/limits.ts';
import { collectObjects, noObjects } from '../../src/sources/folder/objects.ts';

/*
 * Whatever is remembered between revisions (parsed documents, objects, shared parts of models, statuses, what a data plane
 * was told) must not be seen in the outcome: after any edits it equals what a start from scratch makes of the last files.
 */

const { certificate } = await CertificateAuthority.create('Property CA');
const other = (await CertificateAuthority.create('Other CA')).certificate;

const gateway = fc.record({ port: fc.constantFrom(8080, 8081), second: fc.boolean() }).map(
  ({ port, second }) => `apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge, namespace: shop}
spec:
  gatewayClassName: farside
  listeners:
  - {name: http, port: ${port}, protocol: HTTP}
${second ? '  - {name: other, port: 9090, protocol: HTTP, hostname: "*.example.com"}\n' : ''}`,
);
const route = fc
  .record({ name: fc.constantFrom('a', 'b', 'c'), path: fc.constantFrom('/', '/x', '/y'), weight: fc.nat(2) })
  .map(
    ({ name, path, weight }) => `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ${name}, namespace: shop}
spec:
  parentRefs: [{name: edge}]
  rules:
  - matches: [{path: {type: PathPrefix, value: ${path}}}]
    backendRefs: [{name: ${name}, port: 443, weight: ${weight}}]
`,
  );
const service = fc.constantFrom('a', 'b', 'c').map(
  (name) => `apiVersion: v1
kind: Service
metadata: {name: ${name}, namespace: shop}
spec: {ports: [{port: 443}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: ${name}, namespace: shop, labels: {kubernetes.io/service-name: ${name}}}
addressType: IPv4
endpoints: [{addresses: [127.0.0.1]}]
ports: [{port: 8443}]
`,
);
const policy = fc
  .record({ name: fc.constantFrom('a', 'b'), hostname: fc.constantFrom('a.internal', 'b.internal') })
  .map(
    ({ name, hostname }) => `apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: ${name}, namespace: shop}
spec:
  targetRefs: [{group: '', kind: Service, name: ${name}}]
  validation:
    hostname: ${hostname}
    caCertificateRefs: [{group: '', kind: ConfigMap, name: ca}]
`,
  );
const trust = fc.constantFrom(certificate, other, 'no certificate').map(
  (pem) => `apiVersion: v1
kind: ConfigMap
metadata: {name: ca, namespace: shop}
data: {ca.crt: ${JSON.stringify(pem)}}
`,
);
const invalid = fc.constantFrom(
  '# nothing\n',
  'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {port: 1}\n',
  `apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata: {name: never-valid, namespace: shop}
spec: {targetRefs: [{kind: Service, name: a}]}
`,
);
const text = fc
  .array(fc.oneof(gateway, route, route, service, policy, trust, invalid), { maxLength: 8 })
  .map((documents) => documents.join('---\n'));
const files = fc.record({ 'a.yaml': text, 'b.yaml': text });
const now = '2026-11-21T00:00:00.000Z';

/** Takes up files step by step, as `farside run` does, and returns what the data plane and the state hold in the end. */
async function run(steps: readonly Readonly<Record<string, string>>[]) {
  const pool = parseAddressPool('127.0.0.1');
  assert.ok(pool);
  const told: { model: Model; keys: KeyMaterial }[] = [];
  const dataPlane: DataPlane = {
    check: () => [],
    apply: async (model, keys, revision) => {
      told.push({ model, keys });
      return { revision, findings: [], open: Object.keys(model.listeners) };
    },
    drain: async () => {},
  };
  const faults: unknown[] = [];
  const loop = new ControlLoop({
    dataPlane,
    translate: (snapshot, addresses, time) => translate(snapshot, { pool, portOffset: 0, now: time, addresses }),
    now: () => Date.parse(now),
    onFault: (cause) => faults.push(cause),
    onState: () => {},
  });
  let states = new Map<string, FileState>();
  let objects = noObjects;
  for (const step of steps) {
    states = new Map(
      Object.entries(step).map(([path, content]) => [
        path,
        readText(path, content, states.get(path), validateObject, defaultFolderLimits),
      ]),
    );
    objects = collectObjects([...states.values()], objects);
    const { current, refused } = objects;
    loop.offer({ objects: [...current.values()].map(({ resource }) => resource), refused, findings: [] });
    await loop.settled();
  }
  await loop.stop();
  assert.deepEqual(faults, []);
  return { state: loop.state, told: told.at(-1) };
}

/** All but the count of changes, and the revision, which counts them too. */
function outcome({ model, findings, open, status, readiness }: GatewayState): unknown {
  const text = JSON.stringify({ model, findings, open, status, readiness }, (key, value: unknown) =>
    key === 'observedGeneration' ? 0 : value,
  );
  return JSON.parse(text);
}

/** A file that is refused in part keeps what it last gave, which a start from scratch cannot know. */
const isWhole = (step: Readonly<Record<string, string>>): boolean =>
  Object.values(step).every((content) => !content.includes('spec: {port: 1}'));

test('incremental equals from scratch', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(files, { minLength: 2, maxLength: 6 }), files, async (steps, last) => {
      if (!isWhole(last)) return;
      compared += 1;
      const incremental = await run([...steps, last]);
      const scratch = await run([last]);
      assert.deepEqual(outcome(incremental.state), outcome(scratch.state));
      assert.deepEqual(incremental.told?.model, incremental.state.model, 'the data plane has what the state says');
      if (scratch.told !== undefined) assert.deepEqual(incremental.told?.keys, scratch.told.keys);
    }),
    { numRuns: 120 },
  );
  assert.ok(compared > 20, `${compared} runs were compared`);
});
