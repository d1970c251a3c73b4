import type { Listener } from '../../../model/listener.ts';
import { type Configuration, type Delta, emptyConfiguration, patch } from '../delta.ts';
import { checkedEndpoints, HealthChecker } from '../health/health-checker.ts';
import { HealthTable } from '../health/health-table.ts';
import type { Verdict } from '../health/verdict.ts';
import { FieldCache } from '../http/field.ts';
import { Deadline, DeadlineWheel } from '../io/deadlines.ts';
import { HttpProxy } from '../proxy/http-proxy.ts';
import { DatagramPort } from '../stream/datagram-port.ts';
import { StreamProxy } from '../stream/stream-proxy.ts';
import { BackendConnector } from '../tls/connector.ts';
import { isOwnAddress } from '../tls/own-address.ts';
import { Resolver } from '../tls/resolver.ts';
import type { AccessLogWriter } from './access-log-writer.ts';
import type { ClientServices } from './client-connections.ts';
import { type ConnectionBudget, ListeningPort } from './listening-port.ts';
import type { ListenFailure, Report, WorkerSettings, WorkerSnapshot } from './messages.ts';

/** Milliseconds between two looks for endpoints that are passed over. */
const ejectionPeriod = 1_000;
/** More of them are not told. */
const maxEjections = 256;

/** Carries traffic: the listening sockets, the proxy and the connections of one process. */
export class Worker {
  readonly #settings: WorkerSettings;
  readonly #accessLog: AccessLogWriter | null;
  readonly #wheel = new DeadlineWheel();
  readonly #connector: BackendConnector;
  readonly #proxy: HttpProxy;
  readonly #streams: StreamProxy;
  readonly #clients: ClientServices;
  readonly #budget: ConnectionBudget;
  readonly #ports = new Map<string, ListeningPort | DatagramPort>();
  /** Ports that accept nothing more and still have connections. */
  readonly #closing = new Set<ListeningPort | DatagramPort>();
  readonly #report: (report: Report) => void;
  readonly #health = new HealthTable();
  readonly #checker: HealthChecker;
  readonly #lookingForEjections = new Deadline(() => this.#tellEjections());
  /** As they were told last. */
  #ejections = '[]';
  #configuration: Configuration = emptyConfiguration;
  #dismissing = false;

