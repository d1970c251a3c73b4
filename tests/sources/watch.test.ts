import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FolderSnapshot } from '../../src/sources/folder/reader.ts';
import { watchFolder } from '../../src/sources/folder/watch.ts';
import { configMap, documents, makeFolder, writeFiles } from './folder.ts';

/** The snapshots of a folder, and a way to wait for the one that holds certain objects. */
async function watching(context: TestContext, paths: readonly string[]) {
  const snapshots: FolderSnapshot[] = [];
  let arrived: () => void = () => {};
  const watch = await watchFolder(paths, (snapshot) => {
    snapshots.push(snapshot);
    arrived();
  });
  context.after(() => watch.close());
  return {
    snapshots,
    /** Resolves when the objects in force are these, each told with its data. */
    async holds(...expected: readonly string[]): Promise<FolderSnapshot> {
      for (;;) {
        const last = snapshots.at(-1);
        if (last !== undefined && String(told(last)) === String(expected)) return last;
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
  };
}

function told(snapshot: FolderSnapshot): readonly string[] {
  return snapshot.objects.map(({ reference, object }) => {
    const data = 'data' in object ? Object.values(object.data as Record<string, string>).join() : '';
    return data === '' ? reference.name : `${reference.name}=${data}`;
  });
}

// A test that waits for what never comes ends here.
const options = { timeout: 20_000 };

test('writing, adding, replacing and removing files', options, async (context) => {
  const folder = makeFolder(context, { 'a.yaml': configMap('a') });
  const { holds, snapshots } = await watching(context, [folder]);
  assert.equal(snapshots.length, 1, 'the first snapshot comes before the promise resolves');
  writeFiles(folder, { 'a.yaml': configMap('a', { x: '1' }) });
  await holds('a=1');
  writeFiles(folder, { 'sub/deep/b.yaml': configMap('b') });
  await holds('a=1', 'b');
  writeFileSync(join(folder, '.a.yaml.swp'), configMap('a', { x: '2' }));
  renameSync(join(folder, '.a.yaml.swp'), join(folder, 'a.yaml'));
  await holds('a=2', 'b');
  writeFiles(folder, { 'sub/deep/b.yaml': configMap('b', { x: '3' }) });
  await holds('a=2', 'b=3');
  rmSync(join(folder, 'sub'), { recursive: true });
  await holds('a=2');
  unlinkSync(join(folder, 'a.yaml'));
  await holds();
});

test('a ConfigMap volume that is swapped again and again', options, async (context) => {
  const folder = makeFolder(context);
  const swap = (version: number): void => {
    writeFiles(folder, { [`..v${version}/a.yaml`]: configMap('a', { x: `${version}` }) });
    symlinkSync(`..v${version}`, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    rmSync(join(folder, `..v${version - 1}`), { recursive: true, force: true });
  };
  swap(1);
  symlinkSync(join('..data', 'a.yaml'), join(folder, 'a.yaml'));
  const { holds } = await watching(context, [folder]);
  for (let version = 2; version < 6; version += 1) {
    swap(version);
    await holds(`a=${version}`);
  }
});

test('a single file that is replaced, and what a link leads to', options, async (context) => {
  const folder = makeFolder(context, { 'real/a.yaml': configMap('a'), 'b.yaml': configMap('b') });
  mkdirSync(join(folder, 'links'));
  symlinkSync(join(folder, 'real', 'a.yaml'), join(folder, 'links', 'a.yaml'));
  const { holds } = await watching(context, [join(folder, 'b.yaml'), join(folder, 'links')]);
  await holds('b', 'a');
  writeFiles(folder, { 'real/a.yaml': configMap('a', { x: '1' }) });
  await holds('b', 'a=1');
  writeFiles(folder, { 'b.new': configMap('b', { x: '2' }) });
  renameSync(join(folder, 'b.new'), join(folder, 'b.yaml'));
  await holds('b=2', 'a=1');
});

test('a folder that is removed and made anew', options, async (context) => {
  const parent = makeFolder(context, { 'conf/a.yaml': configMap('a') });
  const { holds, snapshots } = await watching(context, [join(parent, 'conf')]);
  for (let round = 1; round < 4; round += 1) {
    renameSync(join(parent, 'conf'), join(parent, `old${round}`));
    mkdirSync(join(parent, 'conf'));
    writeFiles(parent, { 'conf/a.yaml': configMap('a', { x: `${round}` }) });
    await holds(`a=${round}`);
    writeFiles(parent, { 'conf/a.yaml': configMap('a', { x: `${round}-again` }) });
    await holds(`a=${round}-again`);
  }
  assert.deepEqual(snapshots.at(-1)?.findings, []);
});

test('a path that is missing at first is watched for', options, async (context) => {
  const parent = makeFolder(context);
  const { holds, snapshots } = await watching(context, [join(parent, 'conf')]);
  assert.deepEqual(
    snapshots[0]?.findings.map(({ reason }) => reason),
    ['PathNotFound'],
  );
  writeFiles(parent, { 'conf/a.yaml': configMap('a') });
  assert.deepEqual((await holds('a')).findings, []);
});

test('many writes in a row end in what was written last', options, async (context) => {
  const folder = makeFolder(context, { 'a.yaml': configMap('a') });
  const { holds, snapshots } = await watching(context, [folder]);
  for (let round = 0; round < 200; round += 1) {
    const others = Array.from({ length: 5 }, (_, index) => configMap(`other${index}`));
    writeFiles(folder, { 'a.yaml': documents(configMap('a', { x: `${round}` }), ...others) });
    if (round % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await holds('a=199', 'other0', 'other1', 'other2', 'other3', 'other4');
  assert.ok(snapshots.length < 50, `${snapshots.length} snapshots for 200 writes`);
});

test('nothing is delivered after close', options, async (context) => {
  const folder = makeFolder(context, { 'a.yaml': configMap('a') });
  let delivered = 0;
  const watch = await watchFolder([folder], () => {
    delivered += 1;
  });
  writeFiles(folder, { 'a.yaml': configMap('a', { x: '1' }) });
  watch.close();
  const other = await watching(context, [folder]);
  writeFiles(folder, { 'b.yaml': configMap('b') });
  await other.holds('a=1', 'b');
  assert.equal(delivered, 1);
});
