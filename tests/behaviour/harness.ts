import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { Writable } from 'node:stream';
import type { TestContext } from 'node:test';
import type { ConnectionOptions } from 'node:tls';
import { CertificateAuthority } from '../../src/cli/demo/pki.ts';
import type { Applied } from '../../src/dataplanes/dataplane.ts';
import { NodeDataPlane, type NodeDataPlaneOptions } from '../../src/dataplanes/node/dataplane.ts';
import type { Built } from './model.ts';

export { freePort } from '../free-port.ts';

/** The authority of listeners and of backends that are right. */
export const authority = await CertificateAuthority.create('Demo CA');
export const edgeCertificate = await authority.issue({ dns: ['edge.test', '*.edge.test'] });
export const ordersCertificate = await authority.issue({ dns: ['orders.internal'] });
export const trust = { 'ConfigMap shop/ca': authority.certificate };

/** One line of the JSON access log. */
export interface LogLine {
  readonly status: number;
  readonly path: string;
  readonly failure?: {
    readonly class: string;
    readonly reason?: string;
    readonly message: string;
    readonly wanted?: string;
    readonly presented?: string;
    readonly decided_by?: { readonly field: string; readonly position: string };
  };
  readonly [member: string]: unknown;
}

/** A running data plane and what it logged. */
export class RunningPlane {
  readonly plane: NodeDataPlane;
  readonly lines: LogLine[] = [];
  #revision = 0;
  #waiting: (() => void)[] = [];

  constructor(options: NodeDataPlaneOptions = {}) {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        for (const line of chunk.toString().split('\n')) if (line !== '') this.lines.push(JSON.parse(line));
        for (const wake of this.#waiting.splice(0)) wake();
        done();
      },
    });
    this.plane = new NodeDataPlane({ workers: 1, accessLog: { format: 'json', output }, ...options });
  }

  apply({ model, keys }: Built): Promise<Applied> {
    this.#revision += 1;
    return this.plane.apply(model, keys, this.#revision);
  }

  /** The line of the first exchange that fits, now or later. */
  async line(fits: (line: LogLine) => boolean): Promise<LogLine> {
    for (;;) {
      const found = this.lines.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** Starts the data plane with one configuration; it is drained when the test ends. */
export async function startPlane(
  t: TestContext,
  built: Built,
  options: NodeDataPlaneOptions = {},
): Promise<RunningPlane> {
  const running = new RunningPlane(options);
  t.after(() => running.plane.drain(500));
  await running.apply(built);
  return running;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface Asking {
  readonly host?: string;
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** A connection is kept by whoever gives an agent. */
  readonly agent?: Agent | HttpAgent;
  readonly tls?: ConnectionOptions;
}

/** One request over HTTPS, on a connection of its own unless an agent is given. */
export function ask(port: number, path: string, asking: Asking = {}): Promise<Answer> {
  const { host = 'edge.test', method = 'GET', body, headers = {}, agent, tls } = asking;
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      {
        host: '127.0.0.1',
        port,
        path,
        method,
        headers: { host, ...headers },
        servername: host,
        ca: authority.certificate,
        agent: agent ?? new Agent({ keepAlive: false }),
        ...tls,
      },
      (response) => collect(response).then(resolve, reject),
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** One request without TLS. */
export function askPlain(
  port: number,
  path: string,
  { host = 'edge.test', headers = {}, agent }: Asking = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port, path, headers: { host, ...headers }, agent: agent ?? new HttpAgent() };
    const request = httpRequest(options, (response) => collect(response).then(resolve, reject));
    request.on('error', reject);
    request.end();
  });
}

async function collect(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString() };
}
