import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../../model/thrown.ts';
import { type ClusterAccess, ClusterAccessError, type Credentials } from './access.ts';

/** Where Kubernetes mounts the service account of a pod. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Whether this process is in a pod, as far as its environment tells. */
export function isInCluster(environment: NodeJS.ProcessEnv): boolean {
  return environment.KUBERNETES_SERVICE_HOST !== undefined && environment.KUBERNETES_SERVICE_HOST !== '';
}

/**
 * The access of a pod: its service account, against the API server that the environment names. The kubelet replaces the
 * token before it expires, so that the files are read again for every request. Rejects with `ClusterAccessError`.
 */
export async function readInCluster(
  environment: NodeJS.ProcessEnv,
  folder: string = serviceAccountFolder,
): Promise<ClusterAccess> {
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '443' } = environment;
  const read = async (): Promise<Credentials> => ({
    tls: { ca: await readMounted(folder, 'ca.crt') },
    token: (await readMounted(folder, 'token')).trim(),
  });
  const namespace = (await readMounted(folder, 'namespace')).trim();
  let last = await read();
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    namespace,
    async credentials() {
      const next = await read();
      if (next.tls.ca !== last.tls.ca) last = next;
      else if (next.token !== last.token) last = { tls: last.tls, token: next.token };
      return last;
    },
  };
}

async function readMounted(folder: string, name: string): Promise<string> {
  try {
    return await readFile(join(folder, name), 'utf8');
  } catch (cause) {
    const detail = messageOf(cause);
    const remedy = 'set automountServiceAccountToken on the pod, or give --kubeconfig';
    throw new ClusterAccessError(`the service account of this pod cannot be read: ${detail}; ${remedy}`, { cause });
  }
}
