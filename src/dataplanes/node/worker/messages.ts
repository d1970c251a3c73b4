import type { Observation } from '../../../model/observation.ts';
import type { Delta } from '../delta.ts';
import type { HealthCheckCount } from '../health/health-checker.ts';
import type { Verdict } from '../health/verdict.ts';
import type { Limits } from '../limits.ts';
import type { CountersSnapshot } from '../proxy/counters.ts';
import type { EjectedEndpoint } from '../proxy/pool/backends.ts';
import type { StreamCount } from '../stream/stream-counters.ts';
import type { ListenerCount } from './front-counters.ts';

/** How finished requests are told. `off` makes no records at all. */
export type AccessLogFormat = 'text' | 'json' | 'off';

/** What a worker needs to know before its first configuration. */
export interface WorkerSettings {
  readonly limits: Limits;
  readonly accessLog: AccessLogFormat;
  /** Backends are never on the machine itself: what leads there is not connected to. */
  readonly refusesOwnAddresses: boolean;
  /** The port is shared with other workers. */
  readonly reusePort: boolean;
  /** All workers share it: what clients must not know of sessions whose route has no uid. */
  readonly sessionSecret: string;
}

/** From the control process to a worker. */
export type Order =
  | { readonly type: 'start'; readonly settings: WorkerSettings }
  | {
      readonly type: 'apply';
      readonly revision: number;
      readonly delta: Delta;
      /** Secret that all workers share, from which the keys of session tickets are derived. */
      readonly ticketSecret: Buffer;
    }
  /** Whether this worker makes the health checks, for itself and all others. */
  | { readonly type: 'check-health'; readonly on: boolean }
  /** What the health checks of another worker say. */
  | { readonly type: 'health'; readonly verdicts: readonly Verdict[] }
  | { readonly type: 'measure'; readonly request: number }
  | { readonly type: 'dismiss' }
  | { readonly type: 'drain'; readonly timeout: number };

/** From a worker to the control process. */
export type Report =
  | { readonly type: 'ready' }
  | {
      readonly type: 'applied';
      readonly revision: number;
      /** Ids of the listeners that are open. */
      readonly open: readonly string[];
      readonly failures: readonly ListenFailure[];
    }
  /** Verdicts of this worker's health checks that are new. */
  | { readonly type: 'health'; readonly verdicts: readonly Verdict[] }
  /** All endpoints that this worker passes over. Sent when they change, and not more often than once a second. */
  | { readonly type: 'ejections'; readonly endpoints: readonly EjectedEndpoint[] }
  | { readonly type: 'measured'; readonly request: number; readonly snapshot: WorkerSnapshot };

/** A listener that could not be opened, with the system's code (`EADDRINUSE`). */
export interface ListenFailure {
  readonly listener: string;
  readonly code: string;
}

/** What one worker has counted since it started. */
export interface WorkerSnapshot {
  readonly proxy: CountersSnapshot;
  readonly streams: readonly StreamCount[];
  /** Gauge. */
  readonly activeStreams: number;
  readonly listeners: readonly ListenerCount[];
  readonly observations: readonly Observation[];
  readonly healthChecks: readonly HealthCheckCount[];
  /** Access-log lines that were thrown away because nobody took them. */
  readonly droppedLogLines: number;
  /** Bytes. */
  readonly residentMemory: number;
  readonly heapUsed: number;
  /** Seconds of processor time. */
  readonly processorTime: number;
}
