import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';

/** What a server answered. */
export interface Answer {
  readonly code: number;
  readonly body: Record<string, unknown>;
}

interface KubeConfig {
  readonly clusters: readonly { readonly cluster: Record<string, string> }[];
  readonly users: readonly { readonly user: Record<string, string> }[];
}

/** Talks to the API server of a kubeconfig whose user has a token. */
export class Client {
  readonly #server: string;
  readonly #agent: Agent;
  readonly #token: string;

  constructor(kubeconfig: string) {
    const config = parse(readFileSync(kubeconfig, 'utf8')) as KubeConfig;
    const { cluster } = config.clusters[0] ?? { cluster: {} };
    const { user } = config.users[0] ?? { user: {} };
    this.#server = cluster.server ?? '';
    this.#token = user.token ?? '';
    const ca = Buffer.from(cluster['certificate-authority-data'] ?? '', 'base64');
    this.#agent = new Agent({ keepAlive: true, ca });
  }

  async post(path: string, object: unknown): Promise<Answer> {
    const body = JSON.stringify(object);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = {
      authorization: `Bearer ${this.#token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const call = request(`${this.#server}${path}`, { method: 'POST', agent: this.#agent, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ code: response.statusCode ?? 0, body: JSON.parse(text) as Record<string, unknown> });
      });
    });
    call.on('error', reject);
    call.end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}
