import type { KubernetesObject, Resource } from '../resources/object.ts';

/**
 * The order in which objects that compete take precedence: the older creation timestamp first, then `namespace/name`
 * (GEP-713, Gateway API). An object without a timestamp counts as the oldest; in a folder all have the same age.
 */
export function bySeniority(a: Resource, b: Resource): number {
  return createdAt(a.object) - createdAt(b.object) || compareNames(a, b);
}

/** Milliseconds since 1970; 0 without a timestamp that can be read. */
export function createdAt({ metadata }: KubernetesObject): number {
  const time = Date.parse(metadata.creationTimestamp ?? '');
  return Number.isNaN(time) ? 0 : time;
}

/** By code units, the same on every machine. */
function compareNames(a: Resource, b: Resource): number {
  const [left, right] = [a, b].map(({ reference }) => `${reference.namespace}/${reference.name}`) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}
