import type { Finding } from '../../../model/finding.ts';
import type { KeyMaterial, Model } from '../../../model/model.ts';
import type { Applied, DataPlane, OpenChange } from '../../dataplane.ts';
import { checkModel } from '../check.ts';
import { type Configuration, emptyConfiguration } from '../delta.ts';
import { GatewayFeed } from './gateway-feed.ts';
import { ownFindings } from './own-findings.ts';
import { checkPorts, partition } from './partition.ts';

export interface RemoteDataPlaneOptions {
  /** Milliseconds that `apply` waits for pods that are connected. 0.5 s unless said otherwise. */
  readonly patience?: number;
  /** Milliseconds for which a pod that went, or has an older version, counts for what it had. 10 s unless said otherwise. */
  readonly grace?: number;
}

const nothingOpen: OpenChange = { open: [], cause: null, findings: [] };

/**
 * Data planes elsewhere, one to each Gateway: pods that follow their Gateway's part of the model over a stream. A listener
 * is open when every pod that has the newest configuration has opened it, and there is such a pod. While no pod is
 * connected, what was open counts for as long as clients reach pods that are ready: a stream that is cut closes nothing.
 */
export class RemoteDataPlane implements DataPlane {
  readonly opensLater = true;
  readonly #patience: number;
  readonly #grace: number;
  readonly #feeds = new Map<string, GatewayFeed>();
  /** Why a Gateway cannot be given what its data plane is to be, by its name, and since when. */
  readonly #hindrances = new Map<string, { readonly cause: string; readonly since: number }>();
  /** The data planes that clients can reach; null while nobody has said. */
  #reached: ReadonlySet<string> | null = null;
  /** When those that clients cannot reach any more could be last. */
  readonly #unreached = new Map<string, number>();
  /** Null before the first; one that has nothing to serve is one. */
  #model: Model | null = null;
  #shares: ReadonlyMap<string, Configuration> = new Map();
  #applying = 0;
  #told: OpenChange = nothingOpen;
  #onOpenChanged: (change: OpenChange) => void = () => {};
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | null = null;
  #telling: NodeJS.Immediate | null = null;
  #drained = false;

  constructor({ patience = 500, grace = 10_000 }: RemoteDataPlaneOptions = {}) {
    this.#patience = patience;
    this.#grace = grace;
  }

  check(model: Model): readonly Finding[] {
    return [...checkModel(model), ...checkPorts(model)];
  }

  onOpenChanged(listener: (change: OpenChange) => void): void {
    this.#onOpenChanged = listener;
  }

