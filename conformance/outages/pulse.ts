import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Manifest } from '../seeds/kubectl.ts';
import { gatewayApi } from '../seeds/objects.ts';
import type { Api } from './api.ts';

const host = 'pulse.example.com';

const route = (namespace: string, beat: number): Manifest => ({
  apiVersion: gatewayApi,
  kind: 'HTTPRoute',
  metadata: { name: 'pulse', namespace },
  spec: {
    parentRefs: [{ name: 'edge' }],
    hostnames: [host],
    rules: [
      {
        filters: [
          {
            type: 'RequestRedirect',
            requestRedirect: { path: { type: 'ReplaceFullPath', replaceFullPath: `/beat-${beat}` } },
          },
        ],
      },
    ],
  },
});

/** A route that is changed each second, whatever comes of it. */
export class Pulse {
  /** The last change that the API server took. */
  beat = 0;
  readonly #api: Api;
  readonly #namespace: string;
  readonly #address: string;
  readonly #beating: Promise<void>;
  #ended = false;

  constructor(api: Api, namespace: string, address: string) {
    this.#api = api;
    this.#namespace = namespace;
    this.#address = address;
    this.#beating = this.#run();
  }

  async stop(): Promise<void> {
    this.#ended = true;
    await this.#beating;
  }

  /** One more change now, for which the API server must be there; gives its number. */
  async once(): Promise<number> {
    const next = this.beat + 1;
    await this.#api.apply(route(this.#namespace, next));
    this.beat = next;
    return next;
  }

  /** The change that the gateway serves, asked over a new connection; -1 for none. */
  served(): Promise<number> {
    return new Promise((resolve) => {
      const request = http.get({ host: this.#address, port: 80, agent: false, headers: { host } }, (response) => {
        response.resume();
        const beat = /\/beat-(\d+)$/.exec(response.headers.location ?? '')?.[1];
        resolve(beat === undefined ? -1 : Number(beat));
      });
      request.on('error', () => resolve(-1));
    });
  }

  /** Resolves when each of several connections in a row, thus every pod, serves that change or a later one. */
  async arrived(beat: number, seconds: number): Promise<void> {
    const end = performance.now() + seconds * 1_000;
    for (let row = 0; row < 12; ) {
      const served = await this.served();
      row = served >= beat ? row + 1 : 0;
      if (row > 0) continue;
      if (performance.now() > end) throw new Error(`change ${beat} is not served after ${seconds} s: ${served} is`);
      await sleep(50);
    }
  }

  async #run(): Promise<void> {
    while (!this.#ended) {
      try {
        await this.once();
      } catch {
        // The API server is away, which may be what is tried.
      }
      await sleep(1_000);
    }
  }
}
