import { clusterTrustBundles } from './cluster-trust-bundle.ts';
import { configMap } from './config-map.ts';
import { endpointSlice } from './endpoint-slice.ts';
import { ingress } from './ingress.ts';
import type { CoreKind } from './kind.ts';
import { namespace } from './namespace.ts';
import { secret } from './secret.ts';
import { service } from './service.ts';

const kinds: readonly CoreKind[] = [
  ...clusterTrustBundles,
  configMap,
  endpointSlice,
  ingress,
  namespace,
  secret,
  service,
];

const byName: ReadonlyMap<string, CoreKind> = new Map(kinds.map((kind) => [`${kind.apiVersion} ${kind.kind}`, kind]));

/** The built-in kind of that name, or undefined where nothing here reads it. */
export function coreKindOf(apiVersion: string, kind: string): CoreKind | undefined {
  return byName.get(`${apiVersion} ${kind}`);
}
