import { homedir } from 'node:os';
import { join } from 'node:path';
import { type ClusterAccess, ClusterAccessError } from './access.ts';
import { isInCluster, readInCluster } from './in-cluster.ts';
import { readKubeconfig } from './kubeconfig.ts';

export interface ConnectOptions {
  /** A path, or null. */
  readonly kubeconfig: string | null;
  /** The context of the kubeconfig; null for its current one. */
  readonly context: string | null;
  readonly environment: NodeJS.ProcessEnv;
}

/**
 * Finds the cluster as other controllers do: the kubeconfig that was named, the one of `KUBECONFIG`, the pod's service
 * account, then `~/.kube/config`. Rejects with `ClusterAccessError`.
 */
export async function findCluster({ kubeconfig, context, environment }: ConnectOptions): Promise<ClusterAccess> {
  const named = kubeconfig ?? environment.KUBECONFIG ?? '';
  if (named.includes(':')) {
    throw new ClusterAccessError('KUBECONFIG lists several files, which are not merged: name one with --kubeconfig');
  }
  if (named !== '') return readKubeconfig(named, context);
  if (isInCluster(environment)) return readInCluster(environment);
  return readKubeconfig(join(environment.HOME ?? homedir(), '.kube', 'config'), context);
}
