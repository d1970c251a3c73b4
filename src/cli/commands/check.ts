import { describeDesired } from '../../control/desired.ts';
import type { CheckFlags, CliContext } from '../app.ts';
import { readDialectOptions } from '../dialect-options.ts';
import { renderFindings, sortFindings, summarise } from '../report/findings.ts';
import { paintFor } from '../report/paint.ts';
import { loadPaths } from './folder.ts';

/** Prints what is wrong. Exit code 1 where an error is among it. */
export async function check(this: CliContext, flags: CheckFlags, ...paths: string[]): Promise<void> {
  const { address: pool, portOffset, output } = flags;
  const dialectOptions = readDialectOptions(flags);
  const snapshot = await loadPaths(paths);
  const { findings } = describeDesired(snapshot, { pool, portOffset, now: new Date().toISOString(), dialectOptions });
  if (findings.some(({ severity }) => severity === 'error')) this.exitCode = 1;
  if (output === 'json') {
    this.stdout.write(`${JSON.stringify(sortFindings(findings), null, 2)}\n`);
    return;
  }
  const paint = paintFor(this.stdout, this.environment);
  const rendered = renderFindings(findings, snapshot.texts, paint);
  const summary = summarise(findings, snapshot.texts.size, snapshot.objects.length);
  this.stdout.write(rendered === '' ? `${summary}\n` : `${rendered}\n\n${summary}\n`);
}
