import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const version = 'v2.2.1+incompatible';
const folder = fileURLToPath(new URL('../../.cache/h2spec/', import.meta.url));
const name = process.platform === 'win32' ? 'h2spec.exe' : 'h2spec';
const binary = join(folder, name);

/** Builds h2spec once per checkout; the result is why there is none, or null. */
export async function buildH2spec(): Promise<string | null> {
  if (existsSync(binary)) return null;
  try {
    await run('go', ['version']);
  } catch {
    return 'Go is not installed, and h2spec is a Go program';
  }
  await mkdir(folder, { recursive: true });
  // Test files run side by side, and none of them may run what another is still writing.
  const target = await mkdtemp(join(folder, 'build-'));
  try {
    await run('go', ['install', `github.com/summerwind/h2spec/cmd/h2spec@${version}`], {
      env: { ...process.env, GOBIN: target },
    });
    await rename(join(target, name), binary);
  } catch (error) {
    return `Go could not build h2spec: ${error instanceof Error ? error.message.split('\n').at(-2) : ''}`;
  } finally {
    await rm(target, { recursive: true, force: true });
  }
  return null;
}

export interface H2specTarget {
  readonly port: number;
  readonly tls: boolean;
  readonly path?: string;
  /** Titles of cases that must fail, because what they ask for is wrong here: whoever gives one says why. */
  readonly wrong?: readonly string[];
}

/** Runs all cases of h2spec, and asserts that each passes but for those that must not. */
export async function assertH2spec({ port, tls, path = '/', wrong = [] }: H2specTarget): Promise<void> {
  const options = ['--host', '127.0.0.1', '--port', String(port), '--path', path, '--timeout', '1', '--strict'];
  const output = await outputOf(tls ? [...options, '--tls', '--insecure'] : options);
  const counts = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(output);
  assert.ok(counts !== null, output);
  assert.ok(Number(counts[1]) >= 145, `only ${counts[1]} cases ran`);
  const failures = output.lastIndexOf('Failures:');
  const failed = failures < 0 ? [] : [...output.slice(failures).matchAll(/× \d+: (.*)/g)].map(([, title]) => title);
  assert.deepEqual(failed, wrong, output.slice(failures));
  assert.equal(counts[3], '0', 'no case was skipped');
}

/** h2spec's output, whether or not cases failed. */
async function outputOf(options: readonly string[]): Promise<string> {
  try {
    return (await run(binary, options)).stdout;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return error.stdout;
    throw error;
  }
}
