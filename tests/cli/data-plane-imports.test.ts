import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const source = resolve(import.meta.dirname, '../../src');

/** What is loaded with a file: what it imports by name, not what it imports when it is asked for, nor types. */
function loadedWith(file: string, loaded = new Set<string>()): ReadonlySet<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  const text = readFileSync(file, 'utf8');
  for (const [, specifier = ''] of text.matchAll(/^(?:import|export) (?!type\b)[^;]*?from '([^']+)';$/gms)) {
    if (specifier.startsWith('.')) loadedWith(join(dirname(file), specifier), loaded);
    else loaded.add(specifier);
  }
  return loaded;
}

test('a pod that carries traffic loads nothing that reads configurations', () => {
  const loaded = new Set(
    ['cli/main.ts', 'cli/commands/data-plane.ts'].flatMap((file) => [...loadedWith(join(source, file))]),
  );
  const names = [...loaded].map((name) => (name.startsWith(source) ? relative(source, name) : name));
  assert.ok(names.includes('dataplanes/node/remote/stream-client.ts'), 'the reader of imports works');
  const unwanted = /^(?:yaml|@peculiar|dialects\/|policies\/|resources\/|sources\/(?!kubernetes\/backoff)|status\/)/;
  assert.deepEqual(
    names.filter((name) => unwanted.test(name)),
    [],
  );
});
