import { describeObject } from '../../model/origin.ts';
import type { ClusterTrustBundle, ConfigMap, Secret } from '../core.ts';
import type { GroupKind, Resource } from '../object.ts';
import { describeKeys, readEntry } from './entry.ts';
import type { PemFault } from './fault.ts';

/** An object that holds CA certificates. */
export type TrustObject = Resource<ConfigMap | Secret | ClusterTrustBundle>;

/** A kind that a CA reference may name. */
export interface TrustKind extends GroupKind {
  readonly namespaced: boolean;
}

/**
 * ConfigMap has Core support, ClusterTrustBundle Extended support (GEP-5075); Secret is an extension that the
 * specification names (GEP-1897).
 */
export const trustKinds: readonly TrustKind[] = [
  { group: '', kind: 'ConfigMap', namespaced: true },
  { group: '', kind: 'Secret', namespaced: true },
  { group: 'certificates.k8s.io', kind: 'ClusterTrustBundle', namespaced: false },
];

export type TrustText =
  | {
      readonly type: 'text';
      readonly text: string;
      /** Field path of the text. */
      readonly field: string;
      /** `ConfigMap shop/ca key "ca.crt"`, `ClusterTrustBundle example.com:ca:v1`. */
      readonly name: string;
    }
  /** The fault's message continues `ConfigMap shop/ca`. */
  | { readonly type: 'missing'; readonly fault: PemFault };

/** The key that the specification gives, and that cert-manager and trust-manager write. */
const key = 'ca.crt';

export function readTrustText({ object, reference }: TrustObject): TrustText {
  if (object.kind === 'ClusterTrustBundle') {
    return { type: 'text', text: object.spec.trustBundle, field: 'spec.trustBundle', name: describeObject(reference) };
  }
  const entry = readEntry(object, key);
  if (entry.type === 'text') return { ...entry, name: `${describeObject(reference)} key "${key}"` };
  const fault: PemFault =
    entry.type === 'not-base64'
      ? { message: `has a key "${key}" that is not base64`, remedy: 'encode the value' }
      : {
          message: `has no key "${key}"; ${describeKeys(entry.keys)}`,
          remedy: `write the CA certificates under "${key}"`,
        };
  return { type: 'missing', fault };
}
