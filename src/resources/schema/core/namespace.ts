import { any, list, named, struct } from '../go-struct.ts';
import { objectMeta } from '../metadata.ts';
import { isDnsLabel } from '../names.ts';
import type { CoreKind } from './kind.ts';

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
  complete: (object) => object,
  validate: () => [],
};
