import type { Gateway } from '../../resources/generated/types.ts';
import type { Resource } from '../../resources/object.ts';
import { type DesiredObject, metadataOf } from '../gateway/objects.ts';
import type { KeyedCertificate } from './authority.ts';
import { credentialFiles } from './credentials.ts';

/**
 * The Secret that the pods of a Gateway find the credentials of their stream in. It belongs to the Gateway, has the name
 * of its Deployment, and holds a key: it is applied, and never shown.
 */
export function streamSecret(
  gateway: Resource<Gateway>,
  { certificate, privateKey }: KeyedCertificate,
  authority: string,
): DesiredObject {
  const encode = (text: string): string => Buffer.from(text).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(gateway),
    type: 'kubernetes.io/tls',
    data: {
      [credentialFiles.certificate]: encode(certificate),
      [credentialFiles.privateKey]: encode(privateKey),
      [credentialFiles.authority]: encode(authority),
    },
  };
}
