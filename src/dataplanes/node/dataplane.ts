import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Writable } from 'node:stream';
import type { Finding } from '../../model/finding.ts';
import type { Listener } from '../../model/listener.ts';
import type { KeyMaterial, Model } from '../../model/model.ts';
import type { Observation } from '../../model/observation.ts';
import type { Applied, DataPlane, OpenChange } from '../dataplane.ts';
import { checkModel } from './check.ts';
import { type Configuration, emptyConfiguration } from './delta.ts';
import { listenFailed, portsNotShared, workersSilent } from './findings.ts';
import { defaultLimits, type Limits } from './limits.ts';
import { renderMetrics } from './metrics/render.ts';
import { MetricsTotals } from './metrics/totals.ts';
import { probeDatagramPort, probePort } from './port-probe.ts';
import { EndpointWatch } from './worker/endpoint-watch.ts';
import { LineRelay } from './worker/line-relay.ts';
import type { AccessLogFormat, WorkerSnapshot } from './worker/messages.ts';
import { type Acknowledgement, type WorkerEvent, WorkerSlot } from './worker/worker-slot.ts';

export interface NodeDataPlaneOptions {
  /** How many worker processes; one a core unless said otherwise. */
  readonly workers?: number;
  readonly limits?: Partial<Limits>;
  readonly accessLog?: {
    readonly format: AccessLogFormat;
    /** Gets whole lines. */
    readonly output: Writable;
  };
  /**
   * Whether what leads to the machine itself is not connected to, as in a cluster, where those who say where backends are
   * are not those who own the machine. A folder's are.
   */
  readonly refusesOwnAddresses?: boolean;
  /** Workers that start and die, for the gateway's own log. */
  readonly onWorkerEvent?: (event: WorkerEvent) => void;
}

/** Where Node can let several processes listen on one port. */
const sharesPorts = ['linux', 'freebsd', 'dragonfly', 'sunos', 'aix'].includes(process.platform);

/** TCP and UDP have ports of their own. */
const probe = ({ protocol }: Pick<Listener, 'protocol'>) => (protocol === 'UDP' ? probeDatagramPort : probePort);

/** Milliseconds until workers that have not acknowledged a configuration are reported and no longer waited for. */
const acknowledgementTimeout = 15_000;
/** Session tickets of an older secret are not taken up any more; their clients handshake in full. */
const ticketSecretLifetime = 12 * 3_600_000;

/**
 * The embedded data plane: worker processes that share the listening ports. This side runs in the control process: it
 * carries no traffic, sends workers what changed, starts them anew when they die, and adds up what they count.
 */
export class NodeDataPlane implements DataPlane {
  readonly #slots: WorkerSlot[];
  readonly #requested: number;
  readonly #totals = new MetricsTotals();
  #ticketSecret = randomBytes(32);
  readonly #ticketTimer: NodeJS.Timeout;
  /** What workers were last told to have. */
  #configuration: Configuration = emptyConfiguration;
  /** What was asked for last, listeners that could not be opened included. */
  #model: Model = emptyConfiguration.model;
  /** Ids of the listeners that were open in all workers when the configuration was put in force. */
  #open: readonly string[] = [];
  /** Those of them that some worker has open, as they were told last. */
  #told: readonly string[] = [];
  #onOpenChanged: (change: OpenChange) => void = () => {};
  /** What came of the configuration in force, without what its endpoints do. */
  #findings: readonly Finding[] = [];
  readonly #endpoints: EndpointWatch;
  #revision = 0;
  #reloads = 0;
  /** Numbers what workers are sent. */
  #sequence = 0;
  /** Configurations on their way to the workers: what these have open meanwhile is told when it is settled. */
  #sending = 0;
  /** One configuration after the other. */
  #last: Promise<unknown> = Promise.resolve();

