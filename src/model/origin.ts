/** Names one Kubernetes object. `namespace` is empty for cluster-scoped kinds. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/**
 * The place that decided something: a field of an object and, where the object came from a file, its position.
 *
 * `field` is a path as the API server prints it (`spec.rules[0].matches[1].path.value`); it is empty for the whole
 * object. `line` and `column` count from 1 and are null for objects that came from a cluster or were supplied.
 */
export interface Origin extends ObjectReference {
  readonly field: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** Where no object is to blame. */
export const noObject: ObjectReference = { apiVersion: '', kind: '', namespace: '', name: '' };

/** Where no place is, either. */
export const nowhere: Origin = { ...noObject, field: '', file: null, line: null, column: null };

/** A value together with what decided it. */
export interface Decided<T> {
  readonly value: T;
  readonly origin: Origin;
}

/** `kind namespace/name`, the way people name an object in a sentence. */
export function describeObject(reference: ObjectReference): string {
  const name = reference.namespace === '' ? reference.name : `${reference.namespace}/${reference.name}`;
  return `${reference.kind} ${name}`;
}

/** `policies.yaml:14:15`, or an empty string for an origin without a file. */
export function describePosition(origin: Origin): string {
  if (origin.file === null) return '';
  if (origin.line === null) return origin.file;
  return origin.column === null ? `${origin.file}:${origin.line}` : `${origin.file}:${origin.line}:${origin.column}`;
}
