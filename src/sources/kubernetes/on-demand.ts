import { messageOf } from '../../model/thrown.ts';
import type { KubernetesObject, Resource } from '../../resources/object.ts';
import { isNotFound } from './api-error.ts';
import { Backoff } from './backoff.ts';
import type { ApiClient } from './client.ts';
import { toResource } from './kind-store.ts';
import type { WatchedKind } from './kinds.ts';
import { desiredOf, keyOf, type RawObject } from './raw-object.ts';

interface Content {
  /** Of the object that was fetched. */
  readonly resourceVersion: string;
  readonly resource: Resource;
}

export interface OnDemandOptions {
  readonly client: ApiClient;
  readonly kind: WatchedKind;
  readonly signal: AbortSignal;
  /** Contents came, went or could not be fetched. */
  readonly onChange: () => void;
  readonly pauses?: { readonly first: number; readonly longest: number };
}

const defaultPauses = { first: 200, longest: 10_000 };

/**
 * The Secrets, or ConfigMaps, of a cluster: the names of all, the contents of those that are wanted. A content stays in
 * force while the next one is fetched, and is forgotten when the object is gone or nobody wants it any more.
 */
export class OnDemandStore {
  readonly #options: OnDemandOptions;
  /** Resource versions by key, from the watch. */
  #known = new Map<string, string>();
  #wanted: ReadonlySet<string> = new Set();
  readonly #contents = new Map<string, Content>();
  /** Why what is wanted could not be fetched so far. */
  readonly #failures = new Map<string, string>();
  readonly #fetching = new Set<string>();

  constructor(options: OnDemandOptions) {
    this.#options = options;
  }

  get kind(): WatchedKind {
    return this.#options.kind;
  }

  /** By key. */
  contents(): ReadonlyMap<string, Resource> {
    return new Map([...this.#contents].map(([key, { resource }]) => [key, resource]));
  }

  /** By key. */
  failures(): ReadonlyMap<string, string> {
    return new Map(this.#failures);
  }

  has(key: string): boolean {
    return this.#known.has(key);
  }

  /** Returns the keys of known objects that are gone, or are others. */
  replace(items: readonly RawObject[]): readonly string[] {
    const before = this.#known;
    this.#known = new Map(items.map((item) => [keyOf(item), item.metadata.resourceVersion ?? '']));
    for (const key of this.#wanted) {
      if (this.#known.has(key)) this.#fetch(key);
      else this.#drop(key);
    }
    return [...before].filter(([key, version]) => this.#known.get(key) !== version).map(([key]) => key);
  }

  upsert(item: RawObject): void {
    const key = keyOf(item);
    this.#known.set(key, item.metadata.resourceVersion ?? '');
    if (!this.#wanted.has(key)) return;
    // Somebody refers to an object that was not there, or that changed.
    this.#fetch(key);
  }

  remove(item: RawObject): void {
    const key = keyOf(item);
    this.#known.delete(key);
    this.#drop(key);
  }

  /** What is wanted from now on. */
  want(keys: ReadonlySet<string>): void {
    this.#wanted = keys;
    for (const key of this.#contents.keys()) if (!keys.has(key)) this.#contents.delete(key);
    for (const key of this.#failures.keys()) if (!keys.has(key)) this.#failures.delete(key);
    for (const key of keys) this.#fetch(key);
  }

  #drop(key: string): void {
    this.#contents.delete(key);
    this.#failures.delete(key);
    // Also where it was never fetched: a translation may be waiting for it.
    if (this.#wanted.has(key)) this.#options.onChange();
  }

  #fetch(key: string): void {
    const version = this.#known.get(key);
    if (version === undefined || this.#fetching.has(key)) return;
    if (this.#contents.get(key)?.resourceVersion === version) return;
    this.#fetching.add(key);
    // Settles its own failures.
    void this.#fetchUntilThere(key);
  }

  async #fetchUntilThere(key: string): Promise<void> {
    const { client, kind, signal, onChange, pauses = defaultPauses } = this.#options;
    const backoff = new Backoff(pauses);
    let absences = 0;
    while (!signal.aborted && this.#wanted.has(key) && this.#known.has(key)) {
      const version = this.#known.get(key);
      try {
        const raw = (await client.json({ method: 'GET', path: pathOf(kind, key), signal })) as RawObject;
        if (!this.#wanted.has(key) || !this.#known.has(key)) break;
        this.#failures.delete(key);
        // The watch may be behind: what was fetched is then newer than what it told, and counts as that.
        const changed = this.#known.get(key) !== version;
        const told = changed ? (raw.metadata.resourceVersion ?? '') : (version ?? '');
        this.#contents.set(key, { resourceVersion: told, resource: toResource(toObject(raw, kind)) });
        onChange();
        if (this.#known.get(key) === told) break;
      } catch (cause) {
        if (signal.aborted) break;
        if (isNotFound(cause)) {
          // The watch has told meanwhile that it went, or of another one.
          if (this.#known.get(key) !== version) continue;
          absences += 1;
        }
        // Once found absent, it is gone, and the watch is about to tell. No translation may wait longer for that.
        if (absences !== 1 && !this.#failures.has(key) && this.#wanted.has(key)) {
          this.#failures.set(key, messageOf(cause));
          onChange();
        }
        if (!(await backoff.wait(signal))) break;
      }
    }
    this.#fetching.delete(key);
  }
}

function toObject(raw: RawObject, kind: WatchedKind): KubernetesObject {
  return desiredOf(raw, kind.versions[0] ?? 'v1', kind.kind);
}

function pathOf(kind: WatchedKind, key: string): string {
  const [namespace = '', name = ''] = key.split('/');
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/${kind.plural}/${encodeURIComponent(name)}`;
}
