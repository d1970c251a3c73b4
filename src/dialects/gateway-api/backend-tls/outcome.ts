import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import { describeTarget } from '../../../policies/target.ts';
import { originOf } from '../../../resources/set.ts';
import { keyOf } from '../names.ts';
import type { Coverage } from './coverage.ts';
import type { PolicyReading } from './policy.ts';
import { maxAncestors, type PolicyVerdict, roomFor } from './status.ts';
import type { Policy, ReadTarget } from './targets.ts';

/** The policy's problems together with what they mean for traffic. */
export function withEffects(
  reading: PolicyReading,
  coverage: Coverage<Policy>,
): Pick<PolicyVerdict, 'problems' | 'unresolved'> {
  const { policy, problems, unresolved } = reading;
  if (problems.length > 0) {
    const effect = coverage.effect(policy, 'answers 503', 'answer 503');
    const add = (finding: Finding): Finding => ({ ...finding, ...effect });
    return { problems: problems.map(add), unresolved: unresolved.map(add) };
  }
  const partly = coverage.effect(
    policy,
    'answers 503 where its certificate was signed by a CA that is missing here',
    'answer 503 where their certificates were signed by a CA that is missing here',
  );
  return { problems: [], unresolved: unresolved.map((finding) => ({ ...finding, ...partly })) };
}

/** Everything that a person should know about one policy. */
export function findingsOf(verdict: PolicyVerdict, targets: readonly ReadTarget[]): readonly Finding[] {
  const { reading, problems, unresolved, problemOf } = verdict;
  // That nothing is left to trust only sums up what is wrong with each reference.
  const causes = problems.filter(({ reason }) => reason !== 'NoValidCACertificate');
  const held = targets.flatMap((target) => problemOf(target) ?? []);
  return [...held, ...causes, ...limits(verdict), ...unresolved, ...reading.notes, ...reach(verdict, targets)];
}

/** What FarsideConfigs do not let through some Gateways: told once, with all of these. */
function limits({ ancestors, limitThrough }: PolicyVerdict): readonly Finding[] {
  const told = new Map<string, { readonly limit: Finding; readonly gateways: string[] }>();
  for (const { gateway } of ancestors) {
    const limit = limitThrough(gateway);
    if (limit === null) continue;
    const name = describeObject(gateway.reference);
    const known = told.get(limit.message);
    if (known === undefined) told.set(limit.message, { limit, gateways: [name] });
    else known.gateways.push(name);
  }
  return [...told.values()].map(({ limit, gateways }) => ({
    ...limit,
    effect: `what it covers answers 503 through ${gateways.join(', ')}`,
  }));
}

function reach({ reading, ancestors, problemOf }: PolicyVerdict, targets: readonly ReadTarget[]): Finding[] {
  const { policy } = reading;
  const room = roomFor(reading);
  if (ancestors.length > room) {
    const names = ancestors.slice(room).map(({ gateway }) => keyOf(gateway));
    return [
      {
        severity: 'warning',
        reason: 'TooManyAncestors',
        message: `the status of ${describeObject(policy.reference)} has room for ${maxAncestors} Gateways and does not show ${names.join(', ')}, though it is in force there`,
        remedy: 'split the policy or the Gateways, if its status is to be complete',
        origin: originOf(policy, ''),
      },
    ];
  }
  const free = targets.filter((target) => problemOf(target) === null);
  if (ancestors.length > 0 || free.length === 0) return [];
  return [
    {
      severity: 'info',
      reason: 'NoAncestor',
      message: `${describeObject(policy.reference)} has no effect yet: no route of a Gateway of ours reaches ${free.map(({ target }) => describeTarget(target)).join(' or ')}`,
      remedy: 'route to it, or remove the policy',
      origin: originOf(policy, 'spec.targetRefs'),
    },
  ];
}
