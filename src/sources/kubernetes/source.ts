import type { Finding } from '../../model/finding.ts';
import { nowhere } from '../../model/origin.ts';
import type { Lookups } from '../../resources/lookups.ts';
import type { GroupKind } from '../../resources/object.ts';
import type { ApiClient } from './client.ts';
import { KindStore, type LiveObject, type StoreChange } from './kind-store.ts';
import { type WatchedKind, watchedKindsOf } from './kinds.ts';
import { OnDemandStore } from './on-demand.ts';
import { keyOf, nameKey, type RawObject } from './raw-object.ts';
import { Reflector, type ReflectorSink, type ReflectorTimings } from './reflector.ts';
import type { ClusterSnapshot } from './snapshot.ts';

export interface ClusterSourceOptions {
  readonly client: ApiClient;
  /** Those of the dialects. */
  readonly kinds: readonly GroupKind[];
  /** Whose entries in statuses are ours. None unless said otherwise. */
  readonly controllerName?: string;
  /** Called once all kinds were listed, and then after every change that translation can see. Must not throw. */
  readonly onSnapshot: (snapshot: ClusterSnapshot) => void;
  /** The state of an object whose status may be ours to write is another one. Must not throw. */
  readonly onLive?: (kind: WatchedKind, key: string) => void;
  /** An object that is read on demand only is another one, or gone. Must not throw. */
  readonly onName?: (kind: WatchedKind, key: string) => void;
  /** A kind cannot be read, from the first failure in a row, or can be again (null). */
  readonly onTrouble?: (kind: WatchedKind, cause: Error | null) => void;
  readonly timings?: Partial<SourceTimings>;
}

/** Milliseconds. */
export interface SourceTimings extends ReflectorTimings {
  /** Changes that follow each other within that time are one snapshot. */
  readonly quiet: number;
  /** However many follow, a snapshot is not held back for longer. */
  readonly patience: number;
  /** How long a kind must fail before what is known of it counts as stale. */
  readonly staleAfter: number;
}

const defaultTimings = { quiet: 10, patience: 100, staleAfter: 5_000 };

/** What goes wrong with one kind. */
interface Trouble {
  readonly since: number;
  readonly cause: Error;
}

/**
 * Follows every kind of a cluster. Nothing is delivered before each kind was listed once: with half of the objects, a
 * policy that turns TLS on might be among the missing ones. From then on, whatever happens to the API server, the last
 * objects stay.
 */
export class ClusterSource {
  readonly #options: ClusterSourceOptions;
  readonly #timings: Partial<SourceTimings> & typeof defaultTimings;
  readonly #stores = new Map<string, KindStore>();
  readonly #onDemand: readonly OnDemandStore[];
  /** Kinds that were not listed yet. */
  readonly #unlisted: Set<WatchedKind>;
  readonly #troubles = new Map<WatchedKind, Trouble>();
  readonly #abort = new AbortController();
  readonly #kinds: readonly WatchedKind[];
  #timer: NodeJS.Timeout | null = null;
  #deadline: number | null = null;
  #staleTimer: NodeJS.Timeout | null = null;

