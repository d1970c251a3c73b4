import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import https from 'node:https';

/** How a client reaches a gateway. Without `ca` it speaks plain HTTP. */
export interface Target {
  readonly port: number;
  readonly address?: string;
  readonly ca?: string;
  /** Of the Host header and the server name; `edgeName` unless said otherwise. */
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/** The name that certificates of listeners have in these tests. */
export const edgeName = 'edge.test';

/** One request over HTTP/1.1, on a connection of its own unless an agent is given. */
export function ask(target: Target, path: string, agent?: http.Agent): Promise<Answer> {
  const { port, address = '127.0.0.1', ca, host = edgeName } = target;
  const headers = { ...target.headers, host };
  const options = { host: address, port, path, headers, agent: agent ?? false } as const;
  return new Promise((resolve, reject) => {
    const onResponse = (response: http.IncomingMessage): void => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    };
    const request =
      ca === undefined
        ? http.request(options, onResponse)
        : https.request({ ...options, ca, servername: host }, onResponse);
    request.on('error', reject);
    request.end();
  });
}

/** One connection over HTTP/2 that is asked again and again. */
export class Http2Client {
  readonly #session: http2.ClientHttp2Session;
  readonly #host: string;

  private constructor(session: http2.ClientHttp2Session, host: string) {
    this.#session = session;
    this.#host = host;
  }

  static async connect({ port, address = '127.0.0.1', ca, host = edgeName }: Target): Promise<Http2Client> {
    const session =
      ca === undefined
        ? http2.connect(`http://${address}:${port}`)
        : http2.connect(`https://${address}:${port}`, { ca, servername: host });
    await once(session, 'connect');
    return new Http2Client(session, host);
  }

  /** True once the connection cannot take another request. */
  get over(): boolean {
    return this.#session.closed || this.#session.destroyed;
  }

  async ask(path: string): Promise<Answer> {
    const stream = this.#session.request({ ':path': path, ':authority': this.#host });
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [headers] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
    if (!stream.readableEnded) await once(stream, 'end');
    return { status: headers[':status'] ?? 0, headers, body: Buffer.concat(chunks).toString() };
  }

  close(): void {
    this.#session.destroy();
  }
}
