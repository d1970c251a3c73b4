import type { ObjectReference } from '../model/origin.ts';

/** The metadata that Farside reads. The API server supplies what is missing; a folder supplies the same defaults. */
export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly generation?: number;
  readonly resourceVersion?: string;
  /** RFC 3339. In a folder without one, every object is of the same age. */
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
}

/** Whom an object goes with. At most one owner controls it. */
export interface OwnerReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly controller?: boolean;
}

/** A Kubernetes object that passed its schema: defaults are filled in, unknown fields are gone. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A kind without its version. `group` is empty for the core group. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

/** Where a field of a source document stands. Lines and columns count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Tells where an object came from. Objects from a cluster have no file and no positions. */
export interface Provenance {
  readonly file: string | null;
  /** The position of a field path (`spec.rules[0].name`), or of its nearest ancestor that is written down. */
  position(field: string): Position | null;
}

/** An object with where it came from. Identity is stable: an unchanged object is the same `Resource` in the next set. */
export interface Resource<T extends KubernetesObject = KubernetesObject> {
  readonly reference: ObjectReference;
  readonly object: T;
  readonly provenance: Provenance;
}

/**
 * An object that its source holds and its schema refuses, and of which no earlier version is in force. For traffic it
 * does not exist; but who must fail closed may heed what it plainly says.
 */
export interface RefusedObject {
  /** As it is written; `namespace` is `default` where none is, and `name` may be empty. */
  readonly reference: ObjectReference;
  /** Nothing of it is checked. Null where there is none. */
  readonly spec: unknown;
  readonly provenance: Provenance;
  /** The first thing that is wrong, in the API server's words, and its field. */
  readonly message: string;
  readonly field: string;
}

/** The part of an apiVersion before the slash; empty for the core group. */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
