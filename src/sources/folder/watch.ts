import { type FSWatcher, watch } from 'node:fs';
import { resolve } from 'node:path';
import type { Finding } from '../../model/finding.ts';
import { nowhere } from '../../model/origin.ts';
import { defaultFolderLimits } from './limits.ts';
import type { FolderOptions } from './load.ts';
import { FolderReader, type FolderSnapshot } from './reader.ts';
import { describeCause, isReadName } from './scan.ts';
import { validateObject } from './validator.ts';

/** Milliseconds. */
const timings = {
  /** Of silence after an event before files are read: an editor's save is several events, as is a long write. */
  quiet: 15,
  /** At most this long after the first event, however many follow. */
  patience: 120,
  /** Before a file that was seen empty is believed to be. */
  settling: 100,
  /** Between looks without an event. What no event tells of (a file system without them, a link's target) is seen then. */
  rescan: 2_000,
  /** The same where a folder cannot be watched. */
  unwatched: 500,
  /** Looking takes at most this share of the time: one part in twenty. */
  share: 20,
};

export interface FolderWatch {
  /** Stops watching; no snapshot is delivered after it. */
  close(): void;
}

/**
 * Reads files and folders and delivers a snapshot, then one for every change. The first is delivered before the promise
 * resolves. Events of the file system make it quick; a look at all files every two seconds makes it certain.
 */
export async function watchFolder(
  paths: readonly string[],
  onSnapshot: (snapshot: FolderSnapshot) => void,
  options: FolderOptions = {},
): Promise<FolderWatch> {
  const reader = new FolderReader(paths, options.validate ?? validateObject, options.limits ?? defaultFolderLimits);
  const watching = new Watching(reader, onSnapshot);
  await watching.start();
  return watching;
}

interface Watcher {
  readonly inode: string;
  readonly watcher: FSWatcher;
  names: ReadonlySet<string> | null;
}

class Watching implements FolderWatch {
  readonly #reader: FolderReader;
  readonly #onSnapshot: (snapshot: FolderSnapshot) => void;
  readonly #watchers = new Map<string, Watcher>();
  /** Why a folder cannot be watched, by its path. */
  readonly #unwatched = new Map<string, string>();
  #suspects = new Set<string>();
  #timer: NodeJS.Timeout | null = null;
  /** When the files must be looked at, at the latest, once an event has come. */
  #deadline: number | null = null;
  #looking = false;
  #closed = false;

  constructor(reader: FolderReader, onSnapshot: (snapshot: FolderSnapshot) => void) {
    this.#reader = reader;
    this.#onSnapshot = onSnapshot;
  }

  async start(): Promise<void> {
    await this.#reader.refresh(new Set());
    this.#watchFolders();
    this.#deliver();
  }

  close(): void {
    this.#closed = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #schedule(delay: number): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      // `#look` settles its own failures.
      void this.#look();
    }, delay);
  }

  #onEvent(folder: string, name: string | null): void {
    // Swap files and the like of editors; but `..data` and its kin are how Kubernetes replaces a mounted folder.
    if (name?.startsWith('.') && !name.startsWith('..')) return;
    if (name !== null && isReadName(name)) this.#suspects.add(resolve(folder, name));
    const now = performance.now();
    this.#deadline ??= now + timings.patience;
    if (!this.#looking) this.#schedule(Math.max(0, Math.min(timings.quiet, this.#deadline - now)));
  }

  async #look(): Promise<void> {
    this.#looking = true;
    this.#deadline = null;
    const suspects = this.#suspects;
    this.#suspects = new Set();
    const degraded = this.#degradation();
    const start = performance.now();
    const changed = await this.#reader.refresh(suspects);
    if (this.#closed) return;
    this.#watchFolders();
    const cost = performance.now() - start;
    if (changed || degraded !== this.#degradation()) this.#deliver();
    this.#looking = false;
    if (this.#deadline !== null) this.#schedule(timings.quiet);
    else if (this.#reader.unsettled) this.#schedule(timings.settling);
    else this.#schedule(this.#pause(cost));
  }

  /** Milliseconds until files are looked at without an event. */
  #pause(cost: number): number {
    return Math.max(this.#unwatched.size > 0 ? timings.unwatched : timings.rescan, cost * timings.share);
  }

  #deliver(): void {
    const snapshot = this.#reader.snapshot();
    const unwatched = [...this.#unwatched].map(([path, cause]) => notWatched(path, cause));
    this.#onSnapshot({ ...snapshot, findings: [...snapshot.findings, ...unwatched] });
  }

  #degradation(): string {
    return [...this.#unwatched.keys()].join('\n');
  }

  /** Watchers for the folders that there are now. A folder that was made anew needs a new one. */
  #watchFolders(): void {
    const wanted = new Map(this.#reader.folders.map((folder) => [folder.path, folder]));
    for (const [path, { inode, watcher }] of this.#watchers) {
      if (wanted.get(path)?.inode === inode) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
    for (const path of this.#unwatched.keys()) if (!wanted.has(path)) this.#unwatched.delete(path);
    for (const { path, inode, names } of wanted.values()) {
      const known = this.#watchers.get(path);
      if (known === undefined) this.#watchFolder(path, inode, names);
      else known.names = names;
    }
  }

  #watchFolder(path: string, inode: string, names: ReadonlySet<string> | null): void {
    try {
      const watcher = watch(path, (_event, name) => {
        const concerned = this.#watchers.get(path)?.names;
        if (name === null || concerned === null || concerned?.has(name)) this.#onEvent(path, name);
      });
      // A watcher that fails is made anew at the next look.
      watcher.on('error', () => this.#drop(path, watcher));
      this.#watchers.set(path, { inode, watcher, names });
      this.#unwatched.delete(path);
      // Whatever happened between the look and the watcher was told to nobody.
      this.#onEvent(path, null);
    } catch (cause) {
      this.#unwatched.set(path, describeCause(cause));
    }
  }

  #drop(path: string, watcher: FSWatcher): void {
    watcher.close();
    if (this.#watchers.get(path)?.watcher === watcher) this.#watchers.delete(path);
  }
}

function notWatched(path: string, cause: string): Finding {
  return {
    severity: 'warning',
    reason: 'NotWatched',
    message: `${path} cannot be watched: ${cause}`,
    effect: `changes are seen within ${timings.unwatched} ms rather than at once`,
    remedy: 'on Linux, raise fs.inotify.max_user_watches and fs.inotify.max_user_instances',
    origin: { ...nowhere, file: path },
  };
}
