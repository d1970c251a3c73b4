import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject, Provenance, Resource } from '../../resources/object.ts';
import type { UnservedKind } from '../../resources/unserved.ts';
import type { ServedKind } from './discovery.ts';
import type { WatchedKind } from './kinds.ts';
import { desiredOf, keyOf, othersOf, type RawObject, slimEndpointSlice } from './raw-object.ts';

/** What is in the cluster of one object, beside what translation reads. */
export interface LiveObject {
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion: string;
  readonly status: Readonly<Record<string, unknown>> | undefined;
}

interface Entry {
  readonly resource: Resource;
  readonly live: LiveObject;
}

/** What a change means: to translation, and to whoever writes statuses. */
export interface StoreChange {
  readonly resources: boolean;
  /** Keys of objects whose live state is another one. */
  readonly live: readonly string[];
}

const unchanged: StoreChange = { resources: false, live: [] };
const nowhere: Provenance = { file: null, position: () => null };

/** The objects of one kind. A resource stays the same one while nothing that translation reads of it changes. */
export class KindStore {
  readonly kind: WatchedKind;
  #served: ServedKind | null = null;
  /** Versions that the cluster serves and that are not read; null while it serves one that is, or nothing is known. */
  #unread: readonly string[] | null = null;
  #entries = new Map<string, Entry>();
  readonly #controllerName: string;

  /** @param controllerName Whose entries in statuses are ours. */
  constructor(kind: WatchedKind, controllerName: string) {
    this.kind = kind;
    this.#controllerName = controllerName;
  }

  get served(): ServedKind | null {
    return this.#served;
  }

  /** Null where the cluster serves the kind, as far as is known. */
  get unserved(): UnservedKind | null {
    const { group, kind, versions } = this.kind;
    return this.#unread === null ? null : { group, kind, read: versions, served: this.#unread };
  }

  resources(): readonly Resource[] {
    return [...this.#entries.values()].map(({ resource }) => resource);
  }

  resource(key: string): Resource | undefined {
    return this.#entries.get(key)?.resource;
  }

  live(key: string): LiveObject | undefined {
    return this.#entries.get(key)?.live;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }

  /** Takes up that the cluster serves no version that is read, and which others it serves. */
  absent(versions: readonly string[]): StoreChange {
    const told = this.#unread !== null && isDeepStrictEqual(this.#unread, versions);
    this.#unread = versions;
    this.#served = null;
    const live = [...this.#entries.keys()];
    this.#entries = new Map();
    return { resources: !told || live.length > 0, live };
  }

  replace(items: readonly RawObject[], served: ServedKind): StoreChange {
    const before = this.#entries;
    const appeared = this.#unread !== null;
    this.#unread = null;
    this.#served = served;
    this.#entries = new Map();
    const live: string[] = [];
    let resources = appeared;
    for (const raw of items) {
      const key = keyOf(raw);
      const known = before.get(key);
      const entry = this.#read(raw, known);
      this.#entries.set(key, entry);
      resources ||= entry.resource !== known?.resource;
      if (entry.live.resourceVersion !== known?.live.resourceVersion) live.push(key);
    }
    for (const key of before.keys()) {
      if (this.#entries.has(key)) continue;
      resources = true;
      live.push(key);
    }
    return { resources, live };
  }

  upsert(raw: RawObject): StoreChange {
    const key = keyOf(raw);
    const known = this.#entries.get(key);
    if (known !== undefined && isOlder(raw, known.live)) return unchanged;
    const entry = this.#read(raw, known);
    this.#entries.set(key, entry);
    return { resources: entry.resource !== known?.resource, live: [key] };
  }

  /**
   * Takes up the answer to a write of ours. It comes over another connection than the watch: of an object that the watch
   * has told to be gone meanwhile, nobody would ever tell again.
   */
  written(raw: RawObject): StoreChange {
    return this.#entries.get(keyOf(raw))?.live.uid === (raw.metadata.uid ?? '') ? this.upsert(raw) : unchanged;
  }

  remove(raw: RawObject): StoreChange {
    const key = keyOf(raw);
    return this.#entries.delete(key) ? { resources: true, live: [key] } : unchanged;
  }

  #read(raw: RawObject, known: Entry | undefined): Entry {
    const { uid = '', generation = 0, resourceVersion = '' } = raw.metadata;
    const { status } = this.kind.status ? raw : { status: undefined };
    const live = { uid, generation, resourceVersion, status };
    const apiVersion = this.#served?.apiVersion ?? '';
    const desired = desiredOf(raw, apiVersion, this.kind.kind, this.#readStatus(raw));
    const object = this.kind.kind === 'EndpointSlice' ? slimEndpointSlice(desired) : desired;
    const same = known !== undefined && isDeepStrictEqual(known.resource.object, object);
    return { resource: same ? known.resource : toResource(object), live };
  }

  #readStatus({ status }: RawObject): Readonly<Record<string, unknown>> | undefined {
    if (this.kind.readsStatus === true) return status;
    return this.kind.readsOthers === true ? othersOf(status, this.#controllerName) : undefined;
  }
}

export function toResource(object: KubernetesObject): Resource {
  const { apiVersion, kind, metadata } = object;
  const reference = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
  return { reference, object, provenance: nowhere };
}

/**
 * Whether an event tells of an older state than the answer to a write of ours did. Resource versions of one kind are
 * whole numbers that grow (KEP-5504); where they are not, the event counts.
 */
function isOlder({ metadata }: RawObject, live: LiveObject): boolean {
  const { resourceVersion = '', uid } = metadata;
  if (uid !== live.uid || !/^\d+$/.test(resourceVersion) || !/^\d+$/.test(live.resourceVersion)) return false;
  return BigInt(resourceVersion) < BigInt(live.resourceVersion);
}
