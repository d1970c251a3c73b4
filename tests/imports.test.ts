import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { test } from 'node:test';

const source = resolve(import.meta.dirname, '../src');

/** Which rooms a room may import, itself aside. The order is the flow of `docs/architecture`: nothing points back. */
const directions: Readonly<Record<string, readonly string[]>> = {
  model: [],
  resources: ['model'],
  policies: ['model', 'resources'],
  sources: ['model', 'resources'],
  status: ['model', 'resources'],
  dialects: ['model', 'resources', 'policies'],
  dataplanes: ['model'],
  infrastructure: ['model', 'resources', 'policies'],
  diagnosis: ['model', 'resources', 'policies'],
  control: [
    'model',
    'resources',
    'policies',
    'sources',
    'status',
    'dialects',
    'dataplanes',
    'infrastructure',
    'diagnosis',
  ],
  cli: ['model', 'resources', 'sources', 'dialects', 'infrastructure', 'dataplanes', 'diagnosis', 'control'],
};

/** Rooms whose folders must not know each other: one dialect never imports another, nor one data plane another. */
const partitioned = ['dialects', 'dataplanes'];
/** Rooms that must be free of I/O, clock and randomness. */
const pure = ['model', 'policies', 'dialects', 'status'];
const impureModules = /^node:(fs|net|tls|http|http2|https|dns|child_process|worker_threads|timers|os|process)(\/|$)/;
const impureCalls =
  /\b(Date\.now\(|new Date\(\)|Math\.random\(|performance\.now\(|process\.(env|hrtime|argv)|randomBytes\(|randomUUID\()/;

const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

function importsOf(file: string): string[] {
  const text = readFileSync(join(source, file), 'utf8');
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g,
  );
  return [...found].map((match) => (match[1] ?? match[2]) as string);
}

function inner(file: string, specifier: string): string {
  return relative(source, resolve(source, dirname(file), specifier));
}

test('the reader of imports finds them', () => {
  const count = files.reduce((sum, file) => sum + importsOf(file).length, 0);
  assert.ok(files.length > 15 && count > files.length / 2, `${count} imports in ${files.length} files`);
});

for (const file of files) {
  const [room = '', part = ''] = file.split(sep);
  if (room.endsWith('.ts')) continue;
  test(`src/${file} imports only what its room may`, () => {
    const allowed = directions[room];
    assert.ok(allowed, `src/${room} is not a known room: add it to the table with what it may import`);
    for (const specifier of importsOf(file)) {
      if (!specifier.startsWith('.')) {
        assert.ok(
          !(pure.includes(room) && impureModules.test(specifier)),
          `${room} is free of I/O, but imports ${specifier}`,
        );
        continue;
      }
      const [otherRoom = '', otherPart = ''] = inner(file, specifier).split(sep);
      if (otherRoom === room) {
        const sameFolder = part === otherPart || otherPart.endsWith('.ts');
        assert.ok(
          !partitioned.includes(room) || sameFolder || part.endsWith('.ts'),
          `${part} and ${otherPart} must not know each other`,
        );
      } else {
        assert.ok(allowed.includes(otherRoom), `${room} must not import ${otherRoom} (${specifier})`);
      }
    }
  });
  if (pure.includes(room)) {
    test(`src/${file} uses no clock, randomness or environment`, () => {
      const call = impureCalls.exec(readFileSync(join(source, file), 'utf8'));
      assert.equal(call, null, `found ${call?.[0]}`);
    });
  }
}
