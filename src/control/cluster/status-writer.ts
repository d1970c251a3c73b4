import { isDeepStrictEqual } from 'node:util';
import type { StatusDocument } from '../../dialects/dialect.ts';
import { errorOf } from '../../model/thrown.ts';
import { type GroupKind, groupOf } from '../../resources/object.ts';
import { ApiError, isConflict, isNotFound } from '../../sources/kubernetes/api-error.ts';
import type { LiveObject } from '../../sources/kubernetes/kind-store.ts';
import { ownConditions } from '../../status/own-conditions.ts';
import { hasOurEntries, observedGeneration, planStatus } from '../../status/plan.ts';
import type { TranslatedState } from '../translated-state.ts';
import { Retries } from './retries.ts';
import { WorkQueue } from './work-queue.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What the writer needs of the cluster. */
export interface StatusTarget {
  /** Kinds whose status is ours to write. */
  readonly kinds: readonly GroupKind[];
  live(kind: GroupKind, key: string): LiveObject | undefined;
  keys(kind: GroupKind): Iterable<string>;
  /** Merges fields into the status of an object, provided that it is still the one of `live`. */
  patch(kind: GroupKind, key: string, live: LiveObject, status: Fields): Promise<{ readonly status?: Fields }>;
}

export interface StatusWriterOptions {
  readonly target: StatusTarget;
  readonly controllerName: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A status that the API server refuses; told once, however often it is tried again. */
  readonly onRefused: (kind: GroupKind, key: string, cause: Error) => void;
}

/** Writes at once, and writes a second. */
const bounds = { concurrency: 16, rate: 200 };

interface Desired {
  readonly document: StatusDocument;
  /** Of the object that the status was made for. */
  readonly uid: string | undefined;
}

/** What was written last, and what the API server made of it. */
interface Written {
  readonly planned: Fields;
  readonly result: Fields | undefined;
}

/**
 * Brings the statuses of a cluster to what is desired. Each write says which state of the object it was made for, so
 * that nobody's change is overwritten; a conflict is looked at anew with what is live by then. A status that was made
 * for another generation of its object is not written: that of the present one is on its way.
 */
export class StatusWriter {
  readonly #options: StatusWriterOptions;
  readonly #queue: WorkQueue;
  #desired: ReadonlyMap<string, Desired> = new Map();
  readonly #written = new Map<string, Written>();
  readonly #retries = new Retries();
  /** Why statuses are refused, as it was told. */
  readonly #refusals = new Map<string, string>();
  #leading = false;
  /** Whether anything is desired yet: before, entries of ours are not known to be stale. */
  #informed = false;

  constructor(options: StatusWriterOptions) {
    this.#options = options;
    const { concurrency, rate } = bounds;
    this.#queue = new WorkQueue({ work: (key) => this.#write(key), concurrency, rate });
  }

  /** Takes up what is desired now. */
  update({ status, resources, revision }: TranslatedState): void {
    if (revision === 0) return;
    const previous = this.#desired;
    const next = new Map<string, Desired>();
    /** Of what is desired otherwise than before, or not any more. */
    const others: string[] = [];
    let known = 0;
    for (const document of status) {
      const { apiVersion, kind, metadata } = document;
      const groupKind = { group: groupOf(apiVersion), kind };
      const { namespace = '', name } = metadata;
      const key = keyOf(groupKind, `${namespace}/${name}`);
      const uid = resources.get(groupKind, namespace, name)?.object.metadata.uid;
      const before = previous.get(key);
      if (before !== undefined) known += 1;
      const isSame = before?.document === document && before.uid === uid;
      next.set(key, isSame ? before : { document, uid });
      if (!isSame) others.push(key);
    }
    if (known < previous.size) {
      for (const key of previous.keys()) if (!next.has(key)) others.push(key);
    }
    this.#desired = next;
    const wasInformed = this.#informed;
    this.#informed = true;
    // Who leads later looks at everything then.
    if (!this.#leading) return;
    if (!wasInformed) {
      this.#addAll();
      return;
    }
    for (const key of others) this.#queue.add(key);
  }

  /** The live state of an object is another one. */
  touched(kind: GroupKind, key: string): void {
    if (this.#leading && this.#informed) this.#queue.add(keyOf(kind, key));
  }

  /** Writes from now on. */
  lead(): void {
    this.#leading = true;
    this.#queue.start();
    if (this.#informed) this.#addAll();
  }

  /** Writes no more; resolves when what is under way is written. */
  async stop(): Promise<void> {
    this.#leading = false;
    await this.#queue.stop();
    this.#retries.clear();
    this.#written.clear();
    this.#refusals.clear();
  }

  /** Everything desired, and whatever has entries of ours: they may be of an earlier leader. */
  #addAll(): void {
    const { target, controllerName } = this.#options;
    for (const key of this.#desired.keys()) this.#queue.add(key);
    for (const kind of target.kinds) {
      for (const key of target.keys(kind)) {
        if (hasOurEntries(target.live(kind, key)?.status, controllerName)) this.#queue.add(keyOf(kind, key));
      }
    }
  }

  async #write(id: string): Promise<number | null> {
    const { target, controllerName, now, onRefused } = this.#options;
    const { kind, key } = parseKey(id);
    const live = target.live(kind, key);
    if (live === undefined) {
      this.#written.delete(id);
      return this.#settled(id);
    }
    const desired = this.#desired.get(id);
    if (desired !== undefined && !isFor(desired, live)) return this.#settled(id);
    // Times of conditions are whole seconds everywhere in Kubernetes.
    const time = new Date(now()).toISOString().replace(/\.\d+Z$/, 'Z');
    const writer = { controllerName, now: time, ownConditions };
    const planned = planStatus(live.status, desired?.document.status ?? null, writer);
    if (planned === null) return this.#settled(id);
    // The API server may hold a status in another form than it is written in; that is no reason to write it again.
    const written = this.#written.get(id);
    if (
      written !== undefined &&
      sameButTimes(written.planned, planned) &&
      isDeepStrictEqual(written.result, live.status)
    ) {
      return this.#settled(id);
    }
    try {
      const { status } = await target.patch(kind, key, live, planned);
      this.#written.set(id, { planned, result: status });
      return this.#settled(id);
    } catch (cause) {
      if (isNotFound(cause)) return this.#settled(id);
      const error = errorOf(cause);
      if (isRefusal(error) && this.#refusals.get(id) !== error.message) {
        this.#refusals.set(id, error.message);
        onRefused(kind, key, error);
      }
      return this.#retries.after(id, error);
    }
  }

  #settled(id: string): null {
    this.#retries.forget(id);
    this.#refusals.delete(id);
    return null;
  }
}

const isRefusal = (cause: Error): boolean =>
  cause instanceof ApiError && cause.status < 500 && cause.status !== 429 && !isConflict(cause);

function isFor({ document, uid }: Desired, live: LiveObject): boolean {
  if (uid !== undefined && uid !== live.uid) return false;
  const observed = observedGeneration(document.status);
  return observed === null || live.generation === 0 || observed === live.generation;
}

function sameButTimes(a: Fields, b: Fields): boolean {
  const timeless = (value: Fields): string =>
    JSON.stringify(value, (name, each: unknown) => (name === 'lastTransitionTime' ? undefined : each));
  return timeless(a) === timeless(b);
}

const keyOf = ({ group, kind }: GroupKind, key: string): string => `${group} ${kind} ${key}`;

function parseKey(id: string): { readonly kind: GroupKind; readonly key: string } {
  const [group = '', kind = '', key = ''] = id.split(' ');
  return { kind: { group, kind }, key };
}
