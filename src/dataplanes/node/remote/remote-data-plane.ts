import type { Finding } from '../../../model/finding.ts';
import type { KeyMaterial, Model } from '../../../model/model.ts';
import type { Applied, DataPlane } from '../../dataplane.ts';
import { checkModel } from '../check.ts';
import { emptyConfiguration } from '../delta.ts';
import { GatewayFeed } from './gateway-feed.ts';
import { checkPorts, partition, type Share } from './partition.ts';

export interface RemoteDataPlaneOptions {
  /** Something that `apply` would tell differently has changed: pods came, went or acknowledged. Must not throw. */
  readonly onChange: () => void;
  /** Milliseconds that `apply` waits for pods that are connected. 2 s unless said otherwise. */
  readonly patience?: number;
}

/**
 * Data planes elsewhere, one to each Gateway: pods that follow their Gateway's part of the model over a stream. A listener
 * is open when every pod that has the newest configuration has opened it, and there is such a pod.
 */
export class RemoteDataPlane implements DataPlane {
  readonly #onChange: () => void;
  readonly #patience: number;
  readonly #feeds = new Map<string, GatewayFeed>();
  #shares: ReadonlyMap<string, Share> = new Map();
  #waiting: (() => void) | null = null;

  constructor({ onChange, patience = 2_000 }: RemoteDataPlaneOptions) {
    this.#onChange = onChange;
    this.#patience = patience;
  }

  check(model: Model): readonly Finding[] {
    return [...checkModel(model), ...checkPorts(model)];
  }

  /**
   * Sends each Gateway's pods what changed for them. Waits for those that are connected, but not for long: one slow pod
   * must not hold up the other Gateways, and what it does later is told by `onChange`.
   */
  async apply(model: Model, keys: KeyMaterial, revision: number): Promise<Applied> {
    const shares = partition({ model, keys });
    this.#shares = shares;
    for (const [gateway, { configuration }] of shares) this.feed(gateway).set(configuration);
    for (const [gateway, feed] of this.#feeds) {
      if (shares.has(gateway)) continue;
      // A Gateway that has no listener any more, or is gone: whoever still follows closes what it has open.
      if (feed.followers > 0) feed.set(emptyConfiguration);
      else this.#feeds.delete(gateway);
    }
    await this.#settle();
    return { revision, open: this.#open(model), findings: this.#findings() };
  }

  /** Pods end by themselves: there is nothing here to drain. */
  async drain(): Promise<void> {
    this.#waiting?.();
  }

  /** The feed of a Gateway (`namespace/name`), made where there is none: a pod may come before its configuration. */
  feed(gateway: string): GatewayFeed {
    let feed = this.#feeds.get(gateway);
    if (feed === undefined) {
      feed = new GatewayFeed();
      this.#feeds.set(gateway, feed);
    }
    return feed;
  }

  /** Whoever serves the pods says so when one came, went or acknowledged. */
  notify(): void {
    this.#waiting?.();
    this.#onChange();
  }

  async #settle(): Promise<void> {
    const end = Date.now() + this.#patience;
    while (this.#isPending() && Date.now() < end) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, end - Date.now()));
        this.#waiting = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#waiting = null;
  }

  #isPending(): boolean {
    return [...this.#feeds.values()].some((feed) => !feed.isCurrent);
  }

  #open(model: Model): readonly string[] {
    const closed = new Set<string>();
    const open = new Set<string>();
    for (const [gateway, { sockets }] of this.#shares) {
      const pods = this.#feeds.get(gateway)?.inForce ?? null;
      for (const [socket, ids] of sockets) {
        const isOpen = pods?.every((pod) => pod.open.includes(socket)) ?? false;
        for (const id of ids) (isOpen ? open : closed).add(id);
      }
    }
    // Two Gateways at one address and port: it is open when it is for both.
    return Object.keys(model.listeners).filter((id) => open.has(id) && !closed.has(id));
  }

  /** What pods of one Gateway say alike is told once. */
  #findings(): readonly Finding[] {
    const told = new Map<string, Finding>();
    for (const gateway of this.#shares.keys()) {
      for (const { findings } of this.#feeds.get(gateway)?.inForce ?? []) {
        for (const finding of findings) told.set(JSON.stringify(finding), finding);
      }
    }
    return [...told.values()];
  }
}
