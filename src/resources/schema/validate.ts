import { groupOf, type KubernetesObject } from '../object.ts';
import type { CoreKind } from './core/kind.ts';
import { coreKindOf } from './core/kinds.ts';
import { toStorage, validateFields } from './custom.ts';
import { decodeFields } from './decode.ts';
import { type FieldError, invalidMessage } from './field-error.ts';
import { decodeStruct } from './go-struct.ts';
import { goQuote } from './go-text.ts';
import { schemaOf } from './load.ts';
import { completeMetadata, coreFinalizerFaults, decodeMetadata, type Metadata, validateMetadata } from './metadata.ts';
import { isDnsSubdomain } from './names.ts';
import type { Schema } from './schema.ts';

/** One thing that is wrong with an object. */
export interface Violation {
  /** A path as in `Origin.field`; empty for the whole object. */
  readonly field: string;
  /** What the API server says of the field, without the field: `Required value`. */
  readonly message: string;
}

export type Validation =
  /** The object as the API server would return it: defaults filled in, in the version that it is stored as. */
  | { readonly type: 'valid'; readonly object: KubernetesObject }
  /** `message` is what the API server answers. */
  | { readonly type: 'invalid'; readonly message: string; readonly violations: readonly Violation[] }
  /** No fault: a kind that no schema here describes, which is for others to read. */
  | { readonly type: 'unknown-kind'; readonly apiVersion: string; readonly kind: string };

type JsonObject = Readonly<Record<string, unknown>>;

/**
 * Does what a Kubernetes API server with the Gateway API's definitions does with a new object, in strict field
 * validation: refuses unknown fields, fills in defaults, checks types, limits and CEL rules, all with its messages.
 *
 * A namespaced object without a namespace gets `default`. What an object cannot set when it is applied is dropped:
 * `status`, and the namespace of a cluster-scoped kind.
 */
export function validateObject(value: unknown): Validation {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return invalidDocument('', 'expected an object with apiVersion and kind');
  }
  const object = value as JsonObject;
  const { apiVersion, kind } = object;
  if (typeof kind !== 'string' || kind === '') return invalidDocument('kind', "Object 'Kind' is missing");
  if (typeof apiVersion !== 'string' || apiVersion === '') {
    return invalidDocument('apiVersion', "Object 'apiVersion' is missing");
  }
  const core = coreKindOf(apiVersion, kind);
  if (core !== undefined) return validateCore(core, object);
  const group = groupOf(apiVersion);
  const schema = schemaOf(group, kind);
  if (schema === undefined) return { type: 'unknown-kind', apiVersion, kind };
  return validateCustom(schema, apiVersion.slice(group.length + 1), object);
}

function validateCustom(schema: Schema, version: string, object: JsonObject): Validation {
  const { group, kind, scope, storageVersion, statusSubresource } = schema.kind;
  const root = schema.version(version);
  const storage = schema.version(storageVersion);
  if (root === undefined || storage === undefined) {
    const message = `no matches for kind ${goQuote(kind)} in version ${goQuote(`${group}/${version}`)}`;
    return invalidDocument('apiVersion', message);
  }
  const metadata = decodeMetadata(object.metadata ?? {});
  const decoded = decodeFields(root, object);
  const unknownFields = [...metadata.unknownFields.map((field) => `metadata.${field}`), ...decoded.unknownFields];
  const refusal = decodingRefusal(kind, version, metadata.error && inMetadata(metadata.error), unknownFields);
  if (refusal !== null) return refusal;

  const meta = completeMetadata(metadata.value as Metadata, scope === 'Namespaced');
  const complete: Record<string, unknown> = { ...(decoded.value as JsonObject), metadata: meta };
  if (statusSubresource) delete complete.status;
  const errors: FieldError[] = [...validateMetadata(meta, scope === 'Namespaced', isDnsSubdomain)];
  validateFields(root, complete, errors);
  if (errors.length > 0) return refused(`${kind}.${group}`, meta.name ?? '', errors);
  const fields = version === storageVersion ? complete : toStorage(storage, complete);
  return valid(`${group}/${storageVersion}`, kind, meta, fields);
}

function validateCore(core: CoreKind, object: JsonObject): Validation {
  const { apiVersion, kind } = core;
  const group = groupOf(apiVersion);
  const { apiVersion: _apiVersion, kind: _kind, ...fields } = object;
  const decoded = decodeStruct(core.type, fields);
  const refusal = decodingRefusal(
    kind,
    apiVersion.slice(group === '' ? 0 : group.length + 1),
    decoded.error,
    decoded.unknownFields,
  );
  if (refusal !== null) return refusal;

  const { metadata, ...rest } = decoded.value as { readonly metadata?: Metadata };
  const complete = { ...core.complete({ ...rest, metadata: completeMetadata(metadata ?? {}, core.namespaced) }) };
  for (const field of core.dropped) delete complete[field];
  const meta = complete.metadata as Metadata;
  const errors = [
    ...validateMetadata(meta, core.namespaced, core.nameRule),
    ...coreFinalizerFaults(meta.finalizers ?? []),
    ...core.validate(complete),
  ];
  if (errors.length > 0) return refused(group === '' ? kind : `${kind}.${group}`, meta.name ?? '', errors);
  return valid(apiVersion, kind, meta, complete);
}

/** What cannot be read into the kind at all is answered before anything else is looked at. */
function decodingRefusal(
  kind: string,
  version: string,
  error: Violation | null,
  unknownFields: readonly string[],
): Validation | null {
  const prefix = `${kind} in version ${goQuote(version)} cannot be handled as a ${kind}: `;
  if (error !== null) return { type: 'invalid', message: `${prefix}${error.message}`, violations: [error] };
  if (unknownFields.length === 0) return null;
  const violations = unknownFields.map((field) => ({ field, message: `unknown field "${field}"` }));
  const list = violations.map(({ message }) => message).join(', ');
  return { type: 'invalid', message: `${prefix}strict decoding error: ${list}`, violations };
}

function inMetadata(error: Violation): Violation {
  return { ...error, field: error.field === '' ? 'metadata' : `metadata.${error.field}` };
}

function refused(kind: string, name: string, errors: readonly FieldError[]): Validation {
  const violations = errors.map(({ field, message }) => ({ field, message }));
  return { type: 'invalid', message: invalidMessage(kind, name, errors), violations };
}

function invalidDocument(field: string, message: string): Validation {
  return { type: 'invalid', message, violations: [{ field, message }] };
}

function valid(apiVersion: string, kind: string, metadata: Metadata, fields: JsonObject): Validation {
  return {
    type: 'valid',
    object: { ...fields, apiVersion, kind, metadata: { ...metadata, name: metadata.name ?? '' } },
  };
}
