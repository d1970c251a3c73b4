import { isDeepStrictEqual } from 'node:util';
import {
  isMadeFor,
  leadsTo,
  type Selection,
  selectionLabel,
  selectionService,
  selectionServices,
  selectionsOf,
} from '../../infrastructure/selection/service.ts';
import { describeObject } from '../../model/origin.ts';
import { errorOf } from '../../model/thrown.ts';
import type { Service } from '../../resources/core.ts';
import type { ResourceSet } from '../../resources/set.ts';
import { isNotFound } from '../../sources/kubernetes/api-error.ts';
import type { ApiClient } from '../../sources/kubernetes/client.ts';
import type { TranslatedState } from '../translated-state.ts';
import { Retries } from './retries.ts';
import { WorkQueue } from './work-queue.ts';

export interface SelectionWriterOptions {
  readonly client: ApiClient;
  /** Why the pods of an XBackend are not found, or null once they are; must not throw. */
  readonly onTrouble: (backend: string, cause: Error | null) => void;
}

/** What is wanted for one XBackend, and what is there. */
interface Entry {
  readonly namespace: string;
  /** Null where the XBackend selects nothing any more. */
  readonly selection: Selection | null;
  readonly live: readonly Service[];
}

/** Writes at once, and a second. */
const bounds = { concurrency: 4, rate: 20 };

/** Has a Service for each XBackend that selects pods and is reached. It goes with its XBackend, which owns it. */
export class SelectionWriter {
  readonly #options: SelectionWriterOptions;
  readonly #queue: WorkQueue;
  /** By the uids of XBackends. */
  #entries: ReadonlyMap<string, Entry> = new Map();
  readonly #retries = new Retries();
  #leading = false;

  constructor(options: SelectionWriterOptions) {
    this.#options = options;
    const { concurrency, rate } = bounds;
    this.#queue = new WorkQueue({ work: (uid) => this.#write(uid), concurrency, rate });
  }

  update({ resources, model, revision }: Pick<TranslatedState, 'resources' | 'model' | 'revision'>): void {
    if (revision === 0) return;
    const previous = this.#entries;
    const read = readEntries(resources, model);
    this.#entries = new Map([...read].map(([uid, entry]) => [uid, unchanged(previous.get(uid), entry) ?? entry]));
    if (!this.#leading) return;
    for (const [uid, entry] of this.#entries) if (previous.get(uid) !== entry) this.#queue.add(uid);
  }

  lead(): void {
    this.#leading = true;
    this.#queue.start();
    for (const uid of this.#entries.keys()) this.#queue.add(uid);
  }

  /** Resolves when what is under way is written. */
  async stop(): Promise<void> {
    this.#leading = false;
    await this.#queue.stop();
    this.#retries.clear();
  }

  async #write(uid: string): Promise<number | null> {
    const entry = this.#entries.get(uid);
    if (entry === undefined) {
      this.#retries.forget(uid);
      return null;
    }
    const { selection, namespace } = entry;
    const name = selection === null ? '' : describeObject(selection.owner.reference);
    try {
      // What is watched may be behind what was written a moment ago.
      const all = await this.#list(namespace, uid);
      const [kept, ...spare] = all.filter((service) => selection !== null && leadsTo(service, selection));
      if (kept === undefined && selection !== null) await this.#create(namespace, selection);
      const unwanted = [...spare, ...all.filter((service) => selection === null || !leadsTo(service, selection))];
      for (const { metadata } of unwanted) await this.#remove(namespace, metadata.name, metadata.uid ?? '');
      if (this.#retries.forget(uid)) this.#options.onTrouble(name, null);
      return null;
    } catch (cause) {
      // The XBackend, or its namespace, went meanwhile; or something else is wanted by now, and is on its way.
      if (this.#entries.get(uid) !== entry) return null;
      const error = errorOf(cause);
      this.#options.onTrouble(name, error);
      return this.#retries.after(uid, error);
    }
  }

  async #list(namespace: string, uid: string): Promise<readonly Service[]> {
    const query = { labelSelector: `${selectionLabel}=${uid}` };
    const list = (await this.#options.client.json({ method: 'GET', path: pathOf(namespace), query })) as {
      readonly items: readonly Service[];
    };
    return list.items.filter((service) => isMadeFor(service, uid));
  }

  async #create(namespace: string, selection: Selection): Promise<void> {
    await this.#options.client.json({
      method: 'POST',
      path: pathOf(namespace),
      query: { fieldManager: 'farside-infrastructure' },
      body: selectionService(selection),
    });
  }

  async #remove(namespace: string, name: string, uid: string): Promise<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid } };
    try {
      await this.#options.client.json({
        method: 'DELETE',
        path: `${pathOf(namespace)}/${encodeURIComponent(name)}`,
        body,
      });
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
    }
  }
}

function readEntries(resources: ResourceSet, model: TranslatedState['model']): ReadonlyMap<string, Entry> {
  const live = selectionServices(resources);
  const selections = selectionsOf(resources, model);
  const entries = new Map<string, Entry>();
  for (const [uid, selection] of selections) {
    entries.set(uid, { namespace: selection.owner.reference.namespace, selection, live: live.get(uid) ?? [] });
  }
  for (const [uid, those] of live) {
    const [first] = those;
    if (first === undefined || entries.has(uid)) continue;
    entries.set(uid, { namespace: first.metadata.namespace ?? '', selection: null, live: those });
  }
  return entries;
}

const pathOf = (namespace: string): string => `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`;

/** The entry of before, where the next one says the same. */
function unchanged(before: Entry | undefined, next: Entry): Entry | null {
  const parts = ({ selection, live }: Entry) => [selection?.labels, selection?.port, live.map(({ spec }) => spec)];
  return before !== undefined && isDeepStrictEqual(parts(before), parts(next)) ? before : null;
}
