import { describeObject } from '../../../model/origin.ts';
import type { ConfigMap, Secret } from '../../../resources/core.ts';
import type { GroupKind, KubernetesObject, Resource } from '../../../resources/object.ts';
import { describeKeys, readEntry } from '../../../resources/pem/entry.ts';
import type { PemFault } from '../../../resources/pem/fault.ts';
import { kinds } from '../names.ts';

/** certificates.k8s.io/v1beta1 ClusterTrustBundle, as far as it is read here. */
export interface ClusterTrustBundle extends KubernetesObject {
  readonly spec: { readonly trustBundle: string };
}

/** A kind of object that a CA reference may name. */
export interface TrustSource {
  readonly kind: GroupKind;
  readonly scope: 'namespace' | 'cluster';
  /** The text that holds the certificates, or why there is none. */
  read(resource: Resource): TrustText;
}

export type TrustText =
  | {
      readonly type: 'text';
      readonly text: string /** Field path of the text. */;
      readonly field: string;
      readonly what: string;
    }
  /** The fault's message continues `ConfigMap shop/ca`. */
  | { readonly type: 'missing'; readonly field: string; readonly fault: PemFault };

/** The key of ConfigMaps and Secrets that the specification gives, and that cert-manager and trust-manager write. */
const caKey = 'ca.crt';

/** ConfigMap has Core support; the others are extensions that the specification leaves room for. */
export const trustSources: readonly TrustSource[] = [
  { kind: kinds.configMap, scope: 'namespace', read: (resource) => readKey(resource as Resource<ConfigMap>) },
  { kind: kinds.secret, scope: 'namespace', read: (resource) => readKey(resource as Resource<Secret>) },
  {
    kind: { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle' },
    scope: 'cluster',
    read: (resource) => readBundleObject(resource as Resource<ClusterTrustBundle>),
  },
];

/** `ConfigMap, Secret, ClusterTrustBundle.certificates.k8s.io`, for messages. */
export const trustSourceNames = trustSources
  .map(({ kind }) => (kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`))
  .join(', ');

function readKey(resource: Resource<ConfigMap | Secret>): TrustText {
  const entry = readEntry(resource.object, caKey);
  if (entry.type === 'text') {
    return { ...entry, what: `${describeObject(resource.reference)} key "${caKey}"` };
  }
  if (entry.type === 'not-base64') {
    return {
      type: 'missing',
      field: entry.field,
      fault: { message: `has a key "${caKey}" that is not base64`, remedy: 'encode the value' },
    };
  }
  return {
    type: 'missing',
    field: 'data',
    fault: {
      message: `has no key "${caKey}"; ${describeKeys(entry.keys)}`,
      remedy: `write the CA certificates under "${caKey}"`,
    },
  };
}

function readBundleObject({ object, reference }: Resource<ClusterTrustBundle>): TrustText {
  return { type: 'text', text: object.spec.trustBundle, field: 'spec.trustBundle', what: describeObject(reference) };
}
