/** What a folder may hold. Beyond a limit a file or document is refused with a finding; the rest is read. */
export interface FolderLimits {
  readonly files: number;
  /** How deep folders may lie below a given path. */
  readonly folderDepth: number;
  /** Bytes of one file. */
  readonly fileSize: number;
  /** UTF-16 units of one document. The API server reads at most 3 MiB of a request. */
  readonly documentSize: number;
  /** Maps and lists inside each other. */
  readonly depth: number;
  /** Maps, lists and scalars of one document, with every alias counted as often as it is used. */
  readonly values: number;
}

export const defaultFolderLimits: FolderLimits = {
  files: 20_000,
  folderDepth: 32,
  fileSize: 64 * 1024 * 1024,
  documentSize: 3 * 1024 * 1024,
  depth: 100,
  values: 250_000,
};
