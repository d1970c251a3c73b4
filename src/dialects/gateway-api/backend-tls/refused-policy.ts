import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import type { BackendSecurity } from '../../../model/tls.ts';
import { type PolicyTarget, targetKey } from '../../../policies/target.ts';
import type { RefusedObject } from '../../../resources/object.ts';
import { isRecord } from '../../../resources/plain-record.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { kinds } from '../names.ts';
import type { Coverage } from './coverage.ts';

/** One target that a policy names although its schema refuses the policy. Whoever passes the target is refused. */
export interface RefusedTarget {
  readonly policy: RefusedObject;
  readonly target: PolicyTarget;
}

/**
 * The targets of the BackendTLSPolicies that were refused, by `targetKey`. Such a policy does not exist, to an API server;
 * but somebody asked for TLS in so many words, and plaintext would be the answer to a typing error.
 */
export function readRefusedTargets(resources: ResourceSet): ReadonlyMap<string, RefusedTarget> {
  const byTarget = new Map<string, RefusedTarget>();
  for (const policy of resources.refused(kinds.backendTlsPolicy)) {
    for (const target of targetsOf(policy)) {
      const key = targetKey(target);
      if (!byTarget.has(key)) byTarget.set(key, { policy, target });
    }
  }
  return byTarget;
}

/** What `targetRefs` plainly names: an object by its name. A kind or group that is missing or no text means a Service. */
function targetsOf({ reference: { namespace }, spec }: RefusedObject): readonly PolicyTarget[] {
  if (!isRecord(spec)) return [];
  // `targetRef` was the field before v1alpha3. One reference that should have been a list is as plain.
  const refs: readonly unknown[] = [spec.targetRefs, spec.targetRef].flat();
  return refs.flatMap((ref): readonly PolicyTarget[] => {
    if (!isRecord(ref) || typeof ref.name !== 'string') return [];
    const { name, sectionName } = ref;
    const kind = typeof ref.kind === 'string' ? ref.kind : kinds.service.kind;
    const group = typeof ref.group === 'string' ? ref.group : groupOfKind(kind);
    return [{ group, kind, namespace, name, section: typeof sectionName === 'string' ? sectionName : null }];
  });
}

function groupOfKind(kind: string): string {
  return [kinds.httpRoute, kinds.gateway].find((each) => each.kind === kind)?.group ?? kinds.service.group;
}

/** The security of a backend that is reached past the target. */
export function refuseTarget({ policy }: RefusedTarget): BackendSecurity {
  const message = `${describe(policy)} is not valid: ${policy.message}`;
  return { type: 'refused', reason: 'InvalidPolicy', message, origin: originOf(policy, policy.field) };
}

/** One finding for each refused policy that some backend is reached past. */
export function refusedPolicyFindings(
  targets: Iterable<RefusedTarget>,
  coverage: Coverage<RefusedObject>,
): readonly Finding[] {
  const policies = new Set([...targets].map(({ policy }) => policy));
  return [...policies].flatMap((policy): readonly Finding[] => {
    const { effect } = coverage.effect(policy, 'answers 503', 'answer 503');
    if (effect === undefined) return [];
    const name = describe(policy);
    return [
      {
        severity: 'error',
        reason: 'InvalidPolicy',
        message: `${name} asks for TLS and is not valid, so that nobody knows whom to trust`,
        effect: `${effect}, rather than being sent plain HTTP`,
        remedy: 'correct the policy, or remove it',
        origin: originOf(policy, 'spec.targetRefs'),
      },
    ];
  });
}

function describe({ reference }: RefusedObject): string {
  if (reference.name !== '') return describeObject(reference);
  return `a ${reference.kind} without a name in namespace ${reference.namespace}`;
}
