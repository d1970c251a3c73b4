import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

/** A node of an OpenAPI v3 schema as a CustomResourceDefinition holds it (apiextensions.k8s.io/v1 JSONSchemaProps). */
export interface OpenApiSchema {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, OpenApiSchema>>;
  readonly required?: readonly string[];
  readonly items?: OpenApiSchema;
  readonly additionalProperties?: OpenApiSchema | boolean;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly allOf?: readonly OpenApiSchema[];
  readonly anyOf?: readonly OpenApiSchema[];
  readonly oneOf?: readonly OpenApiSchema[];
  readonly not?: OpenApiSchema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
  readonly [keyword: string]: unknown;
}

/** One entry of `x-kubernetes-validations`. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

export interface DefinitionVersion {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema: { readonly openAPIV3Schema: OpenApiSchema };
  readonly subresources?: { readonly status?: object };
}

/** What a CustomResourceDefinition says about its kind. */
export interface Definition {
  readonly group: string;
  readonly names: { readonly kind: string; readonly plural: string };
  readonly scope: 'Cluster' | 'Namespaced';
  readonly versions: readonly DefinitionVersion[];
}

/** Reads every CustomResourceDefinition in a YAML file, or in those of a folder, in the order of the file names. */
export function readDefinitions(place: string): readonly Definition[] {
  const files = place.endsWith('.yaml')
    ? [place]
    : readdirSync(place)
        .filter((file) => file.endsWith('.yaml'))
        .sort()
        .map((file) => join(place, file));
  return files
    .flatMap((file) => parseAllDocuments(readFileSync(file, 'utf8')))
    .map((document) => document.toJS() as { kind: string; spec: Definition } | null)
    .filter((object) => object?.kind === 'CustomResourceDefinition')
    .map((object) => (object as { spec: Definition }).spec);
}

/** The version that the API server stores. Every CustomResourceDefinition has exactly one. */
export function storageVersion(definition: Definition): DefinitionVersion {
  const version = definition.versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${definition.names.kind} has no storage version`);
  return version;
}
