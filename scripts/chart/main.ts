// `npm run chart`: makes what is made of the chart and for it, which is its roles (from the table of rights in src/) and the
// plain manifests in deploy/. With --check, tells what would change instead, and exits with 1 for anything. Needs Go for
// helm, unless .cache/helm is there; without either, only the roles are made and checked, and it says so.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { chart, NoHelmError, provideHelm, root } from './helm.ts';
import { plainManifests } from './manifests.ts';
import { rightsFiles } from './rights.ts';

const { check = false } = parseArgs({ options: { check: { type: 'boolean' } } }).values;
let drifted = false;

function put(file: string, content: string): void {
  const name = relative(root, file);
  if (existsSync(file) && readFileSync(file, 'utf8') === content) return;
  if (check) {
    drifted = true;
    console.error(`${name} is not what \`npm run chart\` makes`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    console.log(`wrote ${name}`);
  }
}

for (const [name, content] of Object.entries(rightsFiles())) put(join(chart, name), content);
try {
  put(join(root, 'deploy/farside.yaml'), plainManifests(provideHelm()));
} catch (cause) {
  if (!(cause instanceof NoHelmError)) throw cause;
  console.error(`skipped: the plain manifests. ${cause.message}`);
}
if (drifted) process.exitCode = 1;
else if (check) console.log('the chart and deploy/ are up to date');
