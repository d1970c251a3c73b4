import { defaultFolderLimits, type FolderLimits } from './limits.ts';
import { FolderReader, type FolderSnapshot } from './reader.ts';
import { type ValidateObject, validateObject } from './validator.ts';

export interface FolderOptions {
  readonly limits?: FolderLimits;
  readonly validate?: ValidateObject;
}

/**
 * Reads files and folders once. Never rejects for what they hold or lack: that is told in findings, and a path that does
 * not exist in a finding with the reason `PathNotFound`.
 */
export async function loadFolder(paths: readonly string[], options: FolderOptions = {}): Promise<FolderSnapshot> {
  const reader = new FolderReader(paths, options.validate ?? validateObject, options.limits ?? defaultFolderLimits);
  await reader.refresh(new Set());
  return reader.snapshot();
}
