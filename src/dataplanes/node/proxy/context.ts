import type { DeadlineWheel } from '../io/deadlines.ts';
import type { Limits } from '../limits.ts';
import type { AccessLog } from './access-log.ts';
import type { ContentBudget } from './authorization/early-content.ts';
import type { Counters, RequestSeries } from './counters.ts';
import type { Exchange } from './exchange.ts';
import type { ForwardedFields } from './headers/forwarded.ts';
import type { Backends } from './pool/backends.ts';
import type { RequestView } from './routing/request-view.ts';
import type { RoutingTable } from './routing/routing-table.ts';

/** What the exchanges of a worker share. */
export interface ExchangeContext {
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  /** Null where nobody reads one: then none is made. */
  readonly accessLog: AccessLog | null;
  readonly counters: Counters;
  readonly routing: RoutingTable;
  readonly backends: Backends;
  readonly forwarded: ForwardedFields;
  readonly view: RequestView;
  /** For contents that are held while somebody is asked about them. */
  readonly heldContent: ContentBudget;
  /** Where requests are counted that no section serves. */
  readonly unrouted: RequestSeries;
  /** Milliseconds of a clock that never goes back, and what to add for milliseconds since the epoch. */
  readonly now: () => number;
  readonly epoch: number;
  onFinished(exchange: Exchange): void;
}
