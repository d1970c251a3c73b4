import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { validateObject } from '../../src/resources/schema/validate.ts';
import { originOf } from '../../src/resources/set.ts';
import { readText } from '../../src/sources/folder/file.ts';
import { defaultFolderLimits } from '../../src/sources/folder/limits.ts';
import { loadFolder } from '../../src/sources/folder/load.ts';
import { collectObjects, noObjects } from '../../src/sources/folder/objects.ts';
import { FolderReader, type FolderSnapshot } from '../../src/sources/folder/reader.ts';
import { configMap, documents, httpRoute, makeFolder, writeFiles } from './folder.ts';

const names = (snapshot: FolderSnapshot): readonly string[] => snapshot.objects.map(({ reference }) => reference.name);
const messages = (snapshot: FolderSnapshot): readonly string[] => snapshot.findings.map(({ message }) => message);
const effects = (snapshot: FolderSnapshot): readonly (string | undefined)[] =>
  snapshot.findings.map(({ effect }) => effect);
const generationOf = (snapshot: FolderSnapshot, name: string): number | undefined =>
  snapshot.objects.find(({ reference }) => reference.name === name)?.object.metadata.generation;

/** A reader of a temporary folder, and what it sees after a change. */
function open(context: TestContext, files: Readonly<Record<string, string>>) {
  const folder = makeFolder(context, files);
  const reader = new FolderReader([folder], validateObject, defaultFolderLimits);
  return {
    folder,
    reader,
    async see(changes: Readonly<Record<string, string>> = {}): Promise<FolderSnapshot> {
      writeFiles(folder, changes);
      await reader.refresh(new Set(Object.keys(changes).map((name) => join(folder, name))));
      return reader.snapshot();
    },
  };
}

test('what did not change is the same value', async (context) => {
  const { see } = open(context, { 'a.yaml': documents(configMap('a'), configMap('b')), 'c.yaml': configMap('c') });
  const before = await see();
  const after = await see({ 'a.yaml': documents(configMap('a'), configMap('b', { x: '1' })) });
  assert.deepEqual(names(after), ['a', 'b', 'c']);
  assert.equal(after.objects[0], before.objects[0]);
  assert.notEqual(after.objects[1], before.objects[1]);
  assert.equal(after.objects[2], before.objects[2]);
});

test('an object that only moved keeps its object and gets its new position', async (context) => {
  const { see } = open(context, { 'a.yaml': documents(configMap('a'), configMap('b')) });
  const before = await see();
  const after = await see({ 'a.yaml': documents(configMap('a', { x: '1' }), configMap('b')) });
  const [old, moved] = [before.objects[1], after.objects[1]];
  assert.ok(old && moved);
  assert.notEqual(moved, old);
  assert.equal(moved.object, old.object);
  assert.deepEqual([originOf(old, '').line, originOf(moved, '').line], [7, 9]);
});

test('a comment changes neither the object nor its generation', async (context) => {
  const { see } = open(context, { 'a.yaml': httpRoute('a') });
  const before = await see();
  const after = await see({ 'a.yaml': httpRoute('a').replace('spec:', 'spec: # now with a comment') });
  assert.equal(after.objects[0]?.object, before.objects[0]?.object);
});

test('the generation counts changes of what is desired', async (context) => {
  const { see } = open(context, { 'a.yaml': httpRoute('a') });
  assert.equal(generationOf(await see(), 'a'), 1);
  const labelled = httpRoute('a', '/x').replace('  name: a\n', '  name: a\n  labels: {x: y}\n');
  assert.equal(generationOf(await see({ 'a.yaml': httpRoute('a', '/x') }), 'a'), 2);
  assert.equal(generationOf(await see({ 'a.yaml': labelled }), 'a'), 2);
  assert.equal(generationOf(await see({ 'a.yaml': httpRoute('a', '/y') }), 'a'), 3);
  await see({ 'a.yaml': configMap('other') });
  assert.equal(generationOf(await see({ 'a.yaml': httpRoute('a') }), 'a'), 1, 'it is another object now');
});

test('a file that no longer parses leaves what it last gave', async (context) => {
  const { see } = open(context, { 'a.yaml': documents(configMap('a'), configMap('b')), 'c.yaml': configMap('c') });
  await see();
  const broken = await see({ 'a.yaml': documents(configMap('a', { x: '1' }), 'kind: [\n') });
  assert.deepEqual(names(broken), ['a', 'c', 'b']);
  assert.equal(generationOf(broken, 'a'), 2, 'the documents that are right go on');
  assert.deepEqual(effects(broken), [
    'ConfigMap shop/b, which the file no longer gives, stay in force as they last were',
  ]);
  assert.equal(originOf(broken.objects[2] as never, '').line, null, 'the text of its position is gone');
  const stillBroken = await see({ 'a.yaml': 'kind: [\n' });
  assert.deepEqual(names(stillBroken), ['c', 'a', 'b']);
  const repaired = await see({ 'a.yaml': configMap('b') });
  assert.deepEqual([names(repaired), messages(repaired)], [['b', 'c'], []]);
});

