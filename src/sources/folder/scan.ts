import type { Dirent, Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, normalize, resolve, sep } from 'node:path';
import { messageOf } from '../../model/thrown.ts';
import type { FolderLimits } from './limits.ts';

/** A file to read. `path` is the given path joined with the way below it, which is also how findings name the file. */
export interface FoundFile {
  readonly path: string;
  /** Changes whenever the file's content may have: size, inode and times of what the path leads to. */
  readonly stamp: string;
}

/** Something that could not be looked at. Files below it that were known stay as they are. */
export interface ScanProblem {
  readonly path: string;
  /** `PathNotFound` is said of given paths alone. */
  readonly reason: 'PathNotFound' | 'BrokenLink' | 'Unreadable' | 'TooManyFiles' | 'TooDeep';
  readonly message: string;
}

/** A folder whose entries matter. */
export interface WatchedFolder {
  /** Absolute. */
  readonly path: string;
  /** Changes when the folder is made anew, which a watcher does not survive. */
  readonly inode: string;
  /** The entries that matter, or null for all. */
  readonly names: ReadonlySet<string> | null;
}

export interface Scan {
  /** In the order of their paths. */
  readonly files: readonly FoundFile[];
  readonly folders: readonly WatchedFolder[];
  readonly problems: readonly ScanProblem[];
}

/** Whether a file of a folder is read. Files that are named on the command line are read whatever they are called. */
export function isReadName(name: string): boolean {
  return !name.startsWith('.') && /\.(?:yaml|yml|json)$/i.test(name);
}

/**
 * Finds the files to read. Hidden entries are left out, which is how Kubernetes mounts a ConfigMap: `..data` is a link to
 * a hidden folder, and the visible names are links through `..data`. Links are followed.
 */
export async function scan(paths: readonly string[], limits: FolderLimits): Promise<Scan> {
  const walk = new Walk(limits);
  for (const path of paths) await walk.root(withoutSlash(normalize(path)));
  return walk.result();
}

class Walk {
  readonly #limits: FolderLimits;
  readonly #files = new Map<string, FoundFile>();
  readonly #folders = new Map<string, { readonly inode: string; readonly names: Set<string> | null }>();
  readonly #problems: ScanProblem[] = [];

  constructor(limits: FolderLimits) {
    this.#limits = limits;
  }

  async root(path: string): Promise<void> {
    const stats = await this.#stat(path, 'PathNotFound');
    // A given file is watched by its folder, since editors and `..data` replace it rather than write to it. The same
    // goes for a given folder that may be removed and made anew.
    await this.#watchEntry(resolve(path));
    if (stats === null) return;
    if (stats.isDirectory()) await this.#folder(path, [inode(stats)]);
    else this.#file(path, stats);
  }

  async #folder(path: string, ancestors: readonly string[]): Promise<void> {
    this.#folders.set(resolve(path), { inode: ancestors.at(-1) as string, names: null });
    if (ancestors.length > this.#limits.folderDepth) {
      this.#report(path, 'TooDeep', `${path} lies more than ${this.#limits.folderDepth} folders deep`);
      return;
    }
    let entries: Dirent[];
    try {
      entries = await readdir(path, { withFileTypes: true });
    } catch (cause) {
      if (isAbsence(cause) && ancestors.length > 1) return;
      this.#report(path, 'Unreadable', `${path} cannot be listed: ${describeCause(cause)}`);
      return;
    }
    const visible = entries.filter((entry) => !entry.name.startsWith('.'));
    await Promise.all(visible.map((entry) => this.#entry(join(path, entry.name), entry, ancestors)));
  }

  async #entry(path: string, entry: Dirent, ancestors: readonly string[]): Promise<void> {
    if (!entry.isDirectory() && !entry.isSymbolicLink() && !isReadName(entry.name)) return;
    const stats = await this.#stat(
      path,
      entry.isSymbolicLink() && isReadName(entry.name) ? 'BrokenLink' : 'overlooked',
    );
    if (stats === null) return;
    if (!stats.isDirectory()) {
      if (isReadName(entry.name)) this.#file(path, stats);
      if (entry.isSymbolicLink()) await this.#watchTarget(path);
    } else if (!ancestors.includes(inode(stats))) {
      await this.#folder(path, [...ancestors, inode(stats)]);
    }
  }

  /** Watches a folder for one of its entries. */
  async #watchEntry(path: string): Promise<void> {
    const folder = dirname(path);
    const stats = await this.#stat(folder, 'overlooked');
    if (stats === null) return;
    const known = this.#folders.get(folder);
    if (known === undefined) this.#folders.set(folder, { inode: inode(stats), names: new Set([basename(path)]) });
    else known.names?.add(basename(path));
  }

  /** What a link leads to is written without an event in the link's folder. */
  async #watchTarget(path: string): Promise<void> {
    try {
      await this.#watchEntry(await realpath(path));
    } catch (cause) {
      // Removed since it was looked at: the next event or look tells.
      if (!isAbsence(cause)) this.#report(path, 'Unreadable', `${path} cannot be followed: ${describeCause(cause)}`);
    }
  }

  #file(path: string, stats: Stats): void {
    if (!stats.isFile()) {
      this.#report(path, 'Unreadable', `${path} is not a regular file`);
    } else {
      this.#files.set(resolve(path), { path, stamp: stampOf(stats) });
    }
  }

  /**
   * Null where there is nothing to look at. What is absent is a problem where somebody named it, on the command line or
   * by a link; an entry that was listed a moment ago has just been removed.
   */
  async #stat(path: string, absence: 'PathNotFound' | 'BrokenLink' | 'overlooked'): Promise<Stats | null> {
    try {
      return await stat(path);
    } catch (cause) {
      if (isAbsence(cause) && absence === 'overlooked') return null;
      const reason = isAbsence(cause) && absence !== 'overlooked' ? absence : 'Unreadable';
      this.#report(path, reason, `${path} cannot be opened: ${describeCause(cause)}`);
      return null;
    }
  }

  #report(path: string, reason: ScanProblem['reason'], message: string): void {
    this.#problems.push({ path, reason, message });
  }

  result(): Scan {
    const files = [...this.#files.values()].sort(byPath);
    const first = files[this.#limits.files];
    if (first !== undefined) {
      const message = `there are more than ${this.#limits.files} files: ${first.path} and what follows it is not read`;
      this.#report(first.path, 'TooManyFiles', message);
    }
    return {
      files: files.slice(0, this.#limits.files),
      folders: [...this.#folders].map(([path, { inode, names }]) => ({ path, inode, names })),
      problems: this.#problems.sort(byPath),
    };
  }
}

/** The stamp of what a path leads to. */
export function stampOf(stats: Stats): string {
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`;
}

/** The cause of a failed system call in words. */
export function describeCause(cause: unknown): string {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist, or is a link to what does not exist',
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    ELOOP: 'it is a link that leads to itself',
    ENOTDIR: 'a part of its path is not a folder',
    EMFILE: 'too many files are open',
  };
  return words[code] ?? messageOf(cause);
}

function isAbsence(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENOTDIR');
}

const withoutSlash = (path: string): string => (path.length > 1 && path.endsWith(sep) ? path.slice(0, -1) : path);
const inode = (stats: Stats): string => `${stats.dev}:${stats.ino}`;
const byPath = (a: { readonly path: string }, b: { readonly path: string }): number =>
  a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
