import { ConnectionError, isExpired } from './api-error.ts';
import type { ApiClient } from './client.ts';
import type { RawObject } from './raw-object.ts';

export interface Listed {
  readonly items: readonly RawObject[];
  /** From where a watch goes on. */
  readonly resourceVersion: string;
}

export interface ListOptions {
  readonly path: string;
  readonly accept: string;
  readonly labelSelector?: string;
  readonly signal: AbortSignal;
}

const pageSize = 500;

/**
 * All objects of a kind, page by page, as of one resource version. Where the pages take so long that the server has
 * forgotten that version, the rest is asked for in one piece (410 and a list without a limit, as the API's conventions
 * advise).
 */
export async function list(client: ApiClient, options: ListOptions): Promise<Listed> {
  try {
    return await listPages(client, options, pageSize);
  } catch (cause) {
    if (!isExpired(cause)) throw cause;
    return listPages(client, options, null);
  }
}

async function listPages(client: ApiClient, options: ListOptions, limit: number | null): Promise<Listed> {
  const { path, accept, labelSelector, signal } = options;
  const items: RawObject[] = [];
  let continuation = '';
  for (;;) {
    const query = {
      ...(limit === null ? {} : { limit: String(limit) }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
      ...(continuation === '' ? {} : { continue: continuation }),
    };
    const page = readPage(await client.json({ method: 'GET', path, query, accept, signal }));
    items.push(...page.items);
    continuation = page.continuation;
    if (continuation === '') return { items, resourceVersion: page.resourceVersion };
  }
}

function readPage(value: unknown): Listed & { readonly continuation: string } {
  const { items, metadata } = (value ?? {}) as {
    readonly items?: readonly RawObject[] | null;
    readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  };
  const resourceVersion = metadata?.resourceVersion;
  if (typeof resourceVersion !== 'string' || (items !== null && items !== undefined && !Array.isArray(items))) {
    throw new ConnectionError('the API server answered a list with something else');
  }
  return { items: items ?? [], resourceVersion, continuation: metadata?.continue ?? '' };
}
