import type { DesiredObject } from '../../infrastructure/gateway/objects.ts';
import type { GroupKind, KubernetesObject } from '../../resources/object.ts';
import { isNotFound } from '../../sources/kubernetes/api-error.ts';
import type { ApiClient } from '../../sources/kubernetes/client.ts';

/** Under which name the fields that we apply are ours (server-side apply). */
const fieldManager = 'farside-infrastructure';

/** The kinds that a Gateway's objects are of, by where the API server has them. */
const paths: Readonly<Record<string, { readonly root: string; readonly plural: string }>> = {
  ServiceAccount: { root: '/api/v1', plural: 'serviceaccounts' },
  Secret: { root: '/api/v1', plural: 'secrets' },
  Service: { root: '/api/v1', plural: 'services' },
  Deployment: { root: '/apis/apps/v1', plural: 'deployments' },
  PodDisruptionBudget: { root: '/apis/policy/v1', plural: 'poddisruptionbudgets' },
};

/**
 * Kinds of which those that are ours are watched as well, so that what somebody changes is put right. Dialects watch Services
 * and Secrets.
 */
export const infrastructureKinds: readonly GroupKind[] = [
  { group: 'apps', kind: 'Deployment' },
  { group: '', kind: 'ServiceAccount' },
  { group: 'policy', kind: 'PodDisruptionBudget' },
];

/** An object by kind and name. */
export interface ObjectName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** Writes the objects that we make for others. All methods fail as `ApiClient` does. */
export class OwnObjects {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  /** @param force Takes over fields that others have set; without it, that is a conflict (409). */
  async apply(object: DesiredObject, force: boolean): Promise<KubernetesObject> {
    const { kind, metadata } = object;
    return (await this.#client.json({
      method: 'PATCH',
      path: pathOf({ kind, namespace: metadata.namespace ?? '', name: metadata.name }),
      query: { fieldManager, ...(force ? { force: 'true' } : {}) },
      contentType: 'application/apply-patch+yaml',
      body: object,
    })) as KubernetesObject;
  }

  /** Null where there is none. */
  async get<T extends KubernetesObject>(name: ObjectName): Promise<T | null> {
    try {
      return (await this.#client.json({ method: 'GET', path: pathOf(name) })) as T;
    } catch (cause) {
      if (isNotFound(cause)) return null;
      throw cause;
    }
  }

  /** Deletes an object provided that it still is the one of the uid. One that is gone already is no failure. */
  async delete(name: ObjectName, uid: string): Promise<void> {
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid }, propagationPolicy: 'Background' };
    try {
      await this.#client.json({ method: 'DELETE', path: pathOf(name), body });
    } catch (cause) {
      if (!isNotFound(cause)) throw cause;
    }
  }
}

function pathOf({ kind, namespace, name }: ObjectName): string {
  const place = Object.hasOwn(paths, kind) ? paths[kind] : undefined;
  if (place === undefined) throw new Error(`nothing says where the API server has objects of kind ${kind}`);
  return `${place.root}/namespaces/${encodeURIComponent(namespace)}/${place.plural}/${encodeURIComponent(name)}`;
}
