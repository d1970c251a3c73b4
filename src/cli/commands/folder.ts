import { existsSync } from 'node:fs';
import { loadFolder } from '../../sources/folder/load.ts';
import type { FolderSnapshot } from '../../sources/folder/reader.ts';
import { UsageError } from '../flags.ts';

/** A path of the command line that does not exist is wrong usage, most likely a typo: `UsageError`. */
export function refuseMissingPaths(paths: readonly string[]): void {
  const missing = paths.find((path) => !existsSync(path));
  if (missing !== undefined) throw new UsageError(`"${missing}" does not exist: name files or folders of YAML`);
}

export async function loadPaths(paths: readonly string[]): Promise<FolderSnapshot> {
  refuseMissingPaths(paths);
  return loadFolder(paths);
}
