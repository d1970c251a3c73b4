import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { RE2JS } from 're2js';
import { compilePattern } from '../../src/resources/schema/pattern.ts';

const generated = join(import.meta.dirname, '../../src/resources/generated');

/** Every pattern of the schemas and of their rules. */
function patterns(): readonly string[] {
  const found = new Set<string>();
  for (const file of readdirSync(generated).filter((name) => name.endsWith('.json'))) {
    const text = readFileSync(join(generated, file), 'utf8');
    JSON.parse(text, (key, value) => {
      if (key === 'pattern') found.add(value as string);
      if (Array.isArray(value) && value[0] === 'call' && value[1] === 'matches') found.add(value[2][1][1] as string);
      return value as unknown;
    });
  }
  return [...found];
}

test('patterns mean what RE2 makes of them', () => {
  const all = patterns();
  assert.ok(all.length >= 20, `${all.length} patterns`);
  for (const source of [
    ...all,
    'a.c',
    '[.]',
    '\\.',
    '^(?i)ab$',
    '\\s',
    '[^a]',
    '[]a]',
    'x{2,3}',
    '\\x41',
    '^$',
    '(?s).',
  ]) {
    const ours = compilePattern(source);
    const oracle = RE2JS.compile(source);
    const text = fc.oneof(
      fc.string({ unit: fc.constantFrom(...'aAbBzZ09-_./*:%@#?=&+,;~!$\'()|[]{}^\\" \t\nµé\u2028') }),
      fc.string({ unit: 'grapheme' }),
      fc.stringMatching(/^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/),
    );
    fc.assert(
      fc.property(text, (sample) => {
        assert.equal(ours(sample), oracle.matcher(sample).find(), source);
      }),
      { numRuns: 60 },
    );
  }
});

test('a long text does not make a pattern slow', () => {
  const subdomain = compilePattern('^([a-z]+)*$');
  assert.equal(subdomain(`${'a'.repeat(5000)}!`), false);
});