  /** @param report sends something to the control process */
  constructor(settings: WorkerSettings, accessLog: AccessLogWriter | null, report: (report: Report) => void) {
    const { limits } = settings;
    const wheel = this.#wheel;
    const cache = new FieldCache();
    this.#settings = settings;
    this.#accessLog = accessLog;
    this.#report = report;
    this.#budget = { used: 0, limit: limits.connections };
    const resolver = new Resolver(settings.refusesOwnAddresses ? { refuses: isOwnAddress } : {});
    const { model, keys } = emptyConfiguration;
    this.#connector = new BackendConnector({ limits, wheel, cache }, model, keys, resolver);
    const { sessionSecret } = settings;
    const health = this.#health;
    this.#proxy = new HttpProxy({ connector: this.#connector, limits, wheel, accessLog, health, sessionSecret });
    this.#checker = new HealthChecker({
      connector: this.#connector,
      wheel,
      table: this.#health,
      limit: limits.healthChecks,
      onVerdict: (verdict) => this.#onVerdict(verdict),
    });
    wheel.arm(this.#lookingForEjections, ejectionPeriod);
    this.#streams = new StreamProxy({
      connector: this.#connector,
      backends: this.#proxy.backends,
      limits,
      wheel,
      log: accessLog,
    });
    this.#clients = { acceptor: this.#proxy.accept, streams: this.#streams, limits, wheel, cache, refusals: accessLog };
  }

  /** Puts a configuration in force. Listeners that did not change are not touched. Returns what could not be opened. */
  async apply(delta: Delta, ticketSecret: Buffer): Promise<readonly ListenFailure[]> {
    const configuration = patch(this.#configuration, delta);
    const { model, keys } = configuration;
    this.#configuration = configuration;
    // The order matters: no request may meet a route whose backend or whose trust is not there yet.
    this.#connector.configure(model, keys);
    this.#health.retain(new Set(checkedEndpoints(model).map(({ key }) => key)));
    this.#proxy.update(model, keys);
    this.#streams.update(model);
    this.#checker.configure(model);
    this.#closeRemoved();
    for (const listener of Object.values(model.listeners)) {
      this.#ports.get(listener.id)?.configure(listener, configuration, ticketSecret);
    }
    const missing = Object.values(model.listeners).filter((listener) => !this.#ports.has(listener.id));
    const opened = await Promise.all(missing.map((listener) => this.#open(listener, ticketSecret)));
    return opened.filter((failure) => failure !== null);
  }

  /** Makes the health checks from here on, or leaves them to another worker. */
  checkHealth(on: boolean): void {
    this.#checker.setActive(on);
  }

  /** Takes over what health checks say. */
  takeHealth(verdicts: readonly Verdict[]): void {
    this.#health.record(verdicts);
    for (const backend of new Set(verdicts.map((verdict) => verdict.backend))) this.#proxy.refreshHealth(backend);
  }

  /** Whether nobody waits for anything at this moment. */
  get isIdle(): boolean {
    return this.#proxy.active === 0 && this.#streams.counters.active === 0;
  }

  /** Open at this moment, with clients and with backends. */
  get connections(): number {
    return this.#budget.used + this.#proxy.backends.connections;
  }

  get open(): readonly string[] {
    return [...this.#ports.keys()];
  }

  measure(): WorkerSnapshot {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return {
      proxy: this.#proxy.snapshot(),
      streams: this.#streams.counters.snapshot(),
      activeStreams: this.#streams.counters.active,
      listeners: [...this.#ports.values(), ...this.#closing].map((port) => port.counters.snapshot()),
      observations: this.#connector.observations(),
      healthChecks: this.#checker.counts(),
      droppedLogLines: this.#accessLog?.dropped ?? 0,
      residentMemory: rss,
      heapUsed,
      processorTime: (user + system) / 1e6,
    };
  }

  /** Serves on, and asks clients to go elsewhere. */
  dismiss(): void {
    this.#dismissing = true;
    for (const port of this.#ports.values()) if (port instanceof ListeningPort) port.dismiss();
  }

  /** Accepts nothing more; resolves when all connections have ended, or were cut after that many milliseconds. */
  async drain(timeout: number): Promise<void> {
    this.#checker.stop();
    const ports = [...this.#ports.values(), ...this.#closing];
    this.#ports.clear();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeout);
    });
    await Promise.race([Promise.all(ports.map((port) => port.close())), late]);
    clearTimeout(timer);
    for (const port of ports) port.destroy();
    this.#proxy.destroy();
    const accessLog = this.#accessLog;
    if (accessLog !== null) await new Promise<void>((resolve) => accessLog.flush(resolve));
    this.#wheel.stop();
  }

  async #open(listener: Listener, ticketSecret: Buffer): Promise<ListenFailure | null> {
    const port =
      listener.protocol === 'UDP'
        ? new DatagramPort(listener, this.#streams, this.#connector.resolver)
        : new ListeningPort(listener, this.#clients, this.#budget);
    port.configure(listener, this.#configuration, ticketSecret);
    if (this.#dismissing && port instanceof ListeningPort) port.dismiss();
    const code = await port.open(this.#settings.reusePort);
    if (code !== null) return { listener: listener.id, code };
    this.#ports.set(listener.id, port);
    return null;
  }

  #onVerdict(verdict: Verdict): void {
    this.takeHealth([verdict]);
    this.#report({ type: 'health', verdicts: [verdict] });
  }

  #tellEjections(): void {
    this.#wheel.arm(this.#lookingForEjections, ejectionPeriod);
    const endpoints = this.#proxy.backends.ejections(maxEjections);
    const told = JSON.stringify(endpoints);
    if (told === this.#ejections) return;
    this.#ejections = told;
    this.#report({ type: 'ejections', endpoints });
  }

  #closeRemoved(): void {
    for (const [id, port] of this.#ports) {
      if (Object.hasOwn(this.#configuration.model.listeners, id)) continue;
      this.#ports.delete(id);
      this.#closing.add(port);
      void port.close().then(() => this.#closing.delete(port));
    }
  }
}
