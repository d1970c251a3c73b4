import { isDeepStrictEqual } from 'node:util';
import type { DesiredObject } from '../../infrastructure/gateway/objects.ts';
import { type DataPlaneUnit, isOfUnit } from '../../infrastructure/gateway/unit.ts';
import { errorOf } from '../../model/thrown.ts';
import type { KubernetesObject } from '../../resources/object.ts';
import { isNotFound } from '../../sources/kubernetes/api-error.ts';
import type { ObjectName, OwnObjects } from './own-objects.ts';
import { Retries } from './retries.ts';
import { WorkQueue } from './work-queue.ts';

/** What a data plane is to have. */
export interface DesiredInfrastructure {
  readonly unit: DataPlaneUnit;
  /** In the order in which they are applied. None: it is not wanted any more, and has what is left of us removed. */
  readonly objects: readonly DesiredObject[];
  /** Names of objects that it may have from before and is not to have. */
  readonly unwanted: readonly ObjectName[];
  /** What is there of it by now, as far as it is watched: where that changes, all is applied once more. */
  readonly live: unknown;
}

export type WrittenObjects = Pick<OwnObjects, 'apply' | 'get' | 'delete'>;

export interface InfrastructureWriterOptions {
  readonly objects: WrittenObjects;
  /** Makes the objects that hold keys, which come first. */
  readonly credentials: (unit: DataPlaneUnit) => Promise<readonly DesiredObject[]>;
  /** Why a data plane does not get what it needs, or null when it has got it; must not throw. */
  readonly onTrouble: (unit: DataPlaneUnit, cause: Error | null) => void;
}

/** Milliseconds, writes at once, and data planes a second. */
const bounds = { concurrency: 8, rate: 50, again: 3_600_000 };

/** Brings the objects of data planes to what is desired, by server-side apply. An object of somebody else is not touched. */
export class InfrastructureWriter {
  readonly #options: InfrastructureWriterOptions;
  readonly #queue: WorkQueue;
  #desired: ReadonlyMap<string, DesiredInfrastructure> = new Map();
  readonly #retries = new Retries();
  readonly #troubled = new Set<string>();
  #leading = false;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: InfrastructureWriterOptions) {
    this.#options = options;
    const { concurrency, rate } = bounds;
    this.#queue = new WorkQueue({ work: (key) => this.#write(key), concurrency, rate });
  }

  /** Takes up what is desired now, by the names of the data planes. */
  update(desired: ReadonlyMap<string, DesiredInfrastructure>): void {
    const previous = this.#desired;
    this.#desired = desired;
    for (const key of previous.keys()) {
      if (desired.has(key)) continue;
      this.#troubled.delete(key);
      this.#retries.forget(key);
    }
    if (!this.#leading) return;
    for (const [key, next] of desired) if (!isSame(previous.get(key), next)) this.#queue.add(key);
  }

  /**
   * A Secret is another one, or gone: whose it is gets what it should have. After a write of ours that is once more the
   * same, which the API server does not tell of again.
   */
  touched(namespace: string, name: string): void {
    if (!this.#leading) return;
    for (const [key, { unit }] of this.#desired) {
      if (unit.namespace === namespace && unit.objectName === name) this.#queue.add(key);
    }
  }

  /** Writes from now on; everything once, whoever led before, and once more from time to time, since keys are renewed. */
  lead(): void {
    this.#leading = true;
    this.#queue.start();
    const all = (): void => {
      for (const key of this.#desired.keys()) this.#queue.add(key);
    };
    all();
    this.#timer = setInterval(all, bounds.again).unref();
  }

  /** Begins no further write, and resolves when the one that is under way is answered. */
  async stop(): Promise<void> {
    this.#leading = false;
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#queue.stop();
    this.#retries.clear();
  }

  async #write(key: string): Promise<number | null> {
    const desired = this.#desired.get(key);
    if (desired === undefined) {
      this.#retries.forget(key);
      this.#troubled.delete(key);
      return null;
    }
    const { unit } = desired;
    try {
      if (desired.objects.length > 0) {
        for (const object of await this.#options.credentials(unit)) await this.#apply(unit, object);
        for (const object of desired.objects) await this.#apply(unit, object);
      }
      for (const name of desired.unwanted) await this.#remove(unit, name);
      if (!this.#leading) return null;
      this.#retries.forget(key);
      if (this.#troubled.delete(key)) this.#options.onTrouble(unit, null);
      return null;
    } catch (cause) {
      // The Gateway, or its namespace, went meanwhile.
      if (isNotFound(cause) && this.#desired.get(key) !== desired) return null;
      const error = errorOf(cause);
      this.#troubled.add(key);
      this.#options.onTrouble(unit, error);
      return this.#retries.after(key, error);
    }
  }

  /**
   * Asked first, since an apply whose fields conflict with nothing would make an object of somebody else ours: a
   * ServiceAccount with its rights, among others. In what is of the unit, fields that somebody else has set are set back.
   */
  async #apply(unit: DataPlaneUnit, object: DesiredObject): Promise<void> {
    // An API server that is slow makes the objects of one data plane a matter of minutes: somebody else leads by then.
    if (!this.#leading) return;
    const { objects } = this.#options;
    const name = nameOf(object);
    const live = await objects.get(name);
    if (live !== null && !isOfUnit(live, unit)) {
      throw new Error(
        `there is a ${name.kind} ${name.namespace}/${name.name} already, and it is not of ${unit.description}`,
      );
    }
    // One that comes about meanwhile is a conflict, and looked at when this is tried again.
    await objects.apply(object, live !== null);
  }

  async #remove(unit: DataPlaneUnit, name: ObjectName): Promise<void> {
    if (!this.#leading) return;
    const live = await this.#options.objects.get(name);
    if (live?.metadata.uid === undefined || !isOfUnit(live, unit)) return;
    await this.#options.objects.delete(name, live.metadata.uid);
  }
}

const nameOf = ({ kind, metadata }: KubernetesObject): ObjectName => ({
  kind,
  namespace: metadata.namespace ?? '',
  name: metadata.name,
});

function isSame(a: DesiredInfrastructure | undefined, b: DesiredInfrastructure): boolean {
  return (
    a !== undefined &&
    isDeepStrictEqual([a.unit, a.objects, a.unwanted, a.live], [b.unit, b.objects, b.unwanted, b.live])
  );
}
