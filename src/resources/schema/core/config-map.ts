import { type FieldError, invalid, tooLong } from '../field-error.ts';
import { bool, bytes, map, string, struct } from '../go-struct.ts';
import { objectMeta } from '../metadata.ts';
import { isDnsSubdomain } from '../names.ts';
import { dataLimit, decodedSize, keyFaults } from './data.ts';
import type { CoreKind, Fields } from './kind.ts';

export const configMap: CoreKind = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespaced: true,
  nameRule: isDnsSubdomain,
  type: struct('ConfigMap', { metadata: objectMeta, immutable: bool, data: map(string), binaryData: map(bytes) }),
  dropped: [],
  complete: (object) => object,
  validate,
};

/** k8s.io/kubernetes/pkg/apis/core/validation.ValidateConfigMap */
function validate(object: Fields): readonly FieldError[] {
  const data = (object.data ?? {}) as Record<string, string>;
  const binaryData = (object.binaryData ?? {}) as Record<string, string>;
  const size =
    Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0) +
    Object.values(binaryData).reduce((sum, value) => sum + decodedSize(value), 0);
  return [
    ...Object.keys(data).flatMap((key) => [
      ...keyFaults('data', key),
      ...(Object.hasOwn(binaryData, key)
        ? [invalid(`data[${key}]`, key, 'duplicate of key present in binaryData')]
        : []),
    ]),
    ...Object.keys(binaryData).flatMap((key) => keyFaults('binaryData', key)),
    ...(size > dataLimit ? [tooLong('', dataLimit)] : []),
  ];
}
