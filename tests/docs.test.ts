import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { test } from 'node:test';

const root = resolve(import.meta.dirname, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** The words of a union type as its source has them. */
function wordsOf(file: string, type: string): readonly string[] {
  const declaration = new RegExp(`export type ${type} =([^;]+);`).exec(read(file))?.[1] ?? '';
  const words = [...declaration.matchAll(/'([a-z0-9-]+)'/g)].map((match) => match[1] as string);
  assert.ok(words.length > 3, `${type} was found in ${file}`);
  return words;
}

test('every metric is in the guide, and the guide names no other', () => {
  const sources = ['render', 'backends', 'configuration', 'streams']
    .map((name) => read(`src/dataplanes/node/metrics/${name}.ts`))
    .join('');
  const rendered = new Set(sources.match(/(?<=')farside_\w+(?=')/g));
  const told = new Set(read('docs/observability.md').match(/farside_\w+/g));
  assert.ok(rendered.size > 20);
  assert.deepEqual([...told].sort(), [...rendered].sort());
});

test('every metric of the controllers is in the guide of clusters, and the guide names no other', () => {
  const named = (file: string): ReadonlySet<string> => new Set(read(file).match(/(?<=[`'])farside_\w+(?=[`'])/g));
  const rendered = named('src/control/cluster/controller-metrics.ts');
  const told = named('docs/kubernetes.md');
  assert.ok(rendered.size > 2);
  assert.deepEqual(
    [...rendered].filter((name) => !told.has(name)),
    [],
  );
  // Those that data planes have too.
  const ofDataPlanes = named('docs/observability.md');
  assert.deepEqual(
    [...told].filter((name) => !rendered.has(name) && !ofDataPlanes.has(name)),
    [],
  );
});

test('every reason of a failure is in the guide', () => {
  const guide = read('docs/troubleshooting.md');
  const words = [
    ...wordsOf('src/dataplanes/node/proxy/connector.ts', 'ConnectFailureReason'),
    ...wordsOf('src/dataplanes/node/proxy/failure.ts', 'FailureClass'),
    ...wordsOf('src/dataplanes/node/http/stream.ts', 'AbortReason'),
    ...wordsOf('src/dataplanes/node/tls/client-handshake-failure.ts', 'ClientHandshakeFailure'),
  ];
  assert.deepEqual(
    words.filter((word) => !guide.includes(`\`${word}\``)),
    [],
  );
});

test('links between documents lead somewhere', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })];
  const broken = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)]
      .map((match) => match[1] as string)
      .filter((link) => !/^[a-z]+:/.test(link) && !existsSync(join(root, dirname(file), link)))
      .map((link) => `${file}: ${link}`),
  );
  assert.deepEqual(broken, []);
});

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(file: string): ReadonlySet<string> {
  const text = read(file).replace(/^```.*?^```/gms, '');
  return new Set(
    [...text.matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

test('links to a place in a document lead there', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })];
  const broken = documents.flatMap((file) =>
    [...read(file).matchAll(/\]\(([^)#\s:]*)#([^)\s]+)\)/g)]
      .map(([, link = '', anchor = '']) => ({ link, anchor, target: link === '' ? file : join(dirname(file), link) }))
      .filter(({ target, anchor }) => target.endsWith('.md') && !anchorsOf(target).has(anchor))
      .map(({ link, anchor }) => `${file}: ${link}#${anchor}`),
  );
  assert.deepEqual(broken, []);
});
