import type { Resource } from '../../resources/object.ts';

/** The class that objects have where no other is configured, and that they need not state. */
export const defaultIngressClass = 'contour';

/** The annotations that name a class, the first that an object has counts. */
const annotations = ['projectcontour.io/ingress.class', 'kubernetes.io/ingress.class'];

/**
 * The class of ours that an object is of, or null where it is of none. Annotations come before the field; without any
 * configured class an object is ours that has none, or the default one.
 *
 * @param stated `spec.ingressClassName`
 */
export function ownClassOf(
  { object }: Pick<Resource, 'object'>,
  stated: string | undefined,
  classes: readonly string[],
): string | null {
  const name = classNameOf({ object }, stated);
  if (classes.length > 0) return classes.includes(name) ? name : null;
  return name === '' || name === defaultIngressClass ? defaultIngressClass : null;
}

/** The class that an object states, or an empty text. */
export function classNameOf({ object }: Pick<Resource, 'object'>, stated: string | undefined): string {
  const annotated = annotations.map((name) => object.metadata.annotations?.[name]).find((value) => value !== undefined);
  return annotated === undefined || annotated === '' ? (stated ?? '') : annotated;
}
