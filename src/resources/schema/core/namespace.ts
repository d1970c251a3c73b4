import { any, list, named, struct } from '../go-struct.ts';
import { type Metadata, objectMeta } from '../metadata.ts';
import { isDnsLabel } from '../names.ts';
import type { CoreKind, Fields } from './kind.ts';

export const namespace: CoreKind = {
  apiVersion: 'v1',
  kind: 'Namespace',
  namespaced: false,
  nameRule: isDnsLabel,
  type: struct('Namespace', {
    metadata: objectMeta,
    spec: struct('NamespaceSpec', { finalizers: list(named('v1.FinalizerName')) }),
    status: any,
  }),
  dropped: ['status'],
  complete,
  validate: () => [],
};

/** Every Namespace has a label with its name, so that selectors can name it. */
function complete(object: Fields): Fields {
  const metadata = object.metadata as Metadata;
  const labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name ?? '' };
  return { ...object, metadata: { ...metadata, labels } };
}
