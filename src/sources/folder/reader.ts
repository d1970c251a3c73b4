import { resolve, sep } from 'node:path';
import type { Finding } from '../../model/finding.ts';
import type { RefusedObject, Resource } from '../../resources/object.ts';
import { ResourceSet } from '../../resources/set.ts';
import { type FileState, readText, textForExcerpts } from './file.ts';
import { byPlace, findingOfRepetition, findingOfScan, findingsOfFile } from './findings.ts';
import type { FolderLimits } from './limits.ts';
import { collectObjects, noObjects } from './objects.ts';
import { readBounded } from './read.ts';
import { type Scan, type ScanProblem, scan, type WatchedFolder } from './scan.ts';
import type { ValidateObject } from './validator.ts';

/** The objects of files and folders at one moment. */
export interface FolderSnapshot {
  readonly resources: ResourceSet;
  /** In the order of their files. */
  readonly objects: readonly Resource[];
  /** What was refused, where no earlier version of it is in force. */
  readonly refused: readonly RefusedObject[];
  /** In the order of their places. */
  readonly findings: readonly Finding[];
  /** For excerpts, by the path that origins carry; the values of Secrets are made unreadable. */
  readonly texts: ReadonlyMap<string, string>;
}

interface KnownFile {
  readonly stamp: string;
  readonly state: FileState;
  readonly problem: ScanProblem | null;
}

const noFile = (path: string): FileState => ({
  path,
  text: '',
  documents: [],
  given: new Map(),
  repeated: [],
  refused: [],
});

/** Reads files again and again, and remembers what did not change. */
export class FolderReader {
  readonly #paths: readonly string[];
  readonly #validate: ValidateObject;
  readonly #limits: FolderLimits;
  #files: ReadonlyMap<string, KnownFile> = new Map();
  #scan: Scan = { files: [], folders: [], problems: [] };
  #objects = noObjects;
  readonly #emptied = new Set<string>();

  constructor(paths: readonly string[], validate: ValidateObject, limits: FolderLimits) {
    this.#paths = paths;
    this.#validate = validate;
    this.#limits = limits;
  }

  /** Folders whose entries matter. */
  get folders(): readonly WatchedFolder[] {
    return this.#scan.folders;
  }

  /**
   * Whether a file that held objects was just seen empty. Someone is likely in the middle of writing it, so its objects
   * stay until it is seen empty once more.
   */
  get unsettled(): boolean {
    return this.#emptied.size > 0;
  }

  /**
   * Looks at all files and reads those that may have changed; `suspects` (absolute paths) are read whatever their stamp says, since a
   * stamp does not tell two writes within one tick of the file system's clock apart. Tells whether anything changed.
   */
  async refresh(suspects: ReadonlySet<string>): Promise<boolean> {
    const found = await scan(this.#paths, this.#limits);
    const files = new Map<string, KnownFile>();
    for (const { path, stamp } of found.files) {
      const known = this.#files.get(path);
      const settled = known?.stamp === stamp && known.problem === null && !this.#emptied.has(path);
      files.set(path, settled && !suspects.has(resolve(path)) ? known : this.#read(path, stamp, known));
    }
    for (const [path, known] of this.#files) {
      if (!files.has(path) && found.problems.some((problem) => covers(problem, path))) files.set(path, known);
    }
    const changed = !sameFiles(files, this.#files) || !sameProblems(found.problems, this.#scan.problems);
    this.#files = new Map([...files].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    this.#scan = found;
    for (const path of this.#emptied) if (!files.has(path)) this.#emptied.delete(path);
    return changed;
  }

  #read(path: string, stamp: string, known: KnownFile | undefined): KnownFile {
    const read = readBounded(path, this.#limits.fileSize);
    if ('problem' in read) {
      const problem: ScanProblem = { path, reason: 'Unreadable', message: `${path} ${read.problem}` };
      return { stamp, state: known?.state ?? noFile(path), problem };
    }
    if (read.text === known?.state.text) {
      this.#emptied.delete(path);
      return { ...known, stamp, problem: null };
    }
    if (read.text.trim() === '' && known !== undefined && known.state.given.size > 0 && !this.#emptied.has(path)) {
      this.#emptied.add(path);
      return known;
    }
    this.#emptied.delete(path);
    const state = readText(path, read.text, known?.state, this.#validate, this.#limits);
    return { stamp, state, problem: null };
  }

  /** What the files hold as of the last refresh. */
  snapshot(): FolderSnapshot {
    const states = [...this.#files.values()].map(({ state }) => state);
    this.#objects = collectObjects(states, this.#objects);
    const { current, repetitions, refused } = this.#objects;
    const objects = [...current.values()].map(({ resource }) => resource);
    const unreadable = [...this.#files.values()].flatMap(({ problem }) => problem ?? []);
    const findings = [
      ...[...this.#scan.problems, ...unreadable].map((problem) => findingOfScan(problem, this.#gives(problem))),
      ...states.flatMap(findingsOfFile),
      ...repetitions.map(findingOfRepetition),
    ];
    return {
      resources: new ResourceSet(objects, refused),
      objects,
      refused,
      findings: findings.sort(byPlace),
      texts: new Map(states.map((state) => [state.path, textForExcerpts(state)])),
    };
  }

  #gives(problem: ScanProblem): boolean {
    return [...this.#files].some(([path, { state }]) => covers(problem, path) && state.given.size > 0);
  }
}

/** Whether a problem with one path is the reason that a file is not seen. */
function covers({ path }: ScanProblem, file: string): boolean {
  return file === path || path === '.' || file.startsWith(path + sep);
}

function sameFiles(a: ReadonlyMap<string, KnownFile>, b: ReadonlyMap<string, KnownFile>): boolean {
  if (a.size !== b.size) return false;
  for (const [path, { state, problem }] of a) {
    const other = b.get(path);
    if (other?.state !== state || other.problem?.message !== problem?.message) return false;
  }
  return true;
}

function sameProblems(a: readonly ScanProblem[], b: readonly ScanProblem[]): boolean {
  return a.length === b.length && a.every(({ message }, index) => message === b[index]?.message);
}
