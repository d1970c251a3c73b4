import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { ClusterAccess } from '../../src/sources/kubernetes/access.ts';

type Fields = Record<string, unknown>;
interface Stored extends Fields {
  metadata: Fields & { name: string; namespace?: string; resourceVersion?: string; uid?: string; generation?: number };
}
interface Watch {
  readonly collection: string;
  readonly response: ServerResponse;
  readonly view: View;
}
/** What of an object is sent: all, or the metadata alone (meta.k8s.io/v1 PartialObjectMetadata). */
type View = (object: Stored) => Fields;

/**
 * An API server over real sockets for what a real one cannot be made to show on demand: versions that are forgotten in
 * the middle of a watch, watches that fall silent, answers that fail. Holds objects by collection path.
 */
export class FakeApi {
  /** `METHOD path?query` of every request. */
  readonly requests: string[] = [];
  readonly #collections = new Map<string, Map<string, Stored>>();
  #watches: Watch[] = [];
  #version = 100;
  readonly #server = createServer((request, response) => void this.#answer(request, response));
  /** A status for the next requests to a path, once each. */
  readonly faults: { path: RegExp; status: number }[] = [];
  /** Objects to a page; the server decides, whatever limit is asked for. */
  page = 1_000;
  /** Watches from before this version are refused with 410. */
  oldest = 0;

