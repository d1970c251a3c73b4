import type { ApiClient } from '../../sources/kubernetes/client.ts';
import { watchedKinds } from '../../sources/kubernetes/kinds.ts';
import type { ClusterSource } from '../../sources/kubernetes/source.ts';
import type { StatusTarget } from './status-writer.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Writes statuses through the status subresource, as a JSON merge patch (RFC 7396) of the fields that differ. The uid
 * and the resource version in it are a precondition: the API server answers 409 where the object is another one by then.
 */
export function statusTarget(client: ApiClient, source: ClusterSource): StatusTarget {
  return {
    kinds: watchedKinds.filter(({ status }) => status),
    live: (kind, key) => source.live(kind, key),
    keys: (kind) => source.store(kind)?.keys() ?? [],
    async patch(kind, key, { uid, resourceVersion }, status) {
      const served = source.store(kind)?.served;
      if (served === null || served === undefined) throw new Error(`the cluster does not serve ${kind.kind}`);
      const body = { metadata: { uid, resourceVersion }, status };
      const contentType = 'application/merge-patch+json';
      const query = { fieldManager: 'farside' };
      const path = `${objectPath(served.path, key)}/status`;
      const object = await client.json({ method: 'PATCH', path, query, contentType, body });
      source.written(kind, object);
      return object as { readonly status?: Fields };
    },
  };
}

/** The path of one object, from that of all objects of its kind. */
function objectPath(collection: string, key: string): string {
  const [namespace = '', name = ''] = key.split('/').map(encodeURIComponent);
  if (namespace === '') return `${collection}/${name}`;
  const end = collection.lastIndexOf('/');
  return `${collection.slice(0, end)}/namespaces/${namespace}${collection.slice(end)}/${name}`;
}
