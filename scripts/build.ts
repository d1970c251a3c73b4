// Compiles the published package: JavaScript and types in dist/, with the data files that the sources read beside them.
import { execFileSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');
const source = join(root, 'src');
const output = join(root, 'dist');

rmSync(output, { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
  {
    stdio: 'inherit',
  },
);
for (const file of globSync('**/*.{json,cnf}', { cwd: source })) {
  const target = join(output, file);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(join(source, file), target);
}
console.log(`built ${relative(root, output)}/`);
