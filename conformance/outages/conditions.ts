import { setTimeout as sleep } from 'node:timers/promises';
import { watch } from '../../src/sources/kubernetes/watch-stream.ts';
import { type Api, pathOf } from './api.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

interface WithStatus {
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly resourceVersion?: string };
  readonly status?: Readonly<Record<string, unknown>>;
}

/** A condition that was true and is not any more. */
export interface Fall {
  /** `Gateway edge Programmed`. */
  readonly what: string;
  readonly to: string;
}

/** Follows the conditions of Gateways and routes, and notes each that falls from True: what flaps, falls. */
export class ConditionWatch {
  readonly falls: Fall[] = [];
  readonly #api: Api;
  readonly #namespace: string;
  readonly #abort = new AbortController();
  readonly #known = new Map<string, Condition>();
  readonly #watches: readonly Promise<void>[];

  constructor(api: Api, namespace: string, kinds: readonly string[] = ['Gateway', 'HTTPRoute']) {
    this.#api = api;
    this.#namespace = namespace;
    this.#watches = kinds.map((kind) => this.#follow(kind));
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    await Promise.all(this.#watches);
  }

  async #follow(kind: string): Promise<void> {
    const { client } = this.#api;
    const { signal } = this.#abort;
    const path = pathOf(kind, this.#namespace, '');
    while (!signal.aborted) {
      try {
        const list = (await client.json({ method: 'GET', path, signal })) as {
          readonly metadata: { readonly resourceVersion: string };
          readonly items: readonly WithStatus[];
        };
        for (const item of list.items) this.#see(kind, item);
        const { resourceVersion } = list.metadata;
        for await (const { type, object } of await watch(client, {
          path,
          accept: 'application/json',
          resourceVersion,
          signal,
        })) {
          if (type === 'ADDED' || type === 'MODIFIED') this.#see(kind, object as WithStatus);
        }
      } catch {
        // The API server is away, which may be what is tried.
        await sleep(200);
      }
    }
  }

  #see(kind: string, { metadata, status }: WithStatus): void {
    for (const [name, condition] of conditionsIn(status)) {
      const what = `${kind} ${metadata.name} ${name}`;
      const before = this.#known.get(what);
      this.#known.set(what, condition);
      if (before?.status === 'True' && condition.status !== 'True') {
        this.falls.push({ what, to: `${condition.status}/${condition.reason}: ${condition.message}` });
      }
    }
  }
}

/** Every condition anywhere in a status, named by its place and type. */
function conditionsIn(value: unknown, place = ''): readonly (readonly [string, Condition])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => {
    if (name === 'conditions' && Array.isArray(each)) {
      return (each as readonly Condition[]).map((condition) => [`${place}${condition.type}`, condition] as const);
    }
    const label = typeof each === 'object' && each !== null && 'name' in each ? String(each.name) : name;
    return conditionsIn(each, `${place}${label} `);
  });
}
