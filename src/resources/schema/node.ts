import type { Expression } from './cel/expression.ts';

/** An index into `KindSchema.nodes`. */
export type NodeIndex = number;

/**
 * One node of a structural schema (apiextensions.k8s.io/v1 JSONSchemaProps). Keywords have the meaning and the names
 * that they have there; a child is the index of its node, and equal nodes are one.
 */
export interface SchemaNode {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';
  readonly format?: string;
  readonly nullable?: true;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: true;
  readonly exclusiveMaximum?: true;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, NodeIndex>>;
  readonly additionalProperties?: NodeIndex;
  readonly items?: NodeIndex;
  readonly allOf?: readonly NodeIndex[];
  readonly anyOf?: readonly NodeIndex[];
  readonly oneOf?: readonly NodeIndex[];
  readonly not?: NodeIndex;
  /** `x-kubernetes-int-or-string`. */
  readonly intOrString?: true;
  /** `x-kubernetes-preserve-unknown-fields`. */
  readonly preserveUnknownFields?: true;
  /** `x-kubernetes-list-type`; absent for `atomic`. */
  readonly listType?: 'set' | 'map';
  /** `x-kubernetes-list-map-keys`. */
  readonly listMapKeys?: readonly string[];
  /** `x-kubernetes-validations`. */
  readonly rules?: readonly Rule[];
}

/** One entry of `x-kubernetes-validations` with its parsed expression. */
export interface Rule {
  readonly rule: string;
  readonly expression: Expression;
  readonly message?: string;
  /** The rule compares with the object before the update. */
  readonly usesOldSelf?: true;
}

/** What a CustomResourceDefinition says about its kind. */
export interface KindSchema {
  readonly group: string;
  readonly kind: string;
  readonly scope: 'Cluster' | 'Namespaced';
  /** The version that objects of every served version are stored as, with no change but the apiVersion. */
  readonly storageVersion: string;
  /** Whether `status` is a subresource: an object that is applied cannot set it. */
  readonly statusSubresource: boolean;
  /** The root of the schema of each served version. */
  readonly versions: Readonly<Record<string, NodeIndex>>;
  readonly nodes: readonly SchemaNode[];
}
