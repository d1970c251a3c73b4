import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Finding } from '../../src/model/finding.ts';
import { describePosition } from '../../src/model/origin.ts';
import { originOf } from '../../src/resources/set.ts';
import { defaultFolderLimits } from '../../src/sources/folder/limits.ts';
import { loadFolder } from '../../src/sources/folder/load.ts';
import type { FolderSnapshot } from '../../src/sources/folder/reader.ts';
import { describeCause } from '../../src/sources/folder/scan.ts';
import { configMap, documents, httpRoute, makeFolder } from './folder.ts';

const names = (snapshot: FolderSnapshot): readonly string[] =>
  snapshot.objects.map(({ reference: { kind, namespace, name } }) => `${kind} ${namespace}/${name}`);

function only(findings: readonly Finding[]): Finding {
  assert.equal(findings.length, 1, JSON.stringify(findings, null, 2));
  return findings[0] as Finding;
}

const place = (finding: Finding, folder: string): string => describePosition(finding.origin).replace(`${folder}/`, '');

test('files are read recursively in the order of their paths; hidden and other files are not', async (context) => {
  const folder = makeFolder(context, {
    'b.yaml': configMap('b'),
    'a/deep/c.yml': configMap('c'),
    'd.JSON': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'd', namespace: 'shop' } }),
    '.hidden.yaml': configMap('hidden'),
    '.git/e.yaml': configMap('git'),
    'notes.txt': configMap('notes'),
  });
  const snapshot = await loadFolder([folder]);
  assert.deepEqual(names(snapshot), ['ConfigMap shop/c', 'ConfigMap shop/b', 'ConfigMap shop/d']);
  assert.deepEqual(snapshot.findings, []);
});

test('a file that is named is read whatever it is called, and once however often it is named', async (context) => {
  const folder = makeFolder(context, { 'objects.conf': configMap('a'), 'b.yaml': configMap('b') });
  const snapshot = await loadFolder([`${folder}/`, join(folder, 'objects.conf'), join(folder, '.', 'b.yaml')]);
  assert.deepEqual(names(snapshot), ['ConfigMap shop/b', 'ConfigMap shop/a']);
  assert.deepEqual(snapshot.findings, []);
});

test('a ConfigMap volume is read through its links, each object once', async (context) => {
  const folder = makeFolder(context, { '..2026_11_21/a.yaml': configMap('a') });
  symlinkSync('..2026_11_21', join(folder, '..data'));
  symlinkSync(join('..data', 'a.yaml'), join(folder, 'a.yaml'));
  const snapshot = await loadFolder([folder]);
  assert.deepEqual(names(snapshot), ['ConfigMap shop/a']);
  assert.equal(snapshot.objects[0]?.provenance.file, join(folder, 'a.yaml'));
});

test('links to folders are followed, and a link in a circle ends', async (context) => {
  const folder = makeFolder(context, { 'real/a.yaml': configMap('a'), 'elsewhere/b.yaml': configMap('b') });
  symlinkSync('..', join(folder, 'real', 'circle'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'real', 'linked'));
  assert.deepEqual(names(await loadFolder([join(folder, 'real')])), ['ConfigMap shop/a', 'ConfigMap shop/b']);
});

test('a link to nothing and a path to nothing are told', async (context) => {
  const folder = makeFolder(context, { 'a.yaml': configMap('a') });
  symlinkSync('gone', join(folder, 'broken.yaml'));
  const snapshot = await loadFolder([folder, join(folder, 'absent')]);
  assert.deepEqual(
    snapshot.findings.map((finding) => [finding.severity, finding.reason, place(finding, folder)]),
    [
      ['error', 'PathNotFound', 'absent'],
      ['error', 'BrokenLink', 'broken.yaml'],
    ],
  );
  assert.deepEqual(names(snapshot), ['ConfigMap shop/a']);
});

test('what is no file, is too large or is not UTF-8 is told; the rest is read', async (context) => {
  const folder = makeFolder(context, { 'a.yaml': configMap('a'), 'large.yaml': `# ${'x'.repeat(2000)}\n` });
  mkdirSync(join(folder, 'folder.yaml'));
  writeFileSync(join(folder, 'latin.yaml'), Buffer.from([0x61, 0x3a, 0x20, 0xff, 0x0a]));
  symlinkSync('/dev/null', join(folder, 'null.yaml'));
  const snapshot = await loadFolder([folder], { limits: { ...defaultFolderLimits, fileSize: 1000 } });
  assert.deepEqual(
    snapshot.findings.map((finding) => [finding.reason, finding.message.replace(`${folder}/`, '')]),
    [
      ['Unreadable', 'large.yaml is larger than 1000 bytes'],
      ['Unreadable', 'latin.yaml is not UTF-8 text'],
      ['Unreadable', 'null.yaml is not a regular file'],
    ],
  );
  assert.deepEqual(names(snapshot), ['ConfigMap shop/a']);
});

