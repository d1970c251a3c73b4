import type { Applied, DataPlane, OpenChange } from '../dataplanes/dataplane.ts';
import type { DataPlaneFacts } from '../dialects/dialect.ts';
import type { AddressAssignment } from '../infrastructure/addresses.ts';
import type { Finding } from '../model/finding.ts';
import { emptyKeyMaterial, type KeyMaterial, type Model } from '../model/model.ts';
import { nowhere } from '../model/origin.ts';
import { messageOf } from '../model/thrown.ts';
import type { Lookups } from '../resources/lookups.ts';
import type { UnservedKind } from '../resources/unserved.ts';
import type { FolderSnapshot } from '../sources/folder/reader.ts';
import { pause } from '../sources/kubernetes/backoff.ts';
import { nextValidityChange } from './expiry.ts';
import { LiveStatus } from './live-status.ts';
import { Pace } from './pace.ts';
import { controllerName } from './parts.ts';
import { share } from './share.ts';
import { type GatewayState, type Readiness, readinessOf } from './state.ts';
import type { WholeTranslation } from './translate.ts';
import { initialTranslatedState, type TranslatedState } from './translated-state.ts';

/** The part of a snapshot that the loop needs. */
export interface Snapshot extends Pick<FolderSnapshot, 'objects' | 'refused' | 'findings'> {
  /** For sources that fetch some objects only when they are asked for. */
  readonly lookups?: Lookups;
  /** The kinds that the source cannot have objects of. */
  readonly unserved?: readonly UnservedKind[];
  /** Why the objects may be older than they should be, in a sentence; null or absent where they are not. */
  readonly stale?: string | null;
}

export interface LoopOptions {
  readonly dataPlane: DataPlane;
  /** Pure. `addresses` are those of the translation before. */
  readonly translate: (snapshot: Snapshot, addresses: AddressAssignment, now: string) => WholeTranslation;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** A fault of ours, with its stack, for the log. What users should know of it is in the findings too. */
  readonly onFault: (cause: unknown) => void;
  /** Who is ready, given what is open, and why the rest is not; unless said otherwise, who has every listener open. */
  readonly readiness?: (model: Model, open: readonly string[], why: string | null) => Readiness;
  /** Called with every new state; must not throw. */
  readonly onState: (state: TranslatedState, previous: TranslatedState) => void;
}

/** Milliseconds. */
const timings = {
  /** What is said about days left must not be older than this. */
  longestTranslation: 3_600_000,
  /** Until what could not be applied (a port that is taken) is tried again; doubles up to the longest. */
  firstRetry: 1_000,
  longestRetry: 30_000,
  /** Timers fire a little early at times, and clocks are read in between. */
  margin: 50,
};

/** What the newest state was made of. */
interface InForce {
  readonly snapshot: Snapshot;
  readonly translation: WholeTranslation;
  /** What `check` said. */
  readonly checked: readonly Finding[];
  /** What `apply`, or `onOpenChanged` after it, said. */
  readonly applied: readonly Finding[];
}

interface Translated {
  readonly model: Model;
  readonly keys: KeyMaterial;
  readonly translation: WholeTranslation;
}

/**
 * Joins source and data plane: each snapshot is translated, checked, applied and told. One at a time; of snapshots that
 * arrive meanwhile only the newest counts. Between two it rests, see {@link Pace}. What fails leaves the last good revision
 * in force and never stops the next.
 */
export class ControlLoop {
  readonly #options: LoopOptions;
  readonly #status = new LiveStatus();
  #state: TranslatedState = initialTranslatedState;
  #snapshot: Snapshot | null = null;
  #due = false;
  #running: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #retry = timings.firstRetry;
  #addresses: AddressAssignment = {};
  #keys: KeyMaterial = emptyKeyMaterial;
  /** Null while the data plane is not known to have the model and the keys of the state. */
  #inForce: InForce | null = null;

  /** The number of the newest attempt; attempts that failed have used theirs up. */
  #attempt = 0;
  readonly #stopping = new AbortController();
  readonly #pace = new Pace();