  /**
   * Sends each Gateway's pods what changed for them. Waits for those that are connected, but not for long, and not for one
   * that was waited for in vain before: one slow pod must not hold up the other Gateways, and what it does later is told by
   * `onOpenChanged`.
   */
  async apply(model: Model, keys: KeyMaterial, revision: number): Promise<Applied> {
    this.#applying += 1;
    const shares = partition({ model, keys });
    this.#shares = shares;
    this.#model = model;
    const now = performance.now();
    for (const [gateway, configuration] of shares) this.feed(gateway).set(configuration, now);
    for (const gateway of this.#hindrances.keys()) if (!shares.has(gateway)) this.#hindrances.delete(gateway);
    for (const [gateway, feed] of this.#feeds) {
      if (shares.has(gateway)) continue;
      // A Gateway that has no listener any more, or is gone: whoever still follows closes what it has open.
      if (feed.followers > 0) feed.set(emptyConfiguration, now);
      else this.#feeds.delete(gateway);
    }
    await this.#until(() => [...this.#feeds.values()].every((feed) => feed.isCurrent), this.#patience);
    for (const feed of this.#feeds.values()) feed.waitedInVain();
    this.#told = this.#look();
    // Whoever applied takes up the answer before anything newer is told.
    setImmediate(() => {
      this.#applying -= 1;
      this.#tell();
    });
    return { revision, open: this.#told.open, findings: this.#told.findings ?? [] };
  }

  /** Pods end by themselves: there is nothing here to drain. */
  async drain(): Promise<void> {
    this.#drained = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const wake of this.#waiting) wake();
  }

  /**
   * The feed of a Gateway (`namespace/name`), made where there is none: a pod may come before its configuration. Once
   * there is a model at all, a Gateway without a part in it has nothing to serve, and its pods are to know.
   */
  feed(gateway: string): GatewayFeed {
    let feed = this.#feeds.get(gateway);
    if (feed === undefined) {
      feed = new GatewayFeed();
      if (this.#model !== null) feed.set(this.#shares.get(gateway) ?? emptyConfiguration, performance.now());
      this.#feeds.set(gateway, feed);
    }
    return feed;
  }

  /** Whoever serves the pods says so when one came, went or acknowledged. */
  notify(): void {
    for (const wake of this.#waiting) wake();
    this.#tellSoon();
  }

  /**
   * Tells why a Gateway cannot be given the data plane that it asks for, or that nothing stands in the way any more (null).
   * One that serves meanwhile says so only when it lasts: conflicts and a busy API server are over in a moment.
   */
  hinder(gateway: string, cause: string | null): void {
    const since = this.#hindrances.get(gateway)?.since ?? performance.now();
    if (cause === null) this.#hindrances.delete(gateway);
    else this.#hindrances.set(gateway, { cause, since });
    this.#tellSoon();
  }

  /**
   * Tells which data planes clients can reach: the others are not open to anybody, whatever their pods say. Until the first
   * call all can be reached.
   */
  setReached(names: ReadonlySet<string>): void {
    const now = performance.now();
    for (const name of this.#reached ?? []) if (!names.has(name)) this.#unreached.set(name, now);
    for (const name of this.#unreached.keys()) {
      if (names.has(name) || !this.#shares.has(name)) this.#unreached.delete(name);
    }
    this.#reached = names;
    this.#tellSoon();
  }

  #isReached(name: string, now: number): boolean {
    if (this.#reached === null || this.#reached.has(name)) return true;
    const lost = this.#unreached.get(name);
    return lost !== undefined && now - lost < this.#grace;
  }

  /** How many pods follow, by Gateway. */
  followers(): ReadonlyMap<string, number> {
    return new Map([...this.#shares.keys()].map((name) => [name, this.feed(name).followers]));
  }

  /** Resolves when every Gateway has a pod that serves what it should, or the time (milliseconds) is over, and that was told. */
  async served(timeout: number): Promise<void> {
    await this.#until(() => [...this.#shares.keys()].every((name) => this.feed(name).isServed), timeout);
    this.#tell();
  }

  async #until(isReached: () => boolean, timeout: number): Promise<void> {
    const end = performance.now() + timeout;
    while (!this.#drained && !isReached()) {
      const left = end - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting = this.#waiting.filter((each) => each !== wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.push(wake);
      });
    }
  }

  /**
   * Once for all that is known by then: the pods of all Gateways come back at one time, and each that is told means a look at
   * every Gateway and its status.
   */
  #tellSoon(): void {
    this.#telling ??= setImmediate(() => {
      this.#telling = null;
      this.#tell();
    });
  }

  #tell(): void {
    if (this.#drained) return;
    this.#schedule();
    if (this.#applying > 0) return;
    const change = this.#look();
    if (JSON.stringify(change) === JSON.stringify(this.#told)) return;
    this.#told = change;
    this.#onOpenChanged(change);
  }

  /** What counts for a while only is looked at again when that is over. */
  #schedule(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(), this.#grace + 10).unref();
  }

  #look(): OpenChange {
    const now = performance.now();
    const open = new Set<string>();
    const findings = new Map<string, Finding>();
    for (const [gateway, { model }] of this.#shares) {
      const feed = this.feed(gateway);
      const pods = feed.inForce(now, this.#grace, this.#reached?.has(gateway) === true);
      if (pods === null) {
        const why = this.#hindrances.get(gateway)?.cause ?? (feed.followers === 0 ? noPod : notYet);
        for (const finding of unserved(model, why)) findings.set(`${gateway} unserved`, finding);
        continue;
      }
      if (!this.#isReached(gateway, now)) {
        for (const finding of unserved(model, notReady)) findings.set(`${gateway} unserved`, finding);
        continue;
      }
      const hindrance = this.#hindrances.get(gateway);
      if (hindrance !== undefined && now - hindrance.since >= this.#grace) {
        for (const finding of notDeployed(model, hindrance.cause)) findings.set(`${gateway} hindered`, finding);
      }
      if (feed.isSilent(now, this.#grace)) {
        const effect = 'its pods go on with what they had; changes wait until one is connected';
        for (const finding of unserved(model, noPod, effect)) findings.set(`${gateway} unserved`, finding);
      }
      for (const id of Object.keys(model.listeners)) if (pods.every((pod) => pod.open.includes(id))) open.add(id);
      // What pods of one Gateway say alike is told once.
      for (const finding of pods.flatMap((pod) => ownFindings(pod.findings, model))) {
        findings.set(JSON.stringify(finding), finding);
      }
    }
    const ids = Object.keys(this.#model?.listeners ?? {}).filter((id) => open.has(id));
    return { open: ids, cause: null, findings: [...findings.values()] };
  }
}

const noPod = 'no pod of its data plane is connected to the controller';
const notReady = 'no pod of its data plane is ready: its Service leads nowhere';
const notYet = 'no pod of its data plane has put the configuration in force yet';

function unserved(
  model: Model,
  message: string,
  effect = 'its listeners are not known to be open',
): readonly Finding[] {
  const remedy = 'look at the pods of its Deployment, and at their logs';
  // Every Gateway begins like that.
  return toldOnce(model, { severity: 'info', reason: 'NoDataPlane', message, effect, remedy });
}

const notDeployed = (model: Model, cause: string): readonly Finding[] =>
  toldOnce(model, {
    severity: 'error',
    reason: 'NotDeployed',
    message: `its data plane cannot be deployed as it asks: ${cause}`,
    effect: 'its pods and its Service stay as they are; it is tried again',
    remedy: 'correct what the cause names, in the Gateway or in its FarsideConfig',
  });

/** Once a Gateway, at one of its listeners. */
function toldOnce({ listeners }: Model, finding: Omit<Finding, 'origin'>): readonly Finding[] {
  const [section] = Object.values(listeners).flatMap(({ sections }) => sections);
  return section === undefined ? [] : [{ ...finding, origin: { ...section.origin, field: '' } }];
}