test('the causes of failed system calls are told in words', () => {
  const failure = (code: string): Error => Object.assign(new Error(`${code}: open 'x'`), { code });
  assert.equal(describeCause(failure('EACCES')), 'permission denied');
  assert.equal(describeCause(failure('ELOOP')), 'it is a link that leads to itself');
  assert.equal(describeCause(failure('EIO')), "EIO: open 'x'");
});

test('the number of files is bounded, and the same files are read each time', async (context) => {
  const folder = makeFolder(context, { 'c.yaml': configMap('c'), 'a.yaml': configMap('a'), 'b.yaml': configMap('b') });
  const snapshot = await loadFolder([folder], { limits: { ...defaultFolderLimits, files: 2 } });
  assert.deepEqual(names(snapshot), ['ConfigMap shop/a', 'ConfigMap shop/b']);
  assert.equal(only(snapshot.findings).reason, 'TooManyFiles');
});

test('one document that is no YAML does not hide the others', async (context) => {
  const text = documents(configMap('a'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [\n', configMap('b'));
  const folder = makeFolder(context, { 'a.yaml': text });
  const snapshot = await loadFolder([folder]);
  assert.deepEqual(names(snapshot), ['ConfigMap shop/a', 'ConfigMap shop/b']);
  const finding = only(snapshot.findings);
  assert.equal(finding.reason, 'SyntaxError');
  assert.match(place(finding, folder), /^a\.yaml:9:\d+$/);
});

test('a field that the API server would refuse is told in its words, at its place', async (context) => {
  const text = httpRoute('web').replace('port: 443', 'port: 0');
  const folder = makeFolder(context, { 'a.yaml': `# first line\n${text}` });
  const snapshot = await loadFolder([folder]);
  const finding = only(snapshot.findings);
  assert.deepEqual(names(snapshot), []);
  assert.equal(finding.reason, 'InvalidObject');
  assert.equal(
    finding.message,
    'spec.rules[0].backendRefs[0].port: Invalid value: 0: spec.rules[0].backendRefs[0].port in body should be greater than or equal to 1',
  );
  assert.equal(finding.origin.field, 'spec.rules[0].backendRefs[0].port');
  assert.equal(place(finding, folder), 'a.yaml:18:13');
  assert.equal(finding.effect, 'HTTPRoute shop/web is not in force');
});

test('unknown and duplicate fields are refused as in strict validation', async (context) => {
  const folder = makeFolder(context, {
    'a.yaml': httpRoute('web').replace('  rules:', '  hostname: x\n  rules:'),
    'b.yaml': httpRoute('api').replace('      port: 443', '      port: 443\n      port: 444'),
  });
  const { findings, objects } = await loadFolder([folder]);
  assert.deepEqual(objects, []);
  assert.deepEqual(
    findings.map((finding) => [finding.message, place(finding, folder)]),
    [
      ['strict decoding error: unknown field "spec.hostname"', 'a.yaml:10:13'],
      ['strict decoding error: duplicate field "spec.rules[0].backendRefs[0].port"', 'b.yaml:18:7'],
    ],
  );
});

test('lists are unwrapped, typed lists give their items a kind, positions stay', async (context) => {
  const folder = makeFolder(context, {
    'list.yaml': `apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a, namespace: shop}
  data: {x: "1"}
`,
    'typed.yaml': `apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRouteList
metadata: {resourceVersion: "7"}
items:
- metadata:
    name: web
    namespace: shop
  spec: {}
`,
  });
  const snapshot = await loadFolder([folder]);
  assert.deepEqual(names(snapshot), ['ConfigMap shop/a', 'HTTPRoute shop/web']);
  assert.deepEqual(snapshot.findings, []);
  const [list, typed] = snapshot.objects;
  assert.ok(list && typed);
  assert.equal(describePosition(originOf(list, 'data.x')), `${folder}/list.yaml:7:13`);
  assert.equal(describePosition(originOf(typed, 'metadata.name')), `${folder}/typed.yaml:6:11`);
});

test('defaults are filled in, and a namespaced object without a namespace is in default', async (context) => {
  const folder = makeFolder(context, { 'a.yaml': httpRoute('web').replace('  namespace: shop\n', '') });
  const [route] = (await loadFolder([folder])).objects;
  assert.equal(route?.reference.namespace, 'default');
  assert.equal(route?.object.metadata.generation, 1);
});

test('kinds of others are left alone; near misses are told', async (context) => {
  const object = (apiVersion: string, kind: string): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: x\n`;
  const folder = makeFolder(context, {
    'others.yaml': documents(
      object('apps/v1', 'Deployment'),
      object('v1', 'ServiceAccount'),
      object('v1', 'Pod'),
      object('networking.istio.io/v1', 'Gateway'),
      object('serving.knative.dev/v1', 'Service'),
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition'),
      object('networking.k8s.io/v1', 'IngressClass'),
      object('projectcontour.io/v1alpha1', 'ContourDeployment'),
    ),
    'typos.yaml': documents(
      object('gateway.networking.k8s.io/v1', 'HTPRoute'),
      object('gateway.networking.k8s.io/v9', 'HTTPRoute'),
      object('gateway.network.k8s.io/v1', 'HTTPRoute'),
      object('v1', 'Secrets'),
      object('v1', 'HTTPRoute'),
      object('projectcontour.io/v1', 'HTTPPRoxi'),
      object('networking.k8s.io/v1beta1', 'Ingress'),
    ),
    'values.yaml': 'replicas: 3\n',
  });
  const { findings } = await loadFolder([folder]);
  assert.deepEqual(
    findings.map((finding) => [finding.severity, place(finding, folder), finding.message]),
    [
      ['error', 'typos.yaml:2:7', 'no matches for kind "HTPRoute" in version "gateway.networking.k8s.io/v1"'],
      ['error', 'typos.yaml:6:13', 'no matches for kind "HTTPRoute" in version "gateway.networking.k8s.io/v9"'],
      ['warning', 'typos.yaml:11:13', 'no matches for kind "HTTPRoute" in version "gateway.network.k8s.io/v1"'],
      ['warning', 'typos.yaml:17:7', 'no matches for kind "Secrets" in version "v1"'],
      ['warning', 'typos.yaml:21:13', 'no matches for kind "HTTPRoute" in version "v1"'],
      ['warning', 'typos.yaml:27:7', 'no matches for kind "HTTPPRoxi" in version "projectcontour.io/v1"'],
      ['warning', 'typos.yaml:31:13', 'no matches for kind "Ingress" in version "networking.k8s.io/v1beta1"'],
      ['info', 'values.yaml:1:1', 'error validating data: apiVersion not set, kind not set'],
    ],
  );
});

test('of one object in two places the first counts, and both places are named', async (context) => {
  const folder = makeFolder(context, {
    'b.yaml': configMap('same', { from: 'b' }),
    'a.yaml': documents(configMap('same', { from: 'a' }), configMap('same', { from: 'a' })),
  });
  const snapshot = await loadFolder([folder]);
  assert.deepEqual(
    snapshot.objects.map(({ object }) => ('data' in object ? object.data : null)),
    [{ from: 'a' }],
  );
  assert.deepEqual(
    snapshot.findings.map((finding) => [finding.severity, place(finding, folder), finding.message]),
    [
      ['info', 'a.yaml:12:9', `ConfigMap shop/same is in ${folder}/a.yaml:4:9 already`],
      ['error', 'b.yaml:4:9', `ConfigMap shop/same is in ${folder}/a.yaml:4:9 already`],
    ],
  );
});

test('texts for excerpts keep their lines but not what is secret', async (context) => {
  const key = '-----BEGIN PRIVATE KEY-----\n    MIGHAgEAMBMGByqGSM49\n    -----END PRIVATE KEY-----';
  const secret = `apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop}
stringData:
  tls.key: |
    ${key}
  short: hunter2
data:
  folded: aHVudGVyMg==
`;
  const folder = makeFolder(context, {
    'a.yaml': documents(configMap('open', { text: 'visible' }), secret),
    'broken.yaml': `kind: Secret\ndata: {tls.key: ${'QUJD'.repeat(20)}\n`,
  });
  const { texts } = await loadFolder([folder]);
  const text = texts.get(join(folder, 'a.yaml')) ?? '';
  assert.match(text, /visible/);
  assert.match(text, /tls\.key: /);
  for (const hidden of ['hunter2', 'MIGHAgEA', 'aHVudGVyMg', 'BEGIN PRIVATE']) assert.ok(!text.includes(hidden), text);
  assert.equal(text.split('\n').length, documents(configMap('open', { text: 'visible' }), secret).split('\n').length);
  assert.ok(!texts.get(join(folder, 'broken.yaml'))?.includes('QUJD'));
});

test('a fault in the validation of one object is told and leaves the others', async (context) => {
  const folder = makeFolder(context, { 'a.yaml': documents(configMap('a'), configMap('b')) });
  const { validateObject } = await import('../../src/resources/schema/validate.ts');
  const snapshot = await loadFolder([folder], {
    validate: (value) => {
      if (JSON.stringify(value).includes('"a"')) throw new Error('out of cheese');
      return validateObject(value);
    },
  });
  assert.deepEqual(names(snapshot), ['ConfigMap shop/b']);
  assert.match(only(snapshot.findings).message, /out of cheese/);
});
