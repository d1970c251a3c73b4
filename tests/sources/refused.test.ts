import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { describeObject, describePosition } from '../../src/model/origin.ts';
import { validateObject } from '../../src/resources/schema/validate.ts';
import { originOf } from '../../src/resources/set.ts';
import { defaultFolderLimits } from '../../src/sources/folder/limits.ts';
import { FolderReader, type FolderSnapshot } from '../../src/sources/folder/reader.ts';
import { configMap, documents, makeFolder, writeFiles } from './folder.ts';

const kind = { group: 'gateway.networking.k8s.io', kind: 'BackendTLSPolicy' };
const refused = ({ refused: objects }: FolderSnapshot): readonly string[] =>
  objects.map(({ reference }) => describeObject(reference));

function policy(name: string, trust: string): string {
  return `apiVersion: gateway.networking.k8s.io/v1
kind: BackendTLSPolicy
metadata:
  name: ${name}
  namespace: shop
spec:
  targetRefs:
  - group: ""
    kind: Service
    name: orders
  validation:
    hostname: orders.internal
${trust}`;
}

const good = policy('orders', '    wellKnownCACertificates: System\n');
const bad = policy('orders', '');

test('what is refused and never was valid is told, with its place; what has a last good version is not', async (context) => {
  const folder = makeFolder(context, { 'a.yaml': documents(configMap('a'), bad) });
  const reader = new FolderReader([folder], validateObject, defaultFolderLimits);
  const see = async (changes: Readonly<Record<string, string>>): Promise<FolderSnapshot> => {
    writeFiles(folder, changes);
    await reader.refresh(new Set(Object.keys(changes).map((name) => join(folder, name))));
    return reader.snapshot();
  };

  const first = await see({});
  const [object] = first.resources.refused(kind);
  assert.ok(object);
  assert.deepEqual(refused(first), ['BackendTLSPolicy shop/orders']);
  assert.equal(object.field, 'spec.validation');
  assert.match(object.message, /exactly one of the fields in/);
  const place = describePosition(originOf(object, 'spec.targetRefs[0].name'));
  assert.equal(place, `${join(folder, 'a.yaml')}:16:11`);
  assert.deepEqual(first.resources.list(kind), []);

  const corrected = await see({ 'a.yaml': good });
  assert.deepEqual(refused(corrected), []);
  assert.equal(corrected.resources.list(kind).length, 1);

  const broken = await see({ 'a.yaml': bad });
  assert.deepEqual(refused(broken), [], 'the last good version is in force');
  assert.equal(broken.resources.list(kind).length, 1);

  const elsewhere = await see({ 'b.yaml': bad });
  assert.deepEqual(refused(elsewhere), [], 'the last good version is in force, whichever file has it');

  rmSync(join(folder, 'a.yaml'));
  assert.deepEqual(refused(await see({})), ['BackendTLSPolicy shop/orders'], 'the good one went with its file');
  rmSync(join(folder, 'b.yaml'));
  assert.deepEqual(refused(await see({})), []);
});

test('objects of a misspelt kind, and without a name, are told as what they were meant to be', async (context) => {
  const misspelt = bad.replace('kind: BackendTLSPolicy', 'kind: BackendTlsPolicy');
  const nameless = good.replace('  name: orders\n', '').replace('  namespace: shop\n', '  labels: {}\n');
  const folder = makeFolder(context, { 'a.yaml': documents(misspelt, nameless) });
  const reader = new FolderReader([folder], validateObject, defaultFolderLimits);
  await reader.refresh(new Set());
  assert.deepEqual(refused(reader.snapshot()), ['BackendTLSPolicy shop/orders', 'BackendTLSPolicy default/']);
});

test('nothing of a refused Secret is carried', async (context) => {
  const secret = 'apiVersion: v1\nkind: Secret\nmetadata: {name: Bad, namespace: shop}\nstringData: {key: hidden}\n';
  const folder = makeFolder(context, { 'a.yaml': secret });
  const reader = new FolderReader([folder], validateObject, defaultFolderLimits);
  await reader.refresh(new Set());
  const { refused: objects } = reader.snapshot();
  assert.equal(objects.length, 1);
  assert.doesNotMatch(JSON.stringify(objects), /hidden/);
});
