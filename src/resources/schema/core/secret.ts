import { type FieldError, required, tooLong } from '../field-error.ts';
import { bool, bytes, map, named, string, struct } from '../go-struct.ts';
import { objectMeta } from '../metadata.ts';
import { isDnsSubdomain } from '../names.ts';
import { dataLimit, decodedSize, keyFaults } from './data.ts';
import type { CoreKind, Fields } from './kind.ts';

export const secret: CoreKind = {
  apiVersion: 'v1',
  kind: 'Secret',
  namespaced: true,
  nameRule: isDnsSubdomain,
  type: struct('Secret', {
    metadata: objectMeta,
    immutable: bool,
    data: map(bytes),
    stringData: map(string),
    type: named('v1.SecretType'),
  }),
  dropped: [],
  complete,
  validate,
};

/** `stringData` goes into `data` and wins over it. */
function complete(object: Fields): Fields {
  const { stringData, ...rest } = object;
  const type = object.type ? object.type : 'Opaque';
  if (stringData === undefined) return { ...rest, type };
  const encoded = Object.entries(stringData as Record<string, string>).map(([key, value]): [string, string] => [
    key,
    Buffer.from(value).toString('base64'),
  ]);
  return { ...rest, type, data: { ...(object.data as object | undefined), ...Object.fromEntries(encoded) } };
}

/** The keys that a Secret of a type must have. */
const requiredKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

/** k8s.io/kubernetes/pkg/apis/core/validation.ValidateSecret, as far as the types of Secrets that gateways use. */
function validate(object: Fields): readonly FieldError[] {
  const data = (object.data ?? {}) as Record<string, string>;
  const size = Object.values(data).reduce((sum, value) => sum + decodedSize(value), 0);
  const keys = requiredKeys[object.type as string] ?? [];
  return [
    ...Object.keys(data).flatMap((key) => keyFaults('data', key)),
    ...(size > dataLimit ? [tooLong('data', dataLimit)] : []),
    ...typeFaults(object.type, data),
    ...keys.filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`, '')),
  ];
}

function typeFaults(type: unknown, data: Readonly<Record<string, string>>): readonly FieldError[] {
  if (type === 'kubernetes.io/ssh-auth' && !data['ssh-privatekey']) return [required('data[ssh-privatekey]', '')];
  if (type !== 'kubernetes.io/basic-auth' || Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password'))
    return [];
  return [required('data[username]', ''), required('data[password]', '')];
}
