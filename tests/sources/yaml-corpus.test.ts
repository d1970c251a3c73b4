import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultFolderLimits } from '../../src/sources/folder/limits.ts';
import { parseYaml } from '../../src/sources/folder/yaml/parse.ts';

/** What Kubernetes' own reader makes of a text, recorded by `scripts/record-yaml`. */
interface Answer {
  readonly yaml: string;
  readonly json?: unknown;
  readonly refused?: boolean;
}

const corpus = JSON.parse(readFileSync(join(import.meta.dirname, 'yaml-corpus.json'), 'utf8')) as readonly Answer[];

/** Where this reader differs, each with its reason. No object that people write is among them. */
const differences: readonly { readonly reason: string; readonly concerns: (text: string) => boolean }[] = [
  {
    reason: 'JSON escapes (\\/ and surrogate pairs) are read: kubectl reads files that begin with a brace as JSON',
    concerns: (text) => text.includes('\\/') || text.includes('\\ud83d'),
  },
  {
    reason: 'keys that are no integers of 53 bits are spelled as JavaScript spells numbers; no field has such a name',
    concerns: (text) =>
      /^(?:-0\.0|[-+]?\.(?:inf|nan)|\d{19,}|0x[7f]f+|1e20|1e-7|123456789\.1\d+|0\.3\d+): 1$/i.test(text.trim()),
  },
  { reason: '%YAML 1.2 is read all the same', concerns: (text) => text.startsWith('%YAML 1.2') },
  {
    reason: 'indicators at the start of a plain scalar within brackets are read as YAML 1.2 has them',
    concerns: (text) => /[[{](?:a: )?(?:\?x|:x|-|!x)[\]}]/.test(text),
  },
  {
    reason: 'content within brackets and quotes must be indented, as the YAML specification asks',
    concerns: (text) => ['a: [\n1,\n2\n]\n', "a: 'x\ny'\n", 'a: {x: 1\n, y: 2}\n'].includes(text),
  },
  { reason: 'neither a lone CR nor U+2028 ends a line', concerns: (text) => /\r(?!\n)|\u2028/.test(text) },
];

function readAsJson(text: string): Pick<Answer, 'json' | 'refused'> {
  const parsed = parseYaml(text.replace(/^\ufeff/, ''), defaultFolderLimits);
  return parsed.type === 'malformed' ? { refused: true } : { json: parsed.documents[0]?.value ?? null };
}

test('the corpus is read as Kubernetes reads it', () => {
  assert.ok(corpus.length > 700, `${corpus.length} texts`);
  for (const { yaml, ...answer } of corpus) {
    if (differences.some(({ concerns }) => concerns(yaml))) continue;
    assert.deepEqual(JSON.parse(JSON.stringify(readAsJson(yaml))), answer, JSON.stringify(yaml));
  }
});

for (const { reason, concerns } of differences) {
  test(`known difference: ${reason}`, () => {
    const texts = corpus.filter(({ yaml }) => concerns(yaml));
    assert.ok(texts.length > 0, 'no text is concerned any more');
    for (const { yaml, ...answer } of texts) {
      assert.notDeepEqual(JSON.parse(JSON.stringify(readAsJson(yaml))), answer, JSON.stringify(yaml));
    }
  });
}
