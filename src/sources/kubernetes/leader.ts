import { errorOf } from '../../model/thrown.ts';
import { isConflict, isNotFound } from './api-error.ts';
import { pause } from './backoff.ts';
import type { ApiClient } from './client.ts';

export interface LeaderElectionOptions {
  readonly client: ApiClient;
  readonly namespace: string;
  /** The name of the Lease (coordination.k8s.io/v1). */
  readonly name: string;
  /** Different in every process. */
  readonly identity: string;
  /** Called with every change. Must not throw. */
  readonly onChange: (leading: boolean) => void;
  /** The Lease cannot be read or written, from the first failure in a row, or can be again (null). */
  readonly onTrouble?: (cause: Error | null) => void;
  readonly timings?: LeaderTimings;
}

/** Milliseconds. */
export interface LeaderTimings {
  /** Who has not renewed for that long leads no more: others may take over. */
  readonly lease: number;
  /** Who could not renew for that long stops by itself, well before somebody else may begin. */
  readonly renewDeadline: number;
  readonly retry: number;
}

const defaultTimings: LeaderTimings = { lease: 15_000, renewDeadline: 10_000, retry: 2_000 };

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface Lease {
  readonly metadata: { readonly resourceVersion?: string };
  readonly spec?: LeaseSpec;
}

/**
 * Elects one leader among several controllers by a Lease, as Kubernetes' own do. Whether another's lease has run out is
 * judged by how long it was seen unchanged, never by comparing clocks of machines.
 */
export class LeaderElection {
  readonly #options: LeaderElectionOptions;
  readonly #timings: LeaderTimings;
  readonly #abort = new AbortController();
  #leading = false;
  #troubled = false;
  #running: Promise<void> = Promise.resolve();
  /** When the lease that is held was renewed last. */
  #renewed = 0;
  #deadline: NodeJS.Timeout | null = null;
  /** The lease as it was seen, and since when. */
  #seen: { readonly resourceVersion: string; readonly since: number } | null = null;

  constructor(options: LeaderElectionOptions) {
    this.#options = options;
    this.#timings = options.timings ?? defaultTimings;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Takes part no more. Who leads gives the lease back, so that the next need not wait until it runs out. */
  async stop(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    const led = this.#leading;
    this.#change(false);
    if (led) await this.#release();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      await this.#try(signal);
      // Spread, so that candidates do not ask at one moment.
      if (!(await pause(this.#timings.retry * (0.8 + Math.random() * 0.4), signal))) return;
    }
  }

  async #try(signal: AbortSignal): Promise<void> {
    const asked = performance.now();
    const timeout = AbortSignal.timeout(this.#timings.renewDeadline);
    try {
      const held = await this.#acquire(AbortSignal.any([signal, timeout]));
      this.#tell(null);
      // Somebody wrote between our reading and writing. Whether that was another candidate is seen when it is read again.
      if (held === null) return;
      if (held) {
        // Counted from before the request: that is what others can have seen at the earliest.
        this.#renewed = asked;
        this.#armDeadline();
      }
      if (!signal.aborted) this.#change(held);
    } catch (cause) {
      if (signal.aborted) return;
      this.#tell(errorOf(cause));
    }
  }

  #armDeadline(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    const left = this.#renewed + this.#timings.renewDeadline - performance.now();
    this.#deadline = setTimeout(() => this.#change(false), Math.max(0, left)).unref();
  }

  /** Takes, or renews, the lease if it is free or ours. Null where somebody else was quicker to write something of it. */
  async #acquire(signal: AbortSignal): Promise<boolean | null> {
    const { client, identity } = this.#options;
    let lease: Lease;
    try {
      lease = (await client.json({ method: 'GET', path: this.#path, signal })) as Lease;
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
      return this.#create(signal);
    }
    const { holderIdentity = '' } = lease.spec ?? {};
    if (holderIdentity !== identity && holderIdentity !== '' && !this.#hasRunOut(lease)) return false;
    return this.#write(lease, this.#claim(lease.spec ?? {}), signal);
  }

  #hasRunOut({ metadata, spec }: Lease): boolean {
    const resourceVersion = metadata.resourceVersion ?? '';
    const now = performance.now();
    if (this.#seen?.resourceVersion !== resourceVersion) this.#seen = { resourceVersion, since: now };
    const duration = (spec?.leaseDurationSeconds ?? 0) * 1_000;
    return now - this.#seen.since > duration;
  }

  #claim(before: LeaseSpec): LeaseSpec {
    const { identity } = this.#options;
    const now = microTime();
    const isOurs = before.holderIdentity === identity;
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.max(1, Math.round(this.#timings.lease / 1_000)),
      acquireTime: isOurs ? (before.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (isOurs ? 0 : 1),
    };
  }

  async #create(signal: AbortSignal): Promise<true | null> {
    const { client, namespace, name } = this.#options;
    const path = `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases`;
    const spec = { ...this.#claim({}), leaseTransitions: 0 };
    const body = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name, namespace }, spec };
    return succeeds(client.json({ method: 'POST', path, body, signal }));
  }

  async #write(lease: Lease, spec: LeaseSpec, signal: AbortSignal): Promise<true | null> {
    const { client } = this.#options;
    // The resource version in it makes the write fail where another candidate was quicker.
    const body = { ...lease, spec };
    return succeeds(client.json({ method: 'PUT', path: this.#path, body, signal }));
  }

  async #release(): Promise<void> {
    const { client, identity } = this.#options;
    const signal = AbortSignal.timeout(this.#timings.retry);
    try {
      const lease = (await client.json({ method: 'GET', path: this.#path, signal })) as Lease;
      if (lease.spec?.holderIdentity !== identity) return;
      await this.#write(
        lease,
        { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime() },
        signal,
      );
    } catch (cause) {
      // It runs out by itself then.
      this.#tell(errorOf(cause));
    }
  }

  #change(leading: boolean): void {
    if (!leading && this.#deadline !== null) clearTimeout(this.#deadline);
    if (this.#leading === leading) return;
    this.#leading = leading;
    this.#options.onChange(leading);
  }

  #tell(cause: Error | null): void {
    const troubled = cause !== null;
    if (this.#troubled !== troubled) this.#options.onTrouble?.(cause);
    this.#troubled = troubled;
  }

  get #path(): string {
    const { namespace, name } = this.#options;
    return `/apis/coordination.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/leases/${encodeURIComponent(name)}`;
  }
}

/** Null where somebody else was quicker. */
async function succeeds(request: Promise<unknown>): Promise<true | null> {
  try {
    await request;
    return true;
  } catch (cause) {
    if (isConflict(cause)) return null;
    throw cause;
  }
}

/** metav1.MicroTime. */
const microTime = (): string => new Date().toISOString().replace('Z', '000Z');
