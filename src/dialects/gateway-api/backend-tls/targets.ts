import type { Finding } from '../../../model/finding.ts';
import { describeObject } from '../../../model/origin.ts';
import { type Attachment, type Contests, decideContests } from '../../../policies/contest.ts';
import type { PolicyTarget } from '../../../policies/target.ts';
import type { Service, ServicePort } from '../../../resources/core.ts';
import type {
  BackendTLSPolicy,
  Gateway,
  GRPCRoute,
  HTTPRoute,
  LocalPolicyTargetReferenceWithSectionName,
} from '../../../resources/generated/types.ts';
import type { GroupKind, Resource } from '../../../resources/object.ts';
import { quote } from '../../../resources/quote.ts';
import { type Grant, resolve } from '../../../resources/resolve.ts';
import { originOf, type ResourceSet } from '../../../resources/set.ts';
import { dialectName, kinds } from '../names.ts';

export type Policy = Resource<BackendTLSPolicy>;

/** One entry of `targetRefs`, looked up. */
export interface ReadTarget extends Attachment<Policy> {
  /** Why the policy does not attach to it, or null. Other targets of the policy are not affected. */
  readonly problem: Finding | null;
  /** Whether the object that it names exists; a Gateway can be an ancestor only then. */
  readonly exists: boolean;
  /** The ports of a Service; empty for other kinds and for what does not exist. */
  readonly ports: readonly ServicePort[];
}

interface TargetKind {
  readonly kind: GroupKind;
  /** What a sectionName names, in the plural. */
  readonly sections: string;
  sectionNames(resource: Resource): readonly string[];
  /** What makes the object, or the section, one that no policy can cover; or null. */
  unfit(resource: Resource, section: string | null): string | null;
}

/** Services are what the specification asks for; the others are extensions that cover every backend reached through them. */
const targetKinds: readonly TargetKind[] = [
  {
    kind: kinds.service,
    sections: 'named ports',
    sectionNames: (resource) => portsOf(resource).flatMap(({ name }) => name ?? []),
    unfit: unfitService,
  },
  {
    kind: kinds.httpRoute,
    sections: 'named rules',
    sectionNames: ({ object }) => ((object as HTTPRoute).spec.rules ?? []).flatMap(({ name }) => name ?? []),
    unfit: () => null,
  },
  {
    kind: kinds.grpcRoute,
    sections: 'named rules',
    sectionNames: ({ object }) => ((object as GRPCRoute).spec.rules ?? []).flatMap(({ name }) => name ?? []),
    unfit: () => null,
  },
  {
    kind: kinds.gateway,
    sections: 'listeners',
    sectionNames: ({ object }) => (object as Gateway).spec.listeners.map(({ name }) => name),
    unfit: () => null,
  },
];

export function readTargets(policy: Policy, resources: ResourceSet, grants: readonly Grant[]): readonly ReadTarget[] {
  return policy.object.spec.targetRefs.map((ref, index) => readTarget(policy, ref, index, resources, grants));
}

/** Who attaches where, among the targets that policies can attach to. */
export function contestsOf(targets: Iterable<ReadTarget>): Contests<Policy> {
  return decideContests([...targets].filter(({ problem }) => problem === null));
}

function readTarget(
  policy: Policy,
  ref: LocalPolicyTargetReferenceWithSectionName,
  index: number,
  resources: ResourceSet,
  grants: readonly Grant[],
): ReadTarget {
  const field = `spec.targetRefs[${index}]`;
  const { namespace } = policy.reference;
  const { group, kind, name } = ref;
  const target: PolicyTarget = { group, kind, namespace, name, section: ref.sectionName ?? null };
  const missing = (problem: Finding): ReadTarget => ({ policy, target, field, exists: false, problem, ports: [] });
  const found = (reason: string, part: string, message: string, remedy: string, effect?: string): Finding => ({
    severity: 'error',
    reason,
    message,
    ...(effect === undefined ? {} : { effect }),
    remedy,
    origin: originOf(policy, `${field}.${part}`),
  });
  const row = targetKinds.find((each) => each.kind.group === group && each.kind.kind === kind);
  if (row === undefined) {
    const what = group === '' ? kind : `${kind}.${group}`;
    const message = `${describeObject(policy.reference)} targets ${what} ${name}, a kind that it cannot attach to`;
    // GEP-4894: an XBackend says itself how it is reached.
    const isXBackend = group === kinds.xBackend.group && kind === kinds.xBackend.kind;
    const remedy = isXBackend
      ? 'write the TLS into spec.tls of the XBackend'
      : 'target a Service, an HTTPRoute or a Gateway';
    return missing(found('TargetNotFound', 'kind', message, remedy));
  }
  const from = { ...kinds.backendTlsPolicy, namespace };
  const resolution = resolve(resources, grants, { dialect: dialectName, from, to: { ...row.kind, namespace, name } });
  if (resolution.type !== 'found') {
    const message = `${kind} ${namespace}/${name}, a target of ${describeObject(policy.reference)}, does not exist`;
    return missing(found('TargetNotFound', 'name', message, 'create it, or correct the name'));
  }
  const { resource } = resolution;
  const ports = row.kind === kinds.service ? portsOf(resource) : [];
  const existing = (problem: Finding | null): ReadTarget => ({ policy, target, field, exists: true, problem, ports });
  const sections = row.sectionNames(resource);
  if (target.section !== null && !sections.includes(target.section)) {
    const there = sections.length === 0 ? `it has no ${row.sections}` : `its ${row.sections} are ${listed(sections)}`;
    return existing(
      found(
        'TargetNotFound',
        'sectionName',
        `${describeObject(resource.reference)}, a target of ${describeObject(policy.reference)}, has no section ${quote(target.section)}; ${there}`,
        'correct the sectionName, or remove it to cover the whole object',
        'the policy does not attach to it, as the Gateway API asks, and what it was meant for is not protected by it',
      ),
    );
  }
  const unfit = row.unfit(resource, target.section);
  if (unfit === null) return existing(null);
  const part = target.section === null ? 'name' : 'sectionName';
  const message = `${describeObject(policy.reference)} targets ${unfit}, and TLS runs over TCP`;
  return existing(found('Invalid', part, message, 'target a TCP port'));
}

const listed = (names: readonly string[]): string => names.slice(0, 16).map(quote).join(', ');

const portsOf = (resource: Resource): readonly ServicePort[] => (resource.object as Service).spec.ports ?? [];

/** GEP-1897: a port that is not TCP, by name or as the only one, cannot be covered. */
function unfitService(resource: Resource, section: string | null): string | null {
  const ports = portsOf(resource);
  const covered = section === null ? ports : ports.filter(({ name }) => name === section);
  const [first] = covered;
  if (first === undefined || covered.some(({ protocol }) => protocol === 'TCP')) return null;
  const name = describeObject(resource.reference);
  if (covered.length > 1) return `${name}, none of whose ports is TCP`;
  return `port ${first.port} of ${name}, which is ${first.protocol}`;
}

/** The ports that a policy for a whole Service leaves out: `port 53 (UDP)`. */
export function uncoveredPorts({ target, ports }: ReadTarget): readonly string[] {
  if (target.section !== null) return [];
  return ports.filter(({ protocol }) => protocol !== 'TCP').map(({ port, protocol }) => `port ${port} (${protocol})`);
}
