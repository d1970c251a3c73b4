import { describeObject } from '../../model/origin.ts';
import type { ConfigMap, Secret } from '../core.ts';
import type { GroupKind, Resource } from '../object.ts';
import { describeKeys, readEntry } from './entry.ts';
import type { PemFault } from './fault.ts';

/** An object that holds CA certificates. */
export type TrustObject = Resource<ConfigMap | Secret>;

/** The kinds that a CA reference may name. ConfigMap has Core support; Secret is an extension (GEP-1897). */
export const trustKinds: readonly GroupKind[] = [
  { group: '', kind: 'ConfigMap' },
  { group: '', kind: 'Secret' },
];

export type TrustText =
  | {
      readonly type: 'text';
      readonly text: string;
      /** Field path of the text. */
      readonly field: string;
      /** `ConfigMap shop/ca key "ca.crt"`. */
      readonly name: string;
    }
  /** The fault's message continues `ConfigMap shop/ca`. */
  | { readonly type: 'missing'; readonly fault: PemFault };

/** The key that the specification gives, and that cert-manager and trust-manager write. */
const key = 'ca.crt';

export function readTrustText({ object, reference }: TrustObject): TrustText {
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
