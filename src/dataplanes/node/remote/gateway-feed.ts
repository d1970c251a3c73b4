import type { Finding } from '../../../model/finding.ts';
import { type Configuration, type Delta, diff, emptyConfiguration } from '../delta.ts';
import { versionOf } from './version.ts';

/** A step from one version of a Gateway's configuration to another. */
export interface FeedUpdate {
  /** Empty for nothing at all. */
  readonly base: string;
  readonly version: string;
  readonly delta: Delta;
}

/** What a pod has in force. */
export interface Acknowledged {
  readonly version: string;
  /** Ids of the listeners that are open. */
  readonly open: readonly string[];
  readonly findings: readonly Finding[];
}

/** Someone who is told that the configuration is another one. */
export interface Follower {
  changed(): void;
}

interface Version {
  readonly version: string;
  readonly configuration: Configuration;
}

/** Versions that are kept to make deltas from, the one in force included. */
const kept = 4;

/** The configuration of one Gateway, and the pods that follow it. */
export class GatewayFeed {
  /** From the oldest to the newest; empty before the first. */
  #versions: readonly Version[] = [];
  /** When the newest version became it. */
  #since = 0;
  readonly #followers = new Map<Follower, Acknowledged | null>();
  /** Those that were waited for in vain, and have not caught up since. */
  readonly #late = new Set<Follower>();
  /** What the last pod had in force that went, and when. */
  #lost: { readonly acknowledged: Acknowledged; readonly at: number } | null = null;

  /** Takes up a configuration. What equals the one in force costs nothing. */
  set(configuration: Configuration, now: number): void {
    const version = versionOf(configuration);
    if (this.version === version) return;
    this.#versions = [...this.#versions.filter((each) => each.version !== version), { version, configuration }].slice(
      -kept,
    );
    this.#since = now;
    for (const follower of this.#followers.keys()) follower.changed();
  }

  /** The version in force, or empty before the first. */
  get version(): string {
    return this.#versions.at(-1)?.version ?? '';
  }

  get followers(): number {
    return this.#followers.size;
  }

  /** What makes the newest version of the one that a pod has; null where there is nothing to do. */
  updateFrom(base: string): FeedUpdate | null {
    const newest = this.#versions.at(-1);
    if (newest === undefined || newest.version === base) return null;
    const known = base === '' ? undefined : this.#versions.find(({ version }) => version === base);
    const from = known?.configuration ?? emptyConfiguration;
    return { base: known?.version ?? '', version: newest.version, delta: diff(from, newest.configuration) };
  }

  follow(follower: Follower): void {
    this.#followers.set(follower, null);
  }

  leave(follower: Follower, now: number): void {
    const acknowledged = this.#followers.get(follower);
    this.#followers.delete(follower);
    this.#late.delete(follower);
    if (acknowledged !== undefined && acknowledged !== null) this.#lost = { acknowledged, at: now };
  }

  acknowledge(follower: Follower, acknowledged: Acknowledged): void {
    if (!this.#followers.has(follower)) return;
    this.#followers.set(follower, acknowledged);
    if (acknowledged.version === this.version) this.#late.delete(follower);
    this.#lost = null;
  }

  /** Whether every pod that follows has the newest version in force, or is known to be late: there is nothing to wait for. */
  get isCurrent(): boolean {
    const { version } = this;
    return version === '' || [...this.#followers].every(([follower, each]) => this.#isHere(follower, each));
  }

  /** Pods that do not have the newest version by now hold up nothing any more until they have caught up. */
  waitedInVain(): void {
    for (const [follower, each] of this.#followers) if (!this.#isHere(follower, each)) this.#late.add(follower);
  }

  #isHere(follower: Follower, acknowledged: Acknowledged | null): boolean {
    return acknowledged?.version === this.version || this.#late.has(follower);
  }

  /** Whether some pod that follows has the newest version in force. */
  get isServed(): boolean {
    return this.#current().length > 0;
  }

  /**
   * What pods have in force: those with the newest version. For the time of `grace` (milliseconds) what was true before
   * counts where that is nobody: a new version is on its way, and a stream that was cut comes back, while pods serve on.
   * `serving` is set where somebody else knows that they do: then what was true counts until a pod says otherwise, and
   * who has never heard of any takes it that they serve, as they did under an earlier controller. Null where nobody is
   * known to serve.
   */
  inForce(now: number, grace: number, serving = false): readonly Acknowledged[] | null {
    const current = this.#current();
    if (current.length > 0) return current;
    const known = [...this.#followers.values()].filter((each) => each !== null);
    if (known.length === 0 && serving) return [this.#lost?.acknowledged ?? this.#assumed()];
    const lost = this.#lost !== null && now - this.#lost.at < grace ? [this.#lost.acknowledged] : [];
    const before = known.length > 0 ? known : lost;
    const isPatient = now - this.#since < grace;
    const counted = before.filter(({ version }) => isPatient || version === this.version);
    return counted.length === 0 ? null : counted;
  }

  /** Whether no pod that follows has said what it has in force, and those that went did so longer ago than `grace`. */
  isSilent(now: number, grace: number): boolean {
    const isHeard = [...this.#followers.values()].some((each) => each !== null);
    return !isHeard && (this.#lost === null || now - this.#lost.at >= grace);
  }

  #assumed(): Acknowledged {
    const { version = '', configuration = emptyConfiguration } = this.#versions.at(-1) ?? {};
    return { version, open: Object.keys(configuration.model.listeners), findings: [] };
  }

  #current(): readonly Acknowledged[] {
    const { version } = this;
    return [...this.#followers.values()].filter((each) => each !== null).filter((each) => each.version === version);
  }
}
