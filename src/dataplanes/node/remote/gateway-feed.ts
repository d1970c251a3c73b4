import type { Finding } from '../../../model/finding.ts';
import { type Configuration, type Delta, diff, emptyConfiguration } from '../delta.ts';
import { versionOf } from './codec.ts';

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
  /** Ids of the sockets that are open. */
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
  readonly #followers = new Map<Follower, Acknowledged | null>();

  /** Takes up a configuration. What equals the one in force costs nothing. */
  set(configuration: Configuration): void {
    const version = versionOf(configuration);
    if (this.version === version) return;
    this.#versions = [...this.#versions.filter((each) => each.version !== version), { version, configuration }].slice(
      -kept,
    );
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

  leave(follower: Follower): void {
    this.#followers.delete(follower);
  }

  acknowledge(follower: Follower, acknowledged: Acknowledged): void {
    if (this.#followers.has(follower)) this.#followers.set(follower, acknowledged);
  }

  /** Whether every pod that follows has the newest version in force: there is nothing to wait for. */
  get isCurrent(): boolean {
    const { version } = this;
    return version === '' || [...this.#followers.values()].every((each) => each?.version === version);
  }

  /** Of the pods that have the newest version in force; null while none has. */
  get inForce(): readonly Acknowledged[] | null {
    const { version } = this;
    const current = [...this.#followers.values()].filter((each) => each !== null && each.version === version);
    return current.length === 0 ? null : (current as readonly Acknowledged[]);
  }
}
