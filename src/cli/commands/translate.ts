import { stringify } from 'yaml';
import { describeDesired } from '../../control/desired.ts';
import type { CliContext, TranslateFlags } from '../app.ts';
import { readDialectOptions } from '../dialect-options.ts';
import { loadPaths } from './folder.ts';

/** Prints model, status and findings as one document. Opens nothing. */
export async function translate(this: CliContext, flags: TranslateFlags, ...paths: string[]): Promise<void> {
  const { address: pool, portOffset, output } = flags;
  const dialectOptions = readDialectOptions(flags);
  const snapshot = await loadPaths(paths);
  const desired = describeDesired(snapshot, { pool, portOffset, now: new Date().toISOString(), dialectOptions });
  // Equal values are written out each time: aliases are for authors, and some readers refuse them.
  const text =
    output === 'json'
      ? `${JSON.stringify(desired, null, 2)}\n`
      : stringify(desired, { aliasDuplicateObjects: false, lineWidth: 0 });
  this.stdout.write(text);
}