  /** Starts the workers; they listen to nothing before `apply`. */
  constructor(options: NodeDataPlaneOptions = {}) {
    this.#requested = options.workers ?? availableParallelism();
    const count = sharesPorts ? this.#requested : 1;
    const relay = new LineRelay(options.accessLog?.output ?? null);
    const settings = {
      limits: { ...defaultLimits, ...options.limits },
      accessLog: options.accessLog?.format ?? ('off' as const),
      refusesOwnAddresses: options.refusesOwnAddresses ?? false,
      reusePort: sharesPorts,
      sessionSecret: randomBytes(32).toString('base64'),
    };
    this.#endpoints = new EndpointWatch(
      this.#model,
      () => this.#slots,
      () => this.#tell(this.#told),
    );
    const endpoints = this.#endpoints;
    this.#slots = Array.from({ length: count }, (_, worker) => {
      const onEvent = (event: WorkerEvent) => options.onWorkerEvent?.(event);
      const onLost = (lost: WorkerSnapshot) => this.#totals.keep(lost);
      return new WorkerSlot({
        ...{ worker, settings, relay, onEvent, onLost },
        onOpenChanged: () => this.#tellOpen(),
        onStarted: (slot) => endpoints.started(slot),
        onDied: (slot) => endpoints.died(slot),
        onHealth: (slot, verdicts) => endpoints.onHealth(slot, verdicts),
        onEjections: (slot, ejected) => endpoints.onEjections(slot, ejected),
      });
    });
    this.#ticketTimer = setInterval(() => this.#rotateTicketSecret(), ticketSecretLifetime).unref();
  }

  #rotateTicketSecret(): void {
    this.#ticketSecret = randomBytes(32);
    this.#last = this.#last.then(() => this.#send(this.#configuration)).catch(() => {});
  }

  /** Process ids of the workers that run. */
  get workers(): readonly number[] {
    return this.#slots.flatMap((slot) => slot.pid ?? []);
  }

  check(model: Model): readonly Finding[] {
    return [...checkModel(model), ...(this.#slots.length < this.#requested ? [portsNotShared(this.#requested)] : [])];
  }

  onOpenChanged(listener: (change: OpenChange) => void): void {
    this.#onOpenChanged = listener;
  }

  apply(model: Model, keys: KeyMaterial, revision: number): Promise<Applied> {
    const applied = this.#last.then(() => this.#apply(model, keys, revision));
    this.#last = applied.catch(() => {});
    return applied;
  }

  async metrics(): Promise<string> {
    const snapshots = await Promise.all(this.#slots.map((slot) => slot.measure()));
    const present = snapshots.filter((snapshot) => snapshot !== null);
    return renderMetrics({
      totals: this.#totals.with(present),
      workers: present,
      running: this.workers.length,
      restarts: this.#slots.reduce((sum, slot) => sum + slot.restarts, 0),
      revision: this.#revision,
      reloads: this.#reloads,
      model: this.#model,
      open: this.#told,
      now: Date.now(),
    });
  }

  /** What the workers last saw of each endpoint of each backend, the newest of each. */
  async observations(): Promise<readonly Observation[]> {
    const snapshots = await Promise.all(this.#slots.map((slot) => slot.measure()));
    const newest = new Map<string, Observation>();
    for (const observation of snapshots.flatMap((snapshot) => snapshot?.observations ?? [])) {
      const key = `${observation.backend} ${observation.endpoint}`;
      const known = newest.get(key);
      if (known === undefined || known.time <= observation.time) newest.set(key, observation);
    }
    return this.#endpoints.judge([...newest.values()]);
  }

  dismiss(): void {
    for (const slot of this.#slots) slot.dismiss();
  }

  async drain(timeout: number): Promise<void> {
    clearInterval(this.#ticketTimer);
    this.#endpoints.stop();
    await this.#last;
    await Promise.all(this.#slots.map((slot) => slot.drain(timeout)));
  }

  async #apply(model: Model, keys: KeyMaterial, revision: number): Promise<Applied> {
    const wanted = Object.values(model.listeners);
    const added = wanted.filter(({ id }) => !this.#open.includes(id));
    await this.#freePorts(model, added);
    const codes = new Map<string, string>();
    for (const listener of added) {
      const code = await probe(listener)(listener.address, listener.port);
      if (code !== null) codes.set(listener.id, code);
    }
    const possible = Object.fromEntries(wanted.filter(({ id }) => !codes.has(id)).map((each) => [each.id, each]));
    const sent: Model = codes.size === 0 ? model : { ...model, listeners: possible };
    this.#endpoints.configure(model);
    const { made, silent } = await this.#send({ model: sent, keys });
    for (const { failures } of made) for (const { listener, code } of failures) codes.set(listener, code);

    this.#revision = revision;
    this.#reloads += 1;
    this.#model = model;
    this.#open = silent > 0 ? [] : Object.keys(possible).filter((id) => made.every(({ open }) => open.includes(id)));
    const findings = wanted.flatMap((listener) => {
      const code = codes.get(listener.id);
      return code === undefined ? [] : listenFailed(listener, code);
    });
    if (silent > 0) findings.push(workersSilent(silent, acknowledgementTimeout));
    // A worker may have died since it told.
    this.#told = this.#present();
    this.#findings = findings;
    return { revision, findings: [...findings, ...this.#endpoints.findings], open: this.#told };
  }

  /** One worker is enough to serve a listener. */
  #present(): readonly string[] {
    return this.#open.filter((id) => this.#slots.some(({ open }) => open?.includes(id)));
  }

  #tellOpen(): void {
    const dead = this.#slots.every(({ open }) => open === null);
    if (this.#sending > 0 && !dead) return;
    const open = this.#present();
    if (open.length === this.#told.length && open.every((id) => this.#told.includes(id))) return;
    this.#tell(open);
  }

  #tell(open: readonly string[]): void {
    this.#told = open;
    const whole = open.length === this.#open.length;
    const cause = whole ? null : 'no worker process has the configuration in force';
    this.#onOpenChanged({ open, cause, findings: [...this.#findings, ...this.#endpoints.findings] });
  }

  /** A port that changes its address is closed first, or our own workers would stand in the way of the new one. */
  async #freePorts(model: Model, added: readonly Listener[]): Promise<void> {
    const { listeners } = this.#configuration.model;
    const kept = Object.values(listeners).filter(({ id }) => Object.hasOwn(model.listeners, id));
    const removed = Object.values(listeners).filter(({ id }) => !Object.hasOwn(model.listeners, id));
    if (
      !removed.some(({ port, protocol }) =>
        added.some((listener) => listener.port === port && probe(listener) === probe({ protocol })),
      )
    )
      return;
    const reduced = {
      ...this.#configuration.model,
      listeners: Object.fromEntries(kept.map((each) => [each.id, each])),
    };
    await this.#send({ ...this.#configuration, model: reduced });
  }

  /** Resolves when all workers have it in force, or the time for that is over. */
  async #send(configuration: Configuration): Promise<{ made: Acknowledgement[]; silent: number }> {
    this.#configuration = configuration;
    this.#sending += 1;
    this.#sequence += 1;
    const sequence = this.#sequence;
    const made: Acknowledgement[] = [];
    const all = Promise.all(
      this.#slots.map(async (slot) => {
        made.push(await slot.apply(configuration, sequence, this.#ticketSecret));
      }),
    );
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, acknowledgementTimeout);
    });
    await Promise.race([all, late]);
    clearTimeout(timer);
    this.#sending -= 1;
    return { made: [...made], silent: this.#slots.length - made.length };
  }
}
