import type { FieldError } from '../field-error.ts';
import type { GoType } from '../go-struct.ts';
import type { NameRule } from '../metadata.ts';

/** The fields of a decoded object. Their types are those of the Go type. */
export type Fields = Readonly<Record<string, unknown>>;

/** What the API server does with a built-in kind. */
export interface CoreKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly nameRule: NameRule;
  /** The Go type, without apiVersion and kind. */
  readonly type: GoType;
  /** Fields that an object cannot set when it is created. */
  readonly dropped: readonly string[];
  /** Fills in the defaults. `metadata` is there and may have no name. */
  complete(object: Fields): Fields;
  /** The faults of a complete object, metadata aside. */
  validate(object: Fields): readonly FieldError[];
}

/** The protocols of a port. */
export const protocols: readonly string[] = ['SCTP', 'TCP', 'UDP'];
