import { run } from '@stricli/core';
import { application, type CliContext, wrongUsage } from './app.ts';

/** Runs one command line. Sets `process.exitCode`: 0, 1 for a command that failed, 2 for wrong usage. */
export async function main(args: readonly string[]): Promise<void> {
  const { stdout, stderr, env } = process;
  // A reader that has seen enough (`farside translate … | head`) is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  const context: CliContext = { process: { stdout, stderr, env }, stdout, stderr, environment: env, exitCode: 0 };
  await run(application, args, context);
  const outcome = Number(context.process.exitCode ?? 0);
  // The library tells wrong usage by negative codes.
  process.exitCode = outcome < 0 ? wrongUsage : outcome || context.exitCode;
}