  constructor(options: LoopOptions) {
    this.#options = options;
    options.dataPlane.onOpenChanged?.((change) => this.#onOpenChanged(change));
  }

  get state(): TranslatedState {
    return this.#state;
  }

  /** Takes up a snapshot. Returns at once. */
  offer(snapshot: Snapshot): void {
    this.#snapshot = snapshot;
    this.#retry = timings.firstRetry;
    this.#wake();
  }

  /** Resolves when nothing is under way or waiting. */
  async settled(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Takes up nothing more, and waits for what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.settled();
  }

  get #stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #wake(): void {
    if (this.#stopped) return;
    this.#due = true;
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Out of the caller's stack, so that a burst of snapshots is one run.
    await Promise.resolve();
    while (this.#due && !this.#stopped && this.#snapshot !== null) {
      const rest = this.#pace.rest(performance.now());
      if (rest > 0) await pause(rest, this.#stopping.signal);
      if (this.#stopped) break;
      this.#due = false;
      await this.#runOnce(this.#snapshot);
    }
    this.#running = null;
  }

  async #runOnce(snapshot: Snapshot): Promise<void> {
    const now = this.#options.now();
    const time = new Date(now).toISOString();
    const began = performance.now();
    const translated = this.#translate(snapshot, time);
    const translating = performance.now() - began;
    this.#pace.busy(translating, began + translating);
    if ('failure' in translated) {
      this.#publish({ ...this.#state, findings: [...snapshot.findings, translated.failure] });
      this.#schedule(timings.longestTranslation);
      return;
    }
    // The source offers a better snapshot once it has what was asked for. That is not to wait.
    if (snapshot.lookups?.complete() === false) {
      this.#pace.busy(0, performance.now());
      return;
    }
    const { model, keys, translation } = translated;
    const readiness = this.#readiness(model, this.#state.open);
    if (this.#state.readiness.ready && !readiness.ready) this.#publish({ ...this.#state, readiness });

    const applied = await this.#apply(model, keys);
    if ('failure' in applied) {
      this.#publish({ ...this.#state, findings: [...snapshot.findings, ...translation.findings, applied.failure] });
      this.#scheduleRetry();
      return;
    }
    const appliedAt = performance.now();
    this.#addresses = translation.addresses;
    const { open, revision, checked, findings } = applied;
    this.#inForce = { snapshot, translation, checked, applied: findings };
    this.#publish({
      ...this.#state,
      revision,
      model,
      resources: translation.resources,
      ...this.#describe(this.#inForce, open),
    });
    this.#pace.busy(translating + performance.now() - appliedAt, performance.now());
    if (this.#options.dataPlane.opensLater === true || allOpen(model, open)) this.#scheduleExpiry(model, now);
    else this.#scheduleRetry();
  }

  /** The data plane lost listeners, or has them again, on its own. */
  #onOpenChanged({ open, cause, findings }: OpenChange): void {
    if (this.#stopped) return;
    if (this.#inForce === null) {
      // While a configuration is put in force, what comes of that tells who is ready.
      const readiness = this.#readiness(this.#state.model, open, cause);
      if (!readiness.ready) this.#publish({ ...this.#state, open, readiness });
      return;
    }
    this.#inForce = { ...this.#inForce, applied: findings ?? this.#inForce.applied };
    this.#publish({ ...this.#state, ...this.#describe(this.#inForce, open, cause) });
  }

  /** What users are told of what is in force. */
  #describe(
    { snapshot, translation, checked, applied }: InForce,
    open: readonly string[],
    cause: string | null = null,
  ): Pick<GatewayState, 'open' | 'findings' | 'status' | 'readiness'> {
    const findings = [...checked, ...applied];
    const opened = new Set(open);
    const told = this.#tell(translation, { isOpen: (listener) => opened.has(listener), findings });
    const writer = { controllerName, now: new Date(this.#options.now()).toISOString() };
    return {
      open,
      findings: [...snapshot.findings, ...translation.findings, ...findings, ...told.findings],
      status: told.status === null ? this.#state.status : this.#status.update(told.status, writer),
      readiness: {
        ...this.#readiness(translation.model, open, cause),
        ...(typeof snapshot.stale === 'string' ? { stale: snapshot.stale } : {}),
      },
    };
  }

  #readiness(model: Model, open: readonly string[], why: string | null = null): Readiness {
    return (this.#options.readiness ?? readinessOf)(model, open, why);
  }

  #translate(snapshot: Snapshot, now: string): Translated | { readonly failure: Finding } {
    try {
      const translation = this.#options.translate(snapshot, this.#addresses, now);
      return {
        model: share(this.#state.model, translation.model),
        keys: share(this.#keys, translation.keys),
        translation,
      };
    } catch (cause) {
      return { failure: this.#fault('the objects could not be translated', cause) };
    }
  }

  async #apply(
    model: Model,
    keys: KeyMaterial,
  ): Promise<(Applied & { readonly checked: readonly Finding[] }) | { readonly failure: Finding }> {
    const { dataPlane } = this.#options;
    try {
      const checked = dataPlane.check(model);
      const { revision, open } = this.#state;
      const same = model === this.#state.model && keys === this.#keys;
      if (this.#inForce !== null && same && (dataPlane.opensLater === true || allOpen(model, open))) {
        return { revision, open, checked, findings: this.#inForce.applied };
      }
      this.#inForce = null;
      this.#attempt += 1;
      const applied = await dataPlane.apply(model, keys, this.#attempt);
      this.#keys = keys;
      return { ...applied, checked };
    } catch (cause) {
      return { failure: this.#fault('the data plane could not take up the configuration', cause) };
    }
  }

  /** Status is worth less than traffic: a fault in telling it must not undo what is applied. */
  #tell(translation: WholeTranslation, facts: DataPlaneFacts) {
    try {
      return { status: translation.status(facts), findings: [] };
    } catch (cause) {
      return { status: null, findings: [this.#fault('the status could not be told', cause)] };
    }
  }

  #fault(what: string, cause: unknown): Finding {
    this.#options.onFault(cause);
    return {
      severity: 'error',
      reason: 'InternalError',
      message: `${what}: ${messageOf(cause)}`,
      effect: 'what was in force before stays in force',
      remedy: 'report this as a fault of Farside, with the lines of the log about it',
      origin: nowhere,
    };
  }

  #publish(state: TranslatedState): void {
    const previous = this.#state;
    this.#state = state;
    this.#options.onState(state, previous);
  }

  #scheduleExpiry(model: Model, now: number): void {
    this.#retry = timings.firstRetry;
    const change = nextValidityChange(model, now);
    const delay = change === null ? timings.longestTranslation : change - now + timings.margin;
    this.#schedule(Math.min(delay, timings.longestTranslation));
  }

  #scheduleRetry(): void {
    this.#schedule(this.#retry);
    this.#retry = Math.min(this.#retry * 2, timings.longestRetry);
  }

  #schedule(delay: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.#timer = setTimeout(() => this.#wake(), delay);
    // The process lives by its data plane and its source, not by this.
    this.#timer.unref();
  }
}

const allOpen = (model: Model, open: readonly string[]): boolean =>
  Object.keys(model.listeners).every((id) => open.includes(id));
