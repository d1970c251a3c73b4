import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
}

/** One request over HTTP/1.1, on a connection of its own. */
export async function ask({ port }: { readonly port: number }, path = '/', asking: Asking = {}): Promise<Answer> {
  const { method = 'GET', body } = asking;
  const headers = { host: 'a.example', ...asking.headers } as Record<string, string | string[]>;
  const sent = request({ port, host: '127.0.0.1', path, method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const content = await text(response);
  return { status: response.statusCode ?? 0, headers: response.headers, body: content };
}
