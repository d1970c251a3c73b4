import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Contest, Contests } from '../../../policies/contest.ts';
import { createdAt } from '../../../policies/seniority.ts';
import { describeTarget, targetKey } from '../../../policies/target.ts';
import { originOf } from '../../../resources/set.ts';
import type { Policy, ReadTarget } from './targets.ts';

/** Why a policy that could attach to a target does not, or null where it does. */
export function conflictOf(read: ReadTarget, contests: Contests<Policy>): Finding | null {
  const contest = contests.get(targetKey(read.target));
  if (contest === undefined || contest.winner.policy === read.policy) return null;
  return describeConflict(read, contest);
}

function describeConflict({ policy, target, field }: ReadTarget, { winner }: Contest<Policy>): Finding {
  const older = createdAt(winner.policy.object) < createdAt(policy.object);
  const why = older ? 'is older' : 'is of the same age and comes first by name';
  return {
    severity: 'error',
    reason: 'Conflicted',
    message: `${describeObject(policy.reference)} is not in force for ${describeTarget(target)}: ${describeObject(winner.policy.reference)} targets the same and ${why}`,
    remedy:
      target.section === null
        ? 'remove one of the two, or let one of them name a section'
        : 'remove one of the two, or let them name different sections',
    origin: originOf(policy, field),
    parent: winner.policy.reference,
  };
}
