import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments } from 'yaml';
import { applyEdit } from '../../scripts/record-api-server/edits.ts';
import { schemaFiles } from '../../src/resources/generated/kinds.ts';
import { base64Fault } from '../../src/resources/schema/go-struct.ts';
import { goJson, goNumber, goQuote } from '../../src/resources/schema/go-text.ts';
import { schemaOf } from '../../src/resources/schema/load.ts';
import { type Validation, validateObject } from '../../src/resources/schema/validate.ts';

const route = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'HTTPRoute',
  metadata: { name: 'shop' },
  spec: { parentRefs: [{ name: 'edge' }], rules: [{ backendRefs: [{ name: 'orders', port: 443 }] }] },
};

function valid(result: Validation): Record<string, unknown> {
  assert.equal(result.type, 'valid', JSON.stringify(result));
  return result.type === 'valid' ? { ...result.object } : {};
}

function message(result: Validation): string {
  assert.equal(result.type, 'invalid', JSON.stringify(result));
  return result.type === 'invalid' ? result.message : '';
}

suite('an object', () => {
  test('gets its defaults and a namespace, and the input stays as it was', () => {
    const before = structuredClone(route);
    assert.deepEqual(valid(validateObject(route)), {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'shop', namespace: 'default' },
      spec: {
        parentRefs: [{ name: 'edge', group: 'gateway.networking.k8s.io', kind: 'Gateway' }],
        rules: [
          {
            backendRefs: [{ name: 'orders', port: 443, group: '', kind: 'Service', weight: 1 }],
            matches: [{ path: { type: 'PathPrefix', value: '/' } }],
          },
        ],
      },
    });
    assert.deepEqual(route, before);
  });

  test('is read in every served version and comes in the one that is stored', () => {
    const old = { ...route, apiVersion: 'gateway.networking.k8s.io/v1beta1' };
    assert.deepEqual(valid(validateObject(old)), valid(validateObject(route)));
    const grant = {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'ReferenceGrant',
      metadata: { name: 'a' },
      spec: { from: [{ group: '', kind: 'A', namespace: 'b' }], to: [{ group: '', kind: 'Service' }] },
    };
    assert.equal(valid(validateObject(grant)).apiVersion, 'gateway.networking.k8s.io/v1beta1');
  });

  test('of a version that is not served is refused by name', () => {
    const result = validateObject({ ...route, apiVersion: 'gateway.networking.k8s.io/v9' });
    assert.equal(message(result), 'no matches for kind "HTTPRoute" in version "gateway.networking.k8s.io/v9"');
  });

  test('of a kind that nothing here describes is no fault', () => {
    for (const [apiVersion, kind] of [
      ['apps/v1', 'Deployment'],
      ['v1', 'Pod'],
      ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
      ['gateway.networking.k8s.io/v1', 'constructor'],
    ]) {
      assert.deepEqual(validateObject({ apiVersion, kind }), { type: 'unknown-kind', apiVersion, kind });
    }
  });

  test('that is none is refused', () => {
    for (const value of [
      null,
      'text',
      5,
      [],
      {},
      { kind: 'Service' },
      { apiVersion: 'v1' },
      { apiVersion: 1, kind: 2 },
    ]) {
      assert.equal(validateObject(value).type, 'invalid', JSON.stringify(value));
    }
  });

  test('cannot set its status, and a cluster-scoped one has no namespace', () => {
    const result = validateObject({
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'farside', namespace: 'infra' },
      spec: { controllerName: 'farside.dev/gateway-controller' },
      status: { conditions: [] },
    });
    assert.deepEqual(valid(result), {
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'GatewayClass',
      metadata: { name: 'farside' },
      spec: { controllerName: 'farside.dev/gateway-controller' },
    });
  });

  test('keeps what tells its age and its identity', () => {
    const metadata = { name: 'a', namespace: 'b', uid: 'u', creationTimestamp: '2026-01-02T03:04:05Z', generation: 3 };
    assert.deepEqual(valid(validateObject({ ...route, metadata })).metadata, metadata);
  });

  test('with keys that mean something in JavaScript is refused or kept as data', () => {
    const spec = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as object;
    const text = message(validateObject({ ...route, spec: { ...route.spec, ...spec, toString: 1 } }));
    assert.match(text, /unknown field "spec.constructor", unknown field "spec.toString"/);
    const data = JSON.parse('{"__proto__": "x"}') as object;
    const map = valid(validateObject({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }));
    assert.deepEqual(Object.entries(map.data as object), [['__proto__', 'x']]);
    assert.equal(Object.hasOwn({}, 'polluted'), false);
  });
});

test('every violation names a field that can be found in the object', () => {
  const result = validateObject({
    ...route,
    spec: { rules: [{ matches: [{ path: { type: 'Exact', value: 'orders' } }], backendRefs: [{ name: 'orders' }] }] },
  });
  assert.deepEqual(result.type === 'invalid' ? result.violations.map(({ field }) => field) : [], [
    'spec.rules[0].matches[0].path',
    'spec.rules[0].backendRefs[0]',
  ]);
});

