import type { Resource } from '../resources/object.ts';
import { bySeniority } from './seniority.ts';
import { type PolicyTarget, targetKey } from './target.ts';

/** One policy's wish to attach to one target. */
export interface Attachment<P extends Resource = Resource> {
  readonly policy: P;
  readonly target: PolicyTarget;
  /** Field path of the reference in the policy. */
  readonly field: string;
}

/** Who attaches to a target, and who wanted to. */
export interface Contest<P extends Resource = Resource> {
  readonly target: PolicyTarget;
  readonly winner: Attachment<P>;
  /** In order of seniority. They lose to `winner` on this target only. */
  readonly losers: readonly Attachment<P>[];
}

/** The contests for every target, by `targetKey`. */
export type Contests<P extends Resource = Resource> = ReadonlyMap<string, Contest<P>>;

/**
 * Decides who attaches to which target. Seniority alone decides: a policy that turns out to be invalid keeps its place,
 * since what the next one says is not what its owner asked for.
 */
export function decideContests<P extends Resource>(attachments: Iterable<Attachment<P>>): Contests<P> {
  const byTarget = new Map<string, Attachment<P>[]>();
  for (const attachment of attachments) {
    const key = targetKey(attachment.target);
    const rivals = byTarget.get(key);
    if (rivals === undefined) byTarget.set(key, [attachment]);
    else if (rivals.every(({ policy }) => policy !== attachment.policy)) rivals.push(attachment);
  }
  const contests = new Map<string, Contest<P>>();
  for (const [key, rivals] of byTarget) {
    const [winner, ...losers] = rivals.sort((a, b) => bySeniority(a.policy, b.policy));
    if (winner !== undefined) contests.set(key, { target: winner.target, winner, losers });
  }
  return contests;
}

/** What decides on the most specific target that has something. Less specific ones do not count, not even in part. */
export function mostSpecific<T>(byTarget: ReadonlyMap<string, T>, targets: readonly PolicyTarget[]): T | undefined {
  for (const target of targets) {
    const found = byTarget.get(targetKey(target));
    if (found !== undefined) return found;
  }
  return undefined;
}
