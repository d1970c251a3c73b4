import { errorOf } from '../../model/thrown.ts';
import { ApiError, ConnectionError, isExpired, isNotFound } from './api-error.ts';
import { Backoff, pause } from './backoff.ts';
import type { ApiClient } from './client.ts';
import { discover, type ServedKind, unreadVersions } from './discovery.ts';
import type { WatchedKind } from './kinds.ts';
import { list } from './list.ts';
import type { RawObject } from './raw-object.ts';
import { watch } from './watch-stream.ts';

/** Who keeps what a reflector sees. */
export interface ReflectorSink {
  /** All objects of the kind; others are gone. */
  replace(items: readonly RawObject[], served: ServedKind): void;
  /** The cluster does not serve the kind, or only in the given versions, which are not read. */
  absent(versions: readonly string[]): void;
  upsert(object: RawObject): void;
  remove(object: RawObject): void;
  /** The server does not answer as it should, or does again. `failed` is called for each failure in a row. */
  failed(cause: Error): void;
  recovered(): void;
}

export interface ReflectorOptions {
  readonly client: ApiClient;
  readonly kind: WatchedKind;
  readonly sink: ReflectorSink;
  readonly timings?: Partial<ReflectorTimings>;
}

/** Milliseconds. */
export interface ReflectorTimings {
  readonly firstPause: number;
  readonly longestPause: number;
  /** Between two looks for a kind that the cluster does not serve; grows up to the longest. */
  readonly firstAbsence: number;
  readonly longestAbsence: number;
  /** Without a byte in a watch. */
  readonly silence?: number;
}

const defaultTimings: ReflectorTimings = {
  firstPause: 200,
  longestPause: 5_000,
  firstAbsence: 1_000,
  longestAbsence: 15_000,
};

/** How often a kind that was there must be found absent, in a row, before it is believed: a server that starts may not know its kinds yet. */
const absencesToBelieve = 3;
/** How many watches in a row may be opened and ended at once: a server that is being restarted does so, and a broken proxy for ever. */
const emptyWatchesToBear = 3;

const partialMetadata = 'PartialObjectMetadata;g=meta.k8s.io;v=v1';
const partialList = 'PartialObjectMetadataList;g=meta.k8s.io;v=v1';

/**
 * Follows one kind for ever: lists it, watches from there, and goes on from the last resource version whenever the watch
 * ends. Lists anew only when the server has forgotten that version (410), so that an API server that is restarted costs
 * little.
 */
export class Reflector {
  readonly #options: ReflectorOptions;
  readonly #timings: ReflectorTimings;
  readonly #backoff: Backoff;
  readonly #absence: Backoff;
  #served: ServedKind | null = null;
  #resourceVersion: string | null = null;
  /** How often the kind was found absent since it was last seen; null before anything is known. */
  #absences: number | null = null;
  /** Watches in a row that ended at once and told nothing. */
  #emptyWatches = 0;
  /** How often in a row the kind was not where discovery said that it is. */
  #missed = 0;

  constructor(options: ReflectorOptions) {
    this.#options = options;
    this.#timings = { ...defaultTimings, ...options.timings };
    const { firstPause, longestPause, firstAbsence, longestAbsence } = this.#timings;
    this.#backoff = new Backoff({ first: firstPause, longest: longestPause });
    this.#absence = new Backoff({ first: firstAbsence, longest: longestAbsence });
  }

  /** Resolves when the signal comes, and never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#step(signal);
      } catch (cause) {
        if (signal.aborted) return;
        await this.#recover(errorOf(cause), signal);
      }
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    this.#served ??= await discover(this.#options.client, this.#options.kind, signal);
    if (this.#served === null) {
      await this.#awaitKind(signal);
      return;
    }
    this.#resourceVersion ??= await this.#list(this.#served, signal);
    await this.#watch(this.#served, this.#resourceVersion, signal);
  }

  async #awaitKind(signal: AbortSignal): Promise<void> {
    const { client, kind, sink } = this.#options;
    const versions = await unreadVersions(client, kind, signal);
    sink.recovered();
    this.#missed = 0;
    this.#absences = this.#absences === null ? absencesToBelieve : this.#absences + 1;
    if (this.#absences >= absencesToBelieve) sink.absent(versions);
    await pause(this.#absence.next(), signal);
  }

  async #list(served: ServedKind, signal: AbortSignal): Promise<string> {
    const { client, sink } = this.#options;
    const { items, resourceVersion } = await list(client, { ...this.#query(served, partialList), signal });
    this.#absences = 0;
    this.#missed = 0;
    this.#absence.reset();
    sink.recovered();
    sink.replace(items, served);
    return resourceVersion;
  }

  async #watch(served: ServedKind, resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, sink } = this.#options;
    const { silence } = this.#timings;
    const started = performance.now();
    const events = await watch(client, {
      ...this.#query(served, partialMetadata),
      ...(silence === undefined ? {} : { silence }),
      resourceVersion,
      signal,
    });
    if (this.#emptyWatches < emptyWatchesToBear) sink.recovered();
    let seen = 0;
    for await (const { type, object } of events) {
      seen += 1;
      if (seen === 1) this.#follows();
      this.#resourceVersion = object.metadata.resourceVersion ?? this.#resourceVersion;
      if (type === 'DELETED') sink.remove(object);
      else if (type !== 'BOOKMARK') sink.upsert(object);
    }
    if (seen > 0 || performance.now() - started > this.#timings.longestPause) {
      this.#follows();
      this.#backoff.reset();
      return;
    }
    // A server that opens watches and closes them at once must not be asked in a circle.
    this.#emptyWatches += 1;
    if (this.#emptyWatches >= emptyWatchesToBear) {
      sink.failed(new ConnectionError('the API server opens watches and ends them at once'));
    }
    await this.#backoff.wait(signal);
  }

  /** A watch is one that tells what happens, or that at least lasts. */
  #follows(): void {
    this.#emptyWatches = 0;
    this.#options.sink.recovered();
  }

  async #recover(cause: Error, signal: AbortSignal): Promise<void> {
    if (isExpired(cause)) {
      this.#resourceVersion = null;
    } else if (isNotFound(cause)) {
      // The kind's definition is gone, or serves another version now.
      this.#served = null;
      this.#resourceVersion = null;
      this.#missed += 1;
      if (this.#missed >= absencesToBelieve) this.#options.sink.failed(cause);
    } else {
      this.#options.sink.failed(cause);
    }
    await this.#backoff.wait(signal, cause instanceof ApiError ? (cause.retryAfter ?? 0) : 0);
  }

  #query({ path }: ServedKind, as: string) {
    const { reading, labelSelector } = this.#options.kind;
    return {
      path,
      accept: reading === 'whole' ? 'application/json' : `application/json;as=${as},application/json`,
      ...(labelSelector === undefined ? {} : { labelSelector }),
    };
  }
}
