import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import { describeTarget } from '../../../policies/target.ts';
import type { PolicyAncestorStatus } from '../../../resources/generated/types.ts';
import type { StatusDocument } from '../../dialect.ts';
import { conditions, unless, type Verdict } from '../condition.ts';
import { controllerName, kinds } from '../names.ts';
import type { Ancestor } from './ancestors.ts';
import type { PolicyReading } from './policy.ts';
import { type ReadTarget, uncoveredPorts } from './targets.ts';

/** The specification's limit on `status.ancestors`, entries of other controllers included. */
export const maxAncestors = 16;

/** What the status of a policy is made from. */
export interface PolicyVerdict {
  readonly reading: PolicyReading;
  readonly ancestors: readonly Ancestor[];
  /** The policy's own problems, and those of its CA references, with what follows for traffic. */
  readonly problems: readonly Finding[];
  readonly unresolved: readonly Finding[];
  /** Why it is not accepted through one Gateway, though it is right by itself. */
  readonly limitThrough: (gateway: Ancestor['gateway']) => Finding | null;
  /** Why the policy is not in force for one of its targets. */
  readonly problemOf: (target: ReadTarget) => Finding | null;
}

/** How many ancestors of ours there is room for beside those of other controllers. */
export function roomFor({ policy }: PolicyReading): number {
  const others = (policy.object.status?.ancestors ?? []).filter((entry) => entry.controllerName !== controllerName);
  return Math.max(0, maxAncestors - others.length);
}

/** Null for a policy that is not ours to speak of: no Gateway of ours is an ancestor, nor was one. */
export function policyStatus(verdict: PolicyVerdict, now: string): StatusDocument | null {
  const { policy } = verdict.reading;
  const { ancestors } = verdict;
  const told = (policy.object.status?.ancestors ?? []).some((entry) => entry.controllerName === controllerName);
  if (ancestors.length === 0 && !told) return null;
  const { apiVersion, kind, namespace, name } = policy.reference;
  const shown = ancestors.slice(0, roomFor(verdict.reading));
  return {
    apiVersion,
    kind,
    metadata: { namespace, name },
    status: { ancestors: shown.map((ancestor) => ancestorStatus(verdict, ancestor, now)) },
  };
}

function ancestorStatus(verdict: PolicyVerdict, ancestor: Ancestor, now: string): PolicyAncestorStatus {
  const { reading, unresolved } = verdict;
  const clock = { generation: reading.policy.object.metadata.generation ?? 1, now };
  const resolved = 'every CA reference leads to certificates';
  const { namespace, name } = ancestor.gateway.reference;
  return {
    ancestorRef: { group: kinds.gateway.group, kind: kinds.gateway.kind, namespace, name },
    controllerName,
    conditions: conditions(
      [accepted(verdict, ancestor), unless(unresolved, 'ResolvedRefs', 'ResolvedRefs', resolved)],
      clock,
    ),
  };
}

/** Where a policy is in force for one target and not for another, the condition is false, and its message tells both. */
function accepted(verdict: PolicyVerdict, { gateway, targets }: Ancestor): Verdict {
  const { reading, problemOf } = verdict;
  const limit = verdict.limitThrough(gateway);
  const problems = limit === null ? verdict.problems : [...verdict.problems, limit];
  const held = [...targets].flatMap((target) => problemOf(target) ?? []);
  const conflicts = held.filter(({ reason }) => reason === 'Conflicted');
  const others = held.filter(({ reason }) => reason !== 'Conflicted');
  const inForce = [...targets]
    .filter((target) => problemOf(target) === null)
    .map(({ target }) => describeTarget(target));
  const force = `${describeObject(reading.policy.reference)} is in force for ${inForce.join(' and for ')}`;
  const verdictOfAll = unless(
    [...conflicts, ...problems, ...others],
    'Accepted',
    'Accepted',
    `${force}${remarks(reading, targets)}`,
  );
  if (verdictOfAll.status === 'True' || inForce.length === 0 || problems.length > 0) return verdictOfAll;
  return { ...verdictOfAll, message: `${verdictOfAll.message}. ${force}` };
}

function remarks({ options }: PolicyReading, targets: ReadonlySet<ReadTarget>): string {
  const skipped = options.skipVerify?.value === true ? '. Backends are NOT VERIFIED, as it asks with an option' : '';
  const ports = [...targets].flatMap(uncoveredPorts);
  // GEP-1897 asks for this warning where a Service has other ports beside those of TCP.
  return ports.length === 0 ? skipped : `${skipped}. It has no effect on ${ports.join(', ')}: TLS runs over TCP`;
}
