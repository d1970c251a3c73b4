import { randomBytes } from 'node:crypto';
import type { KeyMaterial, Model } from '../../../model/model.ts';
import { HealthTable } from '../health/health-table.ts';
import type { Acceptor, ServerStream, ServerStreamHandler } from '../http/stream.ts';
import { Deadline, type DeadlineWheel } from '../io/deadlines.ts';
import type { Limits } from '../limits.ts';
import type { AccessLog } from './access-log.ts';
import { ContentBudget } from './authorization/early-content.ts';
import type { Connector } from './connector.ts';
import type { ExchangeContext } from './context.ts';
import { Counters, type CountersSnapshot } from './counters.ts';
import { Exchange } from './exchange.ts';
import { ForwardedFields } from './headers/forwarded.ts';
import { Backends } from './pool/backends.ts';
import { RequestView } from './routing/request-view.ts';
import { RoutingTable } from './routing/routing-table.ts';

export interface HttpProxyOptions {
  readonly connector: Connector;
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  /** Null writes no access log, and then records are not even made. */
  readonly accessLog: AccessLog | null;
  /** What health checks say; where there is none, nobody makes checks. */
  readonly health?: HealthTable;
  /** Milliseconds between two looks for silent exchanges and idle connections; a second unless said otherwise. */
  readonly sweepPeriod?: number;
  /** Where round robin and weighted choice start, 0 up to 1; random unless said otherwise. */
  readonly start?: number;
  /** Milliseconds of a clock that never goes back, by which endpoints are passed over; that of the process unless said otherwise. */
  readonly now?: () => number;
  /** Milliseconds since 1970, by which sessions end; that of the system unless said otherwise. */
  readonly clock?: () => number;
  /** What clients must not know of sessions whose route has no uid; the same in all workers. Random unless said otherwise. */
  readonly sessionSecret?: string;
}

/** More series than this are kept only as long as something still writes to them. */
const maxSeries = 20_000;

/** What happens between the client's side and the backends' side, for one worker. */
export class HttpProxy {
  readonly accept: Acceptor;
  readonly #counters = new Counters();
  readonly #routing: RoutingTable;
  readonly #backends: Backends;
  readonly #context: ExchangeContext;
  readonly #wheel: DeadlineWheel;
  readonly #sweepPeriod: number;
  readonly #sweeping: Deadline;
  #first: Exchange | null = null;

  constructor(options: HttpProxyOptions) {
    const { connector, limits, wheel, accessLog, sweepPeriod = 1_000, start = Math.random() } = options;
    const { health = new HealthTable() } = options;
    const now = (): number => performance.now();
    this.#wheel = wheel;
    this.#sweepPeriod = sweepPeriod;
    this.#routing = new RoutingTable(this.#counters, start, {
      secret: options.sessionSecret ?? randomBytes(32).toString('base64'),
      clock: options.clock ?? Date.now,
    });
    this.#backends = new Backends({ connector, limits, health, now: options.now ?? now, start }, this.#counters);
    this.#context = {
      limits,
      wheel,
      accessLog,
      counters: this.#counters,
      routing: this.#routing,
      backends: this.#backends,
      forwarded: new ForwardedFields(),
      view: new RequestView(),
      heldContent: new ContentBudget(limits.heldContent),
      unrouted: this.#counters.requests({ section: '', route: '', rule: -1, backend: '' }),
      now,
      epoch: performance.timeOrigin,
      onFinished: (exchange) => this.#unlink(exchange),
    };
    this.accept = (stream) => this.#accept(stream);
    this.#sweeping = new Deadline(() => this.#sweep());
    wheel.arm(this.#sweeping, sweepPeriod);
  }

  /** The backends in force, for streams. */
  get backends(): Backends {
    return this.#backends;
  }

  /** Requests that are under way, tunnels included. */
  get active(): number {
    return this.#counters.activeRequests;
  }

  /**
   * Puts a model in force for new requests. Requests under way keep what they began with. Values that are identical to
   * those of the model before are not compiled again. Certificates and trust must be in the connector already.
   */
  update(model: Model, keys: KeyMaterial): void {
    this.#backends.update(model, keys);
    this.#routing.update(model);
    if (this.#counters.size > maxSeries) {
      this.#counters.prune(
        new Set([...this.#routing.series(), this.#context.unrouted]),
        new Set(this.#backends.series()),
      );
    }
  }

  /** Takes over what health checks say by now of the endpoints of a backend. */
  refreshHealth(backend: string): void {
    this.#backends.get(backend)?.refreshHealth();
  }

  snapshot(): CountersSnapshot {
    return this.#counters.snapshot(this.#backends.gauges());
  }

  /** Ends idle connections to backends, and the others once their requests have ended. Takes no further requests on. */
  retire(): void {
    this.#backends.retire();
  }

  /** Ends everything at once. */
  destroy(): void {
    this.#wheel.disarm(this.#sweeping);
    for (const exchange of this.#exchanges()) exchange.destroy();
    this.#backends.retire();
  }

  #accept(stream: ServerStream): ServerStreamHandler {
    const exchange = new Exchange(stream, this.#context);
    this.#counters.activeRequests += 1;
    exchange.next = this.#first;
    if (this.#first !== null) this.#first.previous = exchange;
    this.#first = exchange;
    exchange.begin();
    return exchange;
  }

  #unlink(exchange: Exchange): void {
    this.#counters.activeRequests -= 1;
    if (exchange.previous !== null) exchange.previous.next = exchange.next;
    else this.#first = exchange.next;
    if (exchange.next !== null) exchange.next.previous = exchange.previous;
    exchange.next = null;
    exchange.previous = null;
  }

  #sweep(): void {
    for (const exchange of this.#exchanges()) if (!exchange.finished) exchange.sweep(this.#sweepPeriod);
    this.#backends.sweep(this.#sweepPeriod);
    this.#wheel.arm(this.#sweeping, this.#sweepPeriod);
  }

  /** Collected first: what is done to one may end others. */
  #exchanges(): readonly Exchange[] {
    const exchanges: Exchange[] = [];
    for (let each = this.#first; each !== null; each = each.next) exchanges.push(each);
    return exchanges;
  }
}
