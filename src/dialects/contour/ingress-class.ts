import type { Resource } from '../../resources/object.ts';

/** The class that objects have where no other is configured, and that they need not state. */
export const defaultIngressClass = 'contour';

/** The annotations that name a class, the first that an object has counts. */
const annotations = ['projectcontour.io/ingress.class', 'kubernetes.io/ingress.class'];

/**
 * Whether an object is of one of our classes. Annotations come before the field; without any configured class an object
 * is ours that has none, or the default one.
 *
 * @param stated `spec.ingressClassName`
 */
export function isOfOurClass({ object }: Resource, stated: string | undefined, classes: readonly string[]): boolean {
  const annotated = annotations.map((name) => object.metadata.annotations?.[name]).find((value) => value !== undefined);
  const name = annotated === undefined || annotated === '' ? (stated ?? '') : annotated;
  return classes.length === 0 ? name === '' || name === defaultIngressClass : classes.includes(name);
}
