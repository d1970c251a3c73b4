import { bySeniority } from '../../../policies/seniority.ts';
import type { Step } from '../../../policies/target.ts';
import type { Gateway } from '../../../resources/generated/types.ts';
import type { Resource } from '../../../resources/object.ts';
import type { Policy, ReadTarget } from './targets.ts';
import { objectKey } from './way.ts';

/** One Gateway that a policy takes effect through, or would if it were right. */
export interface Ancestor {
  readonly gateway: Resource<Gateway>;
  /** The targets of the policy that requests through the Gateway pass. */
  readonly targets: ReadonlySet<ReadTarget>;
}

/** Remembers which policies are reached through which Gateways. */
export class Ancestry {
  readonly #byObject = new Map<string, ReadTarget[]>();
  readonly #found = new Map<Policy, Map<Resource<Gateway>, Set<ReadTarget>>>();

  constructor(targets: Iterable<ReadTarget>) {
    for (const target of targets) {
      if (!target.exists) continue;
      const key = objectKey(target.target);
      const others = this.#byObject.get(key);
      if (others === undefined) this.#byObject.set(key, [target]);
      else others.push(target);
    }
  }

  /** A request through the Gateway passes the object, and this section of it. */
  passes(gateway: Resource<Gateway>, step: Step): void {
    for (const read of this.#byObject.get(objectKey(step)) ?? []) {
      const { section } = read.target;
      // A section that is wrong belongs to no way in particular: whoever passes the object learns of it.
      if (section === null || section === step.section || read.problem !== null) this.#add(gateway, read);
    }
  }

  /** A Gateway is the ancestor of the policies that target it, whether or not anything is routed through it. */
  serves(gateway: Resource<Gateway>, step: Step): void {
    for (const read of this.#byObject.get(objectKey(step)) ?? []) this.#add(gateway, read);
  }

  /** In order of the Gateways' seniority, so that what is cut off where there are too many is stable. */
  of(policy: Policy): readonly Ancestor[] {
    const found = this.#found.get(policy) ?? new Map<Resource<Gateway>, Set<ReadTarget>>();
    return [...found]
      .map(([gateway, targets]) => ({ gateway, targets }))
      .sort((a, b) => bySeniority(a.gateway, b.gateway));
  }

  #add(gateway: Resource<Gateway>, read: ReadTarget): void {
    let gateways = this.#found.get(read.policy);
    if (gateways === undefined) {
      gateways = new Map();
      this.#found.set(read.policy, gateways);
    }
    const targets = gateways.get(gateway);
    if (targets === undefined) gateways.set(gateway, new Set([read]));
    else targets.add(read);
  }
}
