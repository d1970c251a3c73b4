import { type DesiredObject, metadataOf } from '../gateway/objects.ts';
import type { DataPlaneUnit } from '../gateway/unit.ts';
import type { KeyedCertificate } from './authority.ts';
import { credentialFiles } from './credentials.ts';

/**
 * The Secret that the pods of a data plane find the credentials of their stream in. It has the name and the owner of their
 * Deployment, and holds a key: it is applied, and never shown.
 */
export function streamSecret(
  unit: DataPlaneUnit,
  { certificate, privateKey }: KeyedCertificate,
  authority: string,
): DesiredObject {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(unit),
    type: 'kubernetes.io/tls',
    data: {
      [credentialFiles.certificate]: encode(certificate),
      [credentialFiles.privateKey]: encode(privateKey),
      [credentialFiles.authority]: encode(authority),
    },
  };
}