test('an object that no longer validates stays as it last was; what is removed beside it is removed', async (context) => {
  const { see } = open(context, { 'a.yaml': documents(httpRoute('a'), httpRoute('b'), httpRoute('c')) });
  await see();
  const refused = httpRoute('b').replace('port: 443', 'port: 99999');
  const after = await see({ 'a.yaml': documents(httpRoute('a', '/new'), refused) });
  assert.deepEqual(names(after), ['a', 'b']);
  assert.deepEqual(effects(after), ['HTTPRoute shop/b stays in force as it last was']);
  assert.equal(generationOf(after, 'b'), 1);
  const corrected = await see({ 'a.yaml': documents(httpRoute('a', '/new'), httpRoute('b', '/b')) });
  assert.deepEqual([generationOf(corrected, 'b'), messages(corrected)], [2, []]);
});

test('a misspelt kind does not remove the object', async (context) => {
  const { see } = open(context, { 'a.yaml': httpRoute('a') });
  await see();
  const after = await see({ 'a.yaml': httpRoute('a').replace('HTTPRoute', 'HTTRoute') });
  assert.deepEqual(names(after), ['a']);
  assert.deepEqual(messages(after), ['no matches for kind "HTTRoute" in version "gateway.networking.k8s.io/v1"']);
});

test('an object that moved to another file comes from there, though its first file is broken', async (context) => {
  const { see } = open(context, { 'a.yaml': configMap('x', { from: 'a' }) });
  await see();
  const after = await see({ 'a.yaml': 'kind: [\n', 'b.yaml': configMap('x', { from: 'b' }) });
  assert.deepEqual(
    after.objects.map(({ object }) => 'data' in object && object.data),
    [{ from: 'b' }],
  );
  assert.equal(generationOf(after, 'x'), 2);
});

test('a removed file takes its objects with it, a removed root does not', async (context) => {
  const { folder, see } = open(context, {
    'a.yaml': configMap('a'),
    'sub/b.yaml': configMap('b'),
    'c.yaml': configMap('c'),
  });
  await see();
  unlinkSync(join(folder, 'a.yaml'));
  rmSync(join(folder, 'sub'), { recursive: true });
  assert.deepEqual(names(await see()), ['c']);
  renameSync(folder, `${folder}.away`);
  context.after(() => rmSync(`${folder}.away`, { recursive: true, force: true }));
  const rootless = await see();
  assert.deepEqual(names(rootless), ['c']);
  assert.deepEqual(effects(rootless), ['the objects that it last gave stay in force']);
  mkdirSync(folder);
  const anew = await see({ 'd.yaml': configMap('d') });
  assert.deepEqual([names(anew), messages(anew)], [['d'], []]);
});

test('a file that is suddenly empty is believed when it is seen so twice', async (context) => {
  const { reader, see } = open(context, { 'a.yaml': configMap('a') });
  await see();
  assert.deepEqual(names(await see({ 'a.yaml': '' })), ['a']);
  assert.equal(reader.unsettled, true);
  assert.deepEqual(names(await see()), []);
  assert.equal(reader.unsettled, false);
});

test('two writes within one tick of the clock are told apart where an event names the file', async (context) => {
  const { see } = open(context, { 'a.yaml': configMap('a', { x: '1' }) });
  await see();
  for (let round = 2; round < 10; round += 1) {
    const [object] = (await see({ 'a.yaml': configMap('a', { x: `${round}` }) })).objects;
    assert.deepEqual(object?.object && 'data' in object.object && object.object.data, { x: `${round}` });
  }
});

test('reading anew after edits equals reading from scratch', async () => {
  const name = fc.constantFrom('a', 'b', 'c', 'd');
  const document = fc.oneof(
    fc.record({ name, value: fc.nat(2) }).map((it) => configMap(it.name, { x: `${it.value}` })),
    name.map((it) => httpRoute(it)),
    fc.constant('# nothing\n'),
  );
  const text = fc.array(document, { maxLength: 5 }).map((list) => documents(...list));
  const files = fc.record({ 'a.yaml': text, 'b.yaml': text });
  await fc.assert(
    fc.asyncProperty(fc.array(files, { minLength: 2, maxLength: 6 }), async (steps) => {
      let states = new Map<string, ReturnType<typeof readText>>();
      let objects = noObjects;
      for (const step of steps) {
        states = new Map(
          Object.entries(step).map(([path, content]) => [
            path,
            readText(path, content, states.get(path), validateObject, defaultFolderLimits),
          ]),
        );
        objects = collectObjects([...states.values()], objects);
      }
      const last = Object.entries(steps.at(-1) ?? {}).map(([path, content]) =>
        readText(path, content, undefined, validateObject, defaultFolderLimits),
      );
      const scratch = collectObjects(last, noObjects);
      assert.deepEqual(describe(objects), describe(scratch));
    }),
    { numRuns: 150 },
  );
});

/** All of the objects in force but the count of their changes. */
function describe({ current }: ReturnType<typeof collectObjects>): readonly unknown[] {
  return [...current.values()].map(({ resource }) => [
    { ...resource.object, metadata: { ...resource.object.metadata, generation: 0 } },
    resource.provenance.file,
    resource.provenance.position('data.x'),
  ]);
}

test('loading twice gives equal snapshots', async (context) => {
  const folder = makeFolder(context, { 'a.yaml': documents(httpRoute('a'), 'x: [\n'), 'b.yaml': configMap('a') });
  const [first, second] = [await loadFolder([folder]), await loadFolder([folder])];
  assert.deepEqual(first.findings, second.findings);
  assert.deepEqual(
    first.objects.map(({ object }) => object),
    second.objects.map(({ object }) => object),
  );
});