  async start(): Promise<ClusterAccess> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    const credentials = { tls: {}, token: 'secret-token' };
    return { server: new URL(`http://127.0.0.1:${port}`), namespace: 'default', credentials: async () => credentials };
  }

  stop(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  serve(...collections: string[]): void {
    for (const path of collections) this.#collections.set(path, new Map());
  }

  /** Adds or replaces an object and tells those who watch. */
  put(collection: string, object: Fields & { metadata: Fields & { name: string; namespace?: string } }): Stored {
    const objects = this.#collections.get(collection);
    if (objects === undefined) throw new Error(`${collection} is not served`);
    this.#version += 1;
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const known = objects.get(key);
    const metadata = { uid: `uid-${key}`, generation: 1, ...object.metadata, resourceVersion: String(this.#version) };
    const stored = { ...object, metadata };
    objects.set(key, stored);
    this.#tell(collection, known === undefined ? 'ADDED' : 'MODIFIED', stored);
    return stored;
  }

  get(collection: string, key: string): Stored | undefined {
    return this.#collections.get(collection)?.get(key);
  }

  delete(collection: string, key: string): void {
    const objects = this.#collections.get(collection);
    const known = objects?.get(key);
    if (known === undefined) return;
    objects?.delete(key);
    this.#version += 1;
    this.#tell(collection, 'DELETED', {
      ...known,
      metadata: { ...known.metadata, resourceVersion: `${this.#version}` },
    });
  }

  /** Sends an event to those who watch. */
  #tell(collection: string, type: string, object: Stored): void {
    for (const { collection: watched, response, view } of this.#watches) {
      if (watched === collection) response.write(`${JSON.stringify({ type, object: view(object) })}\n`);
    }
  }

  tellError(collection: string, code: number, reason: string): void {
    const event = { type: 'ERROR', object: { kind: 'Status', code, reason, message: reason, metadata: {} } };
    for (const watch of this.#watches) {
      if (watch.collection === collection) watch.response.write(`${JSON.stringify(event)}\n`);
    }
    this.endWatches(collection);
  }

  endWatches(collection: string): void {
    for (const watch of this.#watches) if (watch.collection === collection) watch.response.end();
    this.#watches = this.#watches.filter((watch) => watch.collection !== collection);
  }

  watching(collection: string): number {
    return this.#watches.filter((watch) => watch.collection === collection).length;
  }

  requested(pattern: RegExp): readonly string[] {
    return this.requests.filter((request) => pattern.test(request));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://fake');
    const path = url.pathname;
    this.requests.push(`${request.method} ${request.url}`);
    const fault = this.faults.findIndex((each) => each.path.test(path));
    if (fault >= 0) {
      const [{ status } = { status: 500 }] = this.faults.splice(fault, 1);
      fail(response, status, 'Fault');
      return;
    }
    const objects = this.#collections.get(path);
    if (objects !== undefined && request.method === 'GET') {
      const view = viewOf(request.headers.accept);
      if (url.searchParams.get('watch') === 'true') this.#watch(path, url.searchParams, response, view);
      else this.#list(objects, url.searchParams, response, view);
      return;
    }
    const versions = this.#versions(path);
    if (versions.length > 0) {
      send(response, 200, { versions: versions.map((version) => ({ version })) });
      return;
    }
    const discovered = this.#discover(path);
    if (discovered.length > 0) {
      send(response, 200, { resources: discovered.map((name) => ({ name })) });
      return;
    }
    const body = chunks.length === 0 ? null : (JSON.parse(Buffer.concat(chunks).toString()) as Stored);
    const method = request.headers['content-type'] === 'application/apply-patch+yaml' ? 'APPLY' : request.method;
    this.#one(method ?? '', url, body, response);
  }

  /** Of a group: `/apis/GROUP`. */
  #versions(path: string): readonly string[] {
    const inGroup = [...this.#collections.keys()].filter((each) => each.startsWith(`${path}/`));
    return /^\/apis\/[^/]+$/.test(path) ? [...new Set(inGroup.map((each) => each.split('/')[3] ?? ''))] : [];
  }

  #discover(path: string): readonly string[] {
    const names = [...this.#collections.keys()].filter((each) => each.slice(0, each.lastIndexOf('/')) === path);
    return names.map((each) => each.slice(path.length + 1));
  }

  #list(objects: ReadonlyMap<string, Stored>, query: URLSearchParams, response: ServerResponse, view: View): void {
    const start = Number(query.get('continue') ?? 0);
    const items = [...objects.values()].slice(start, start + this.page).map(view);
    const rest = start + this.page < objects.size;
    const metadata = {
      resourceVersion: String(this.#version),
      ...(rest ? { continue: String(start + this.page) } : {}),
    };
    send(response, 200, { items, metadata });
  }

  #watch(path: string, query: URLSearchParams, response: ServerResponse, view: View): void {
    if (Number(query.get('resourceVersion')) < this.oldest) {
      fail(response, 410, 'Expired');
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.#watches.push({ collection: path, response, view });
    // Whatever happened since that version is told first.
    for (const object of this.#collections.get(path)?.values() ?? []) {
      if (Number(object.metadata.resourceVersion) > Number(query.get('resourceVersion'))) {
        response.write(`${JSON.stringify({ type: 'MODIFIED', object: view(object) })}\n`);
      }
    }
  }

  /** `.../namespaces/NS/PLURAL/NAME[/status]`, `.../namespaces/NS/PLURAL` and `.../PLURAL/NAME[/status]`. */
  #one(method: string, url: URL, body: Stored | null, response: ServerResponse): void {
    const match = /^(.*?)(?:\/namespaces\/([^/]+))?\/([^/]+)(?:\/([^/]+))?(?:\/(status))?$/.exec(url.pathname);
    const [, root = '', namespace = '', plural = '', name = body?.metadata?.name ?? ''] = match ?? [];
    const collection = `${root}/${plural}`;
    const known = this.get(collection, `${namespace}/${name}`);
    const objects = this.#collections.get(collection);
    if (method === 'POST' && body !== null && objects !== undefined) {
      const { generateName } = body.metadata;
      if (generateName !== undefined) body.metadata.name = `${String(generateName)}${this.#version}`;
      if (known !== undefined) fail(response, 409, 'AlreadyExists');
      else send(response, 201, this.put(collection, body));
      return;
    }
    if (method === 'GET' && name === '' && objects !== undefined) {
      const [label = '', value] = (url.searchParams.get('labelSelector') ?? '').split('=');
      const items = [...objects.values()].filter(({ metadata }) => metadata.namespace === namespace);
      const labelsOf = ({ metadata }: Stored): Fields => (metadata.labels ?? {}) as Fields;
      send(response, 200, { items: items.filter((each) => label === '' || labelsOf(each)[label] === value) });
      return;
    }
    if (method === 'DELETE' && known !== undefined) {
      this.delete(collection, `${namespace}/${name}`);
      send(response, 200, known);
      return;
    }
    if (method === 'APPLY' && body !== null && objects !== undefined) {
      send(response, 200, this.#apply(collection, known, body));
      return;
    }
    if (known === undefined) {
      fail(response, 404, 'NotFound');
    } else if (method === 'GET') {
      send(response, 200, known);
    } else if (body?.metadata.resourceVersion !== known.metadata.resourceVersion) {
      fail(response, 409, 'Conflict');
    } else if (method === 'PUT' && body !== null) {
      send(response, 200, this.put(collection, body));
    } else {
      const status = { ...(known.status as Fields | undefined), ...(body?.status as Fields) };
      send(response, 200, this.put(collection, { ...known, status }));
    }
  }

  /** By force, as if all fields that are not stated were somebody else's. What changes nothing is no new version. */
  #apply(collection: string, known: Stored | undefined, body: Stored): Stored {
    if (known === undefined) return this.put(collection, body);
    const next = merged(known, body) as Stored;
    if (isDeepStrictEqual(next, known)) return known;
    const generation = (known.metadata.generation ?? 1) + (isDeepStrictEqual(next.spec, known.spec) ? 0 : 1);
    return this.put(collection, { ...next, metadata: { ...next.metadata, generation } });
  }
}

const viewOf = (accept = ''): View =>
  accept.includes('as=PartialObjectMetadata') ? ({ metadata }) => ({ metadata }) : (object) => object;

function merged(before: unknown, stated: unknown): unknown {
  if (!isFields(before) || !isFields(stated)) return stated;
  const entries = Object.entries(stated).map(([name, value]) => [name, merged(before[name], value)]);
  return { ...before, ...Object.fromEntries(entries) };
}

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function fail(response: ServerResponse, code: number, reason: string): void {
  send(response, code, { kind: 'Status', code, reason, message: `fake: ${reason}` });
}