  constructor(options: ClusterSourceOptions) {
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    this.#kinds = watchedKindsOf(options.kinds);
    this.#unlisted = new Set(this.#kinds);
    const { client, controllerName = '' } = options;
    const { signal } = this.#abort;
    this.#onDemand = this.#kinds
      .filter(({ reading }) => reading === 'on-demand')
      .map((kind) => new OnDemandStore({ client, kind, signal, onChange: () => this.#changed() }));
    for (const kind of this.#kinds) {
      if (kind.reading !== 'on-demand') this.#stores.set(kindKey(kind), new KindStore(kind, controllerName));
    }
  }

  /** Starts to follow. */
  start(): void {
    const { client } = this.#options;
    for (const kind of this.#kinds) {
      const sink = this.#sinkOf(kind);
      const reflector = new Reflector({ client, kind, sink, timings: this.#timings });
      // `run` never rejects.
      void reflector.run(this.#abort.signal);
    }
  }

  /** Follows no more; nothing is delivered after it. */
  close(): void {
    this.#abort.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#staleTimer !== null) clearTimeout(this.#staleTimer);
  }

  /** Why nothing was delivered so far, in a sentence; null once something was. */
  get waitingFor(): string | null {
    if (this.#unlisted.size === 0) return null;
    const [trouble] = [...this.#unlisted].flatMap((kind) => this.#troubles.get(kind) ?? []);
    const names = [...this.#unlisted].map(({ plural }) => plural).join(', ');
    return `waiting for the API server to list ${names}${trouble === undefined ? '' : `: ${trouble.cause.message}`}`;
  }

  /** The objects of a kind as they are, with their statuses. Undefined for kinds that are not watched whole. */
  store(kind: GroupKind): KindStore | undefined {
    return this.#stores.get(kindKey(kind));
  }

  live(kind: GroupKind, key: string): LiveObject | undefined {
    return this.store(kind)?.live(key);
  }

  /** Takes up the answer to a write of ours, before the watch tells of it. */
  written(kind: GroupKind, object: unknown): void {
    const store = this.store(kind);
    if (store !== undefined) this.#apply(store.kind, store.written(object as RawObject));
  }

  #sinkOf(kind: WatchedKind): ReflectorSink {
    const state = {
      failed: (cause: Error): void => this.#failed(kind, cause),
      recovered: (): void => this.#recovered(kind),
    };
    const onDemand = this.#onDemand.find((store) => store.kind === kind);
    if (onDemand !== undefined) {
      const tell = (key: string): void => this.#options.onName?.(kind, key);
      return {
        ...state,
        replace: (items) => {
          for (const key of onDemand.replace(items)) tell(key);
          this.#listed(kind);
        },
        absent: () => {
          onDemand.replace([]);
          this.#listed(kind);
        },
        upsert: (object) => {
          onDemand.upsert(object);
          tell(keyOf(object));
        },
        remove: (object) => {
          onDemand.remove(object);
          tell(keyOf(object));
        },
      };
    }
    const store = this.#stores.get(kindKey(kind)) as KindStore;
    return {
      ...state,
      replace: (items, served) => {
        this.#apply(kind, store.replace(items, served));
        this.#listed(kind);
      },
      absent: (versions) => {
        this.#apply(kind, store.absent(versions));
        this.#listed(kind);
      },
      upsert: (object) => this.#apply(kind, store.upsert(object)),
      remove: (object) => this.#apply(kind, store.remove(object)),
    };
  }

  #apply(kind: WatchedKind, { resources, live }: StoreChange): void {
    if (kind.status) for (const key of live) this.#options.onLive?.(kind, key);
    if (resources) this.#changed();
  }

  #listed(kind: WatchedKind): void {
    if (this.#unlisted.delete(kind) && this.#unlisted.size === 0) this.#changed();
  }

  #failed(kind: WatchedKind, cause: Error): void {
    const known = this.#troubles.get(kind);
    this.#troubles.set(kind, { since: known?.since ?? performance.now(), cause });
    if (known !== undefined) return;
    this.#options.onTrouble?.(kind, cause);
    this.#awaitStale();
  }

  /** A snapshot is due whenever a trouble becomes an old one. */
  #awaitStale(): void {
    if (this.#staleTimer !== null) return;
    const now = performance.now();
    const ages = [...this.#troubles.values()].map(({ since }) => now - since);
    const left = ages.filter((age) => age < this.#timings.staleAfter);
    if (left.length === 0) return;
    this.#staleTimer = setTimeout(
      () => {
        this.#staleTimer = null;
        this.#changed();
        this.#awaitStale();
      },
      // Timers fire a little early at times.
      this.#timings.staleAfter - Math.max(...left) + 1,
    ).unref();
  }

  #recovered(kind: WatchedKind): void {
    if (!this.#troubles.delete(kind)) return;
    this.#options.onTrouble?.(kind, null);
    this.#changed();
  }

  #changed(): void {
    if (this.#unlisted.size > 0 || this.#abort.signal.aborted) return;
    const now = performance.now();
    this.#deadline ??= now + this.#timings.patience;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const delay = Math.max(0, Math.min(this.#timings.quiet, this.#deadline - now));
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#deadline = null;
      this.#options.onSnapshot(this.#snapshot());
    }, delay);
  }

  #snapshot(): ClusterSnapshot {
    const contents = new Map(this.#onDemand.map((store) => [store, store.contents()]));
    const stale = this.#stale();
    return {
      objects: [
        ...[...this.#stores.values()].flatMap((store) => store.resources()),
        ...[...contents.values()].flatMap((resources) => [...resources.values()]),
      ],
      refused: [],
      findings: [...this.#onDemand.flatMap(unfetched), ...(stale === null ? [] : [staleFinding(stale)])],
      unserved: [...this.#stores.values()].flatMap(({ unserved }) => unserved ?? []),
      lookups: this.#lookups(),
      stale,
    };
  }

  #stale(): string | null {
    const limit = performance.now() - this.#timings.staleAfter;
    const old = [...this.#troubles].filter(([, { since }]) => since <= limit);
    const [first] = old;
    if (first === undefined) return null;
    const all = old.length === this.#kinds.length;
    const what = all ? 'the objects of the cluster' : old.map(([{ plural }]) => plural).join(', ');
    return `${what} cannot be followed: ${first[1].cause.message}`;
  }

  /** What this snapshot holds is fixed now: what is fetched later is in a later one. */
  #lookups(): Lookups {
    const rounds = this.#onDemand.map((store) => ({
      store,
      present: new Set([...store.contents().keys(), ...store.failures().keys()]),
      asked: new Set<string>(),
    }));
    return {
      note: ({ group, kind }, namespace, name) => {
        const round = rounds.find(({ store }) => store.kind.kind === kind && store.kind.group === group);
        round?.asked.add(nameKey(namespace, name));
      },
      complete: () => {
        let complete = true;
        for (const { store, present, asked } of rounds) {
          store.want(asked);
          complete &&= [...asked].every((key) => present.has(key) || !store.has(key));
        }
        return complete;
      },
    };
  }
}

const kindKey = ({ group, kind }: GroupKind): string => `${group}/${kind}`;

function unfetched(store: OnDemandStore): readonly Finding[] {
  return [...store.failures()].map(([key, cause]) => {
    const [namespace = '', name = ''] = key.split('/');
    const { kind } = store.kind;
    const origin = { apiVersion: 'v1', kind, namespace, name, field: '', file: null, line: null, column: null };
    return {
      severity: 'error',
      reason: 'NotReadable',
      message: `${kind} ${key} cannot be read from the cluster: ${cause}`,
      effect: store.contents().has(key) ? 'what was last read of it is in force' : 'it counts as absent',
      remedy: `let the controller get ${store.kind.plural}`,
      origin,
    };
  });
}

function staleFinding(stale: string): Finding {
  return {
    severity: 'warning',
    reason: 'SourceUnavailable',
    message: stale,
    effect: 'traffic goes on with what is known; changes are taken up when the API server answers again',
    remedy: 'look at the API server, and at what the controller may read',
    origin: nowhere,
  };
}
