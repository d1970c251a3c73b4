import type { FailureClass } from '../proxy/failure.ts';

/** What a series of streams is told apart by. */
export interface StreamLabels {
  readonly protocol: 'TCP' | 'TLS' | 'UDP';
  /** `ListenerSection.name`. */
  readonly section: string;
  /** `TCPRoute/shop/database`, or an empty string without a route. */
  readonly route: string;
  /** `Backend.service`, or an empty string where the stream was rejected. */
  readonly backend: string;
}

/** The streams of one route and backend. Plain data that can cross processes and be added up. */
export interface StreamCount {
  readonly labels: StreamLabels;
  /** Streams that have ended. */
  readonly ended: number;
  /** Bytes from clients, and to them. */
  readonly received: number;
  readonly sent: number;
  readonly failures: readonly (readonly [FailureClass, number])[];
}

interface Series {
  readonly labels: StreamLabels;
  ended: number;
  received: number;
  sent: number;
  readonly failures: Map<FailureClass, number>;
}

/** More series than this are not kept: routes that went leave theirs behind. */
const maxSeries = 10_000;

/** Counts of the streams of one worker. */
export class StreamCounters {
  /** Gauge. */
  active = 0;
  readonly #series = new Map<string, Series>();

  record(labels: StreamLabels, received: number, sent: number, failure: FailureClass | null): void {
    const key = `${labels.protocol} ${labels.section} ${labels.route} ${labels.backend}`;
    let series = this.#series.get(key);
    if (series === undefined) {
      if (this.#series.size >= maxSeries) return;
      series = { labels, ended: 0, received: 0, sent: 0, failures: new Map() };
      this.#series.set(key, series);
    }
    series.ended += 1;
    series.received += received;
    series.sent += sent;
    if (failure !== null) series.failures.set(failure, (series.failures.get(failure) ?? 0) + 1);
  }

  snapshot(): readonly StreamCount[] {
    return [...this.#series.values()].map(({ failures, ...count }) => ({ ...count, failures: [...failures] }));
  }
}
