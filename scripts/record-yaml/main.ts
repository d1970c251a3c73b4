import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/*
 * Records anew what Kubernetes' own YAML reader (Go module sigs.k8s.io/yaml) makes of the texts in
 * `tests/sources/yaml-corpus.json`. To add a text, add `{"yaml": "…"}` to that file and run this; it needs Go.
 */
interface Answer {
  readonly yaml: string;
}

const corpus = join(import.meta.dirname, '../../tests/sources/yaml-corpus.json');
const texts = (JSON.parse(readFileSync(corpus, 'utf8')) as readonly Answer[]).map(({ yaml }) => yaml);
const output = execFileSync('go', ['run', '.'], {
  cwd: import.meta.dirname,
  input: JSON.stringify([...new Set(texts)]),
  maxBuffer: 64 * 1024 * 1024,
  encoding: 'utf8',
});
const answers = JSON.parse(output) as readonly Answer[];
writeFileSync(corpus, `[\n${answers.map((answer) => JSON.stringify(answer)).join(',\n')}\n]\n`);
console.log(`${answers.length} texts recorded`);
