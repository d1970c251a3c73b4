import { isNotFound } from './api-error.ts';
import type { ApiClient } from './client.ts';
import type { WatchedKind } from './kinds.ts';

/** Where a cluster serves a kind. */
export interface ServedKind {
  /** `gateway.networking.k8s.io/v1`, `v1`. */
  readonly apiVersion: string;
  /** The path of all objects of the kind in all namespaces: `/apis/gateway.networking.k8s.io/v1/gateways`. */
  readonly path: string;
}

/**
 * Asks which version of a kind the cluster serves, the best that we can read; null where it serves none that we can.
 * Every authenticated user may ask (ClusterRole system:discovery).
 */
export async function discover(client: ApiClient, kind: WatchedKind, signal: AbortSignal): Promise<ServedKind | null> {
  for (const version of kind.versions) {
    const apiVersion = kind.group === '' ? version : `${kind.group}/${version}`;
    const root = kind.group === '' ? `/api/${version}` : `/apis/${apiVersion}`;
    const names = await resourcesAt(client, root, signal);
    if (names.has(kind.plural)) return { apiVersion, path: `${root}/${kind.plural}` };
  }
  return null;
}

/** The versions in which a cluster serves a kind that we cannot read in any of them. */
export async function unreadVersions(
  client: ApiClient,
  kind: WatchedKind,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (kind.group === '') return [];
  const root = `/apis/${kind.group}`;
  const served: string[] = [];
  for (const version of await versionsOf(client, root, signal)) {
    if (kind.versions.includes(version)) continue;
    if ((await resourcesAt(client, `${root}/${version}`, signal)).has(kind.plural)) served.push(version);
  }
  return served;
}

/** The versions in an APIGroup; none where the group does not exist. */
async function versionsOf(client: ApiClient, path: string, signal: AbortSignal): Promise<readonly string[]> {
  try {
    const group = (await client.json({ method: 'GET', path, signal })) as {
      readonly versions?: readonly { readonly version?: string }[];
    };
    return (group.versions ?? []).flatMap(({ version }) => version ?? []);
  } catch (cause) {
    if (isNotFound(cause)) return [];
    throw cause;
  }
}

/** The names in an APIResourceList; none where the group or version does not exist. */
async function resourcesAt(client: ApiClient, path: string, signal: AbortSignal): Promise<ReadonlySet<string>> {
  try {
    const list = (await client.json({ method: 'GET', path, signal })) as {
      readonly resources?: readonly { readonly name?: string }[];
    };
    return new Set((list.resources ?? []).flatMap(({ name }) => name ?? []));
  } catch (cause) {
    if (isNotFound(cause)) return new Set();
    throw cause;
  }
}
