#!/usr/bin/env node
// Plain JavaScript that any Node ≥ 18 can read, so that an old Node gets a sentence instead of a syntax error.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const oldest = [22, 19];
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) {
  // A checkout runs its TypeScript directly; the published package has compiled JavaScript only.
  const source = new URL('../src/cli/main.ts', import.meta.url);
  const { main } = existsSync(source) ? await import(source.href) : await import('../dist/cli/main.js');
  await main(process.argv.slice(2));
} else {
  // The npm package `node`, a development dependency, brings a Node that is new enough.
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (existsSync(bundled)) {
    const child = spawnSync(bundled, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
    process.exitCode = child.status ?? 1;
  } else {
    console.error(`farside needs Node ${oldest.join('.')} or later; this is ${process.versions.node}.`);
    process.exitCode = 2;
  }
}
