import { loadFolder } from '../../sources/folder/load.ts';
import type { FolderSnapshot } from '../../sources/folder/reader.ts';
import { UsageError } from '../flags.ts';

/** Reads the paths of a command line. A path that does not exist is wrong usage: `UsageError`. */
export async function loadPaths(paths: readonly string[]): Promise<FolderSnapshot> {
  const snapshot = await loadFolder(paths);
  const missing = snapshot.findings.find(({ reason }) => reason === 'PathNotFound');
  if (missing !== undefined) throw new UsageError(`${missing.message}; ${missing.remedy}`);
  return snapshot;
}
