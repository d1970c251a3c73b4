import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { answerHello } from './acceptors.ts';
import { startServer } from './server.ts';

const run = promisify(execFile);
const version = 'v2.2.1+incompatible';
const folder = fileURLToPath(new URL('../../.cache/h2spec/', import.meta.url));
const binary = join(folder, process.platform === 'win32' ? 'h2spec.exe' : 'h2spec');

/** Builds h2spec once per checkout; the result is why there is none, or null. */
async function build(): Promise<string | null> {
  if (existsSync(binary)) return null;
  try {
    await run('go', ['version']);
  } catch {
    return 'Go is not installed, and h2spec is a Go program';
  }
  await mkdir(folder, { recursive: true });
  try {
    await run('go', ['install', `github.com/summerwind/h2spec/cmd/h2spec@${version}`], {
      env: { ...process.env, GOBIN: folder },
    });
  } catch (error) {
    return `Go could not build h2spec: ${error instanceof Error ? error.message.split('\n').at(-2) : ''}`;
  }
  return null;
}

describe('h2spec', () => {
  let reason: string | null = null;
  before(async () => {
    reason = await build();
  });

  for (const tls of [false, true]) {
    it(`passes whole over ${tls ? 'TLS' : 'cleartext'}`, async (test) => {
      if (reason !== null) {
        test.skip(reason);
        return;
      }
      const server = await startServer(answerHello, { tls });
      try {
        const options = ['--host', '127.0.0.1', '--port', String(server.port), '--timeout', '1', '--strict'];
        const output = await h2spec(tls ? [...options, '--tls', '--insecure'] : options);
        const counts = /(\d+) tests, (\d+) passed, (\d+) skipped, (\d+) failed/.exec(output);
        assert.ok(counts !== null, output);
        assert.ok(Number(counts[1]) >= 145, `only ${counts[1]} cases ran`);
        assert.equal(counts[2], counts[1], output.slice(output.lastIndexOf('Failures:')));
      } finally {
        await server.close();
      }
    });
  }
});

/** h2spec's output, whether or not cases failed. */
async function h2spec(options: readonly string[]): Promise<string> {
  try {
    return (await run(binary, options)).stdout;
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string') return error.stdout;
    throw error;
  }
}
