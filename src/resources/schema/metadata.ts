import type { OwnerReference } from '../object.ts';
import { type FieldError, forbidden, invalid, required, tooLong } from './field-error.ts';
import {
  any,
  bool,
  type DecodedStruct,
  decodeStruct,
  int64,
  list,
  map,
  named,
  string,
  struct,
  time,
} from './go-struct.ts';
import { goJson } from './go-text.ts';
import { isDnsLabel, isLabelValue, isQualifiedName } from './names.ts';

const ownerReference = struct('OwnerReference', {
  apiVersion: string,
  kind: string,
  name: string,
  uid: named('types.UID'),
  controller: bool,
  blockOwnerDeletion: bool,
});

const managedFieldsEntry = struct('ManagedFieldsEntry', {
  manager: string,
  operation: named('v1.ManagedFieldsOperationType'),
  apiVersion: string,
  time,
  fieldsType: string,
  fieldsV1: any,
  subresource: string,
});

/** metav1.ObjectMeta. */
export const objectMeta = struct('ObjectMeta', {
  name: string,
  generateName: string,
  namespace: string,
  selfLink: string,
  uid: named('types.UID'),
  resourceVersion: string,
  generation: int64,
  creationTimestamp: time,
  deletionTimestamp: time,
  deletionGracePeriodSeconds: int64,
  labels: map(string),
  annotations: map(string),
  ownerReferences: list(ownerReference),
  finalizers: list(string),
  managedFields: list(managedFieldsEntry),
});

/** The metadata of any object, decoded. */
export interface Metadata {
  readonly name?: string;
  readonly namespace?: string;
  readonly generateName?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly OwnerReference[];
  readonly finalizers?: readonly string[];
  readonly creationTimestamp?: string;
}

export function decodeMetadata(value: unknown): DecodedStruct {
  return decodeStruct(objectMeta, value);
}

/**
 * The metadata as the API server stores it: an owner that is named twice counts once, and a namespace is there exactly
 * where the kind has one.
 */
export function completeMetadata(metadata: Metadata, namespaced: boolean): Metadata {
  const { namespace, ownerReferences, ...rest } = metadata;
  const owners = new Map(ownerReferences?.map((owner) => [goJson(owner), owner]));
  return {
    ...rest,
    ...(namespaced ? { namespace: namespace || 'default' } : {}),
    ...(ownerReferences === undefined ? {} : { ownerReferences: [...owners.values()] }),
  };
}

/** Tells what is wrong with a name. */
export type NameRule = (name: string) => readonly string[];

const annotationsLimit = 256 * 1024;

/** The faults of an object's metadata (k8s.io/apimachinery/pkg/api/validation.ValidateObjectMeta). */
export function validateMetadata(metadata: Metadata, namespaced: boolean, nameRule: NameRule): readonly FieldError[] {
  return [
    ...nameFaults(metadata, nameRule),
    ...namespaceFaults(metadata.namespace ?? '', namespaced),
    ...((metadata.generation ?? 0) < 0
      ? [invalid('metadata.generation', metadata.generation, 'must be greater than or equal to 0')]
      : []),
    ...labelFaults(metadata.labels ?? {}, 'metadata.labels'),
    ...annotationFaults(metadata.annotations ?? {}),
    ...ownerFaults(metadata.ownerReferences ?? []),
    ...finalizerFaults(metadata.finalizers ?? []),
  ];
}

function nameFaults(metadata: Metadata, nameRule: NameRule): readonly FieldError[] {
  const name = metadata.name ?? '';
  if (name === '') return [required('metadata.name', 'name or generateName is required')];
  return nameRule(name).map((fault) => invalid('metadata.name', name, fault));
}

function namespaceFaults(namespace: string, namespaced: boolean): readonly FieldError[] {
  if (!namespaced) return namespace === '' ? [] : [forbidden('metadata.namespace', 'not allowed on this type')];
  if (namespace === '') return [required('metadata.namespace', '')];
  return isDnsLabel(namespace).map((fault) => invalid('metadata.namespace', namespace, fault));
}

/** Also for label selectors of built-in kinds. */
export function labelFaults(labels: Readonly<Record<string, string>>, path: string): readonly FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...isQualifiedName(key).map((fault) => invalid(path, key, fault)),
    ...isLabelValue(value).map((fault) => invalid(path, value, fault)),
  ]);
}

function annotationFaults(annotations: Readonly<Record<string, string>>): readonly FieldError[] {
  const path = 'metadata.annotations';
  const faults = Object.keys(annotations).flatMap((key) =>
    isQualifiedName(key.toLowerCase()).map((fault) => invalid(path, key, fault)),
  );
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return size > annotationsLimit ? [...faults, tooLong(path, annotationsLimit)] : faults;
}

function ownerFaults(owners: readonly OwnerReference[]): readonly FieldError[] {
  const path = 'metadata.ownerReferences';
  const faults = owners.flatMap((owner) => [
    ...(/^([^/]*\/)?[^/]+$/.test(owner.apiVersion ?? '')
      ? []
      : [invalid(`${path}.apiVersion`, owner.apiVersion ?? '', 'version must not be empty')]),
    ...(['kind', 'name', 'uid'] as const)
      .filter((field) => !owner[field])
      .map((field) => invalid(`${path}.${field}`, '', 'must not be empty')),
  ]);
  const [first, ...others] = owners.filter(({ controller }) => controller === true);
  const describe = (owner: OwnerReference): string => `${owner.kind}/${owner.name}`;
  return [
    ...faults,
    ...others.map((other) =>
      invalid(
        path,
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${describe(first ?? other)} and ${describe(other)}`,
      ),
    ),
  ];
}

const standardFinalizers = ['orphan', 'foregroundDeletion', 'kubernetes'];

/** Built-in kinds take only finalizers with a domain, besides their own (ValidateFinalizerName of the core group). */
export function coreFinalizerFaults(finalizers: readonly string[]): readonly FieldError[] {
  return finalizers.flatMap((name, index) =>
    name.includes('/') || standardFinalizers.includes(name)
      ? []
      : [
          invalid(
            `metadata.finalizers[${index}]`,
            name,
            'name is neither a standard finalizer name nor is it fully qualified',
          ),
        ],
  );
}

function finalizerFaults(finalizers: readonly string[]): readonly FieldError[] {
  const path = 'metadata.finalizers';
  return finalizers.flatMap((name) => isQualifiedName(name).map((fault) => invalid(path, name, fault)));
}