test('a Secret shows none of its data in a refusal', () => {
  const secret = (more: object): Validation =>
    validateObject({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, ...more });
  for (const result of [
    secret({ data: { 'tls.key': 'S0VZ!' } }),
    secret({ type: 'kubernetes.io/tls', stringData: { 'tls.key': 'KEYMATERIAL' } }),
    secret({ stringData: { 'a b': 'KEYMATERIAL' } }),
    secret({ data: { 'tls.key': ['KEYMATERIAL'] } }),
    secret({ stringData: 'KEYMATERIAL' }),
  ]) {
    assert.doesNotMatch(message(result) + JSON.stringify(result), /KEYMATERIAL|S0VZ/);
  }
});

test('stringData goes into data and wins', () => {
  const object = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'a' },
    data: { a: 'eA==', b: 'eA==' },
    stringData: { a: 'y' },
  };
  const { data, stringData, type } = valid(validateObject(object));
  assert.deepEqual([data, stringData, type], [{ a: 'eQ==', b: 'eA==' }, undefined, 'Opaque']);
});

test('an EndpointSlice may name this machine', () => {
  const slice = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { name: 'a' } };
  const endpoints = [{ addresses: ['127.0.0.1'] }];
  assert.equal(validateObject({ ...slice, addressType: 'IPv4', endpoints, ports: [] }).type, 'valid');
  assert.equal(validateObject({ ...slice, addressType: 'IPv6', endpoints: [{ addresses: ['::1'] }] }).type, 'valid');
});

test('any JSON at any place is answered, never thrown at', () => {
  const bases = parseAllDocuments(readFileSync(join(import.meta.dirname, 'bases.yaml'), 'utf8')).map((each) =>
    each.toJS(),
  );
  const place = fc.array(fc.oneof(fc.nat(), fc.string()), { minLength: 1, maxLength: 9 });
  const run = fc.property(fc.constantFrom(...bases), place, fc.jsonValue(), (base: unknown, steps, value) => {
    const result = validateObject(applyEdit(base, { path: existing(base, steps), value }));
    if (result.type === 'invalid') assert.ok(result.message !== '' && result.violations.length > 0);
  });
  fc.assert(run, { numRuns: 1000 });
});

/** The path that steps lead to from a value: each picks one of the keys that are there, and the last may be a new one. */
function existing(value: unknown, steps: readonly (number | string)[]): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let at = value;
  for (const step of steps) {
    if (typeof at !== 'object' || at === null) break;
    const keys = Object.keys(at);
    const key = typeof step === 'string' || keys.length === 0 ? String(step) : (keys[step % keys.length] ?? '');
    path.push(Array.isArray(at) ? Number.parseInt(key, 10) % (at.length + 1) || 0 : key);
    if (typeof step === 'string') break;
    at = (at as Record<string, unknown>)[key];
  }
  return path;
}

test('annotations have a limit', () => {
  const metadata = { name: 'a', annotations: { a: 'x'.repeat(256 * 1024) } };
  assert.match(
    message(validateObject({ ...route, metadata })),
    /metadata.annotations: Too long: may not be more than 262144 bytes/,
  );
});

test('every generated schema loads and all of its rules compile', () => {
  assert.equal(Object.keys(schemaFiles).length, 19);
  for (const key of Object.keys(schemaFiles)) {
    const [group = '', kind = ''] = key.split('/');
    const schema = schemaOf(group, kind);
    assert.ok(schema !== undefined, key);
    assert.ok(schema.version(schema.kind.storageVersion) !== undefined, key);
    // Of a schema's own keywords; a property may have that name.
    assert.ok(
      schema.kind.nodes.every((node) => !Object.hasOwn(node, 'description')),
      `${key} has no prose`,
    );
  }
});

test('values are printed as Go prints them', () => {
  assert.equal(goQuote('a"\\\n\x01é\u200b\u{1f600}\u{e0001}'), String.raw`"a\"\\\n\x01é\u200b😀\U000e0001"`);
  assert.equal(goJson({ b: '<&>', a: [1, null, 1e21] }), String.raw`{"a":[1,null,1e+21],"b":"\u003c\u0026\u003e"}`);
  assert.deepEqual([0, -1, 1.5, 1e20, 2 ** 31].map(goNumber), ['0', '-1', '1.5', '1e+20', '2147483648']);
});

test('base64 is read as Go reads it', () => {
  const faults = [
    '',
    'QQ==',
    'QUI=',
    'QUJD',
    'QU\nJD\r\n',
    '*',
    'QQ=',
    'QQ',
    'Q',
    'QQ=x',
    'QQ==x',
    'Q===',
    'QUI=A',
    'QQ=\n=',
  ];
  assert.deepEqual(faults.map(base64Fault), [null, null, null, null, null, 0, 3, 0, 0, 2, 4, 1, 4, null]);
});
