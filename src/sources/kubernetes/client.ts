import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import { messageOf } from '../../model/thrown.ts';
import type { ClusterAccess, TlsCredentials } from './access.ts';
import { ConnectionError, toApiError } from './api-error.ts';

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the server's own path, with a leading slash; segments are escaped by whoever makes it. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** Milliseconds and bytes. */
const bounds = {
  /** Until the head of an answer has come, and between two parts of its content. */
  answer: 30_000,
  /** One answer. A page of 500 objects of the largest size that etcd takes would not fit; nobody has that. */
  content: 256 * 1024 * 1024,
  /** Of an answer that is an error. */
  error: 1024 * 1024,
  /** How often the system asks a silent connection whether it still is one. */
  keepAlive: 30_000,
  /** Whatever the server, or a proxy before it, asks for. */
  retryAfter: 60_000,
};

/**
 * Talks to the API server over connections that are kept. Fails with `ApiError` for what the server refuses and with
 * `ConnectionError` where there is no answer; never retries by itself, except over a kept connection that the server
 * closed at that moment.
 */
export class ApiClient {
  readonly #access: ClusterAccess;
  #agent: { readonly tls: TlsCredentials; readonly agent: http.Agent } | null = null;

  constructor(access: ClusterAccess) {
    this.#access = access;
  }

  /** The namespace of the kubeconfig's context, or of the pod. */
  get namespace(): string {
    return this.#access.namespace;
  }

  /** The JSON value of a successful answer. */
  async json(request: ApiRequest): Promise<unknown> {
    const response = await this.open(request);
    return parse(await readContent(response, bounds.content));
  }

  /** A successful answer whose content is still to come, for a watch. Whoever gets it reads or destroys it. */
  async open(request: ApiRequest): Promise<IncomingMessage> {
    const response = await this.#send(request);
    const { statusCode = 0, statusMessage = '' } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    const text = await readContent(response, bounds.error);
    const fallback = `the API server answered ${statusCode} ${statusMessage}`.trim();
    throw toApiError(tryParse(text), statusCode, fallback, retryAfter(response.headers['retry-after']));
  }

  /** Ends all connections, those of watches included. */
  close(): void {
    this.#agent?.agent.destroy();
    this.#agent = null;
  }

  async #send(request: ApiRequest): Promise<IncomingMessage> {
    const { tls, token } = await this.#access.credentials();
    const { server } = this.#access;
    const url = new URL(server);
    url.pathname = server.pathname.replace(/\/$/, '') + request.path;
    url.search = new URLSearchParams(request.query).toString();
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const options: https.RequestOptions = {
      method: request.method,
      agent: this.#agentFor(tls),
      headers: {
        accept: request.accept ?? 'application/json',
        'user-agent': 'farside',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === null
          ? {}
          : {
              'content-type': request.contentType ?? 'application/json',
              'content-length': String(Buffer.byteLength(body)),
            }),
      },
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    };
    return send(url, options, body);
  }

  #agentFor(tls: TlsCredentials): http.Agent {
    if (this.#agent?.tls === tls) return this.#agent.agent;
    // What is under way ends on the old connections; kept ones are not used again.
    const old = this.#agent?.agent;
    if (old !== undefined) for (const socket of Object.values(old.freeSockets).flat()) socket?.destroy();
    const options = { keepAlive: true, keepAliveMsecs: bounds.keepAlive, scheduling: 'lifo' as const };
    const { serverName, skipVerification, ...pem } = tls;
    const agent =
      this.#access.server.protocol === 'http:'
        ? new http.Agent(options)
        : new https.Agent({
            ...options,
            ...pem,
            minVersion: 'TLSv1.2',
            rejectUnauthorized: skipVerification !== true,
            ...(serverName === undefined ? {} : { servername: serverName }),
          });
    this.#agent = { tls, agent };
    return agent;
  }
}

function send(url: URL, options: https.RequestOptions, body: string | null): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const transport = url.protocol === 'http:' ? http : https;
    const request = transport.request(url, options);
    const timer = setTimeout(
      () => request.destroy(new Error(`no answer within ${bounds.answer / 1_000} s`)),
      bounds.answer,
    );
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.on('error', (cause: NodeJS.ErrnoException) => {
      clearTimeout(timer);
      // Nobody answered over it: the server had closed the connection before the request came.
      if (request.reusedSocket && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')) {
        send(url, options, body).then(resolve, reject);
      } else reject(new ConnectionError(describeConnectionError(cause, url), { cause }));
    });
    request.end(body ?? undefined);
  });
}

async function readContent(response: IncomingMessage, most: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  // Not the response's own timeout: a kept connection may be taken from it before it is read.
  const timer = setTimeout(
    () => response.destroy(new Error(`nothing came for ${bounds.answer / 1_000} s in the middle of an answer`)),
    bounds.answer,
  );
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      timer.refresh();
      size += chunk.length;
      if (size > most) throw new Error(`an answer is larger than ${most} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    response.destroy();
    throw new ConnectionError(messageOf(cause), { cause });
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Reads seconds (RFC 9110 section 10.2.3; API servers send no dates). */
function retryAfter(header: string | undefined): number | null {
  const seconds = Number(header);
  return Number.isFinite(seconds) ? Math.min(Math.max(0, seconds * 1_000), bounds.retryAfter) : null;
}

function parse(text: string): unknown {
  const value = tryParse(text);
  if (value === undefined) throw new ConnectionError('the API server answered with something that is not JSON');
  return value;
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function describeConnectionError(cause: NodeJS.ErrnoException, url: URL): string {
  // A host with several addresses fails with one error for each.
  const first = cause instanceof AggregateError ? (cause.errors[0] as Error | undefined) : cause;
  return `${url.host}: ${first?.message ?? cause.message}`;
}
