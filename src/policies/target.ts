/** What a policy attaches to: an object, or one section of it. */
export interface PolicyTarget {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** A Service's port name, a Gateway's listener name, a route's rule name; null for the whole object. */
  readonly section: string | null;
}

/** Equal exactly for equal targets. None of the parts can hold a slash or a hash. */
export function targetKey({ group, kind, namespace, name, section }: PolicyTarget): string {
  return `${group}/${kind}/${namespace}/${name}${section === null ? '' : `#${section}`}`;
}

/** `Service shop/orders, section https`: the way people name a target in a sentence. */
export function describeTarget({ kind, namespace, name, section }: PolicyTarget): string {
  return `${kind} ${namespace}/${name}${section === null ? '' : `, section ${section}`}`;
}

/** One object on the way of a request, with the section of it that the request passes. */
export interface Step {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  /** Null where the section has no name that a policy could give. */
  readonly section: string | null;
}

/**
 * Every target that a policy may name to cover a request, from the most to the least specific. `steps` go from the
 * backend to the gateway; a section is more specific than the object around it (GEP-713, "Hierarchy of target kinds").
 */
export function targetsOnTheWay(steps: readonly Step[]): readonly PolicyTarget[] {
  return steps.flatMap((step) => (step.section === null ? [step] : [step, { ...step, section: null }]));
}
