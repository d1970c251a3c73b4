import type { FailureClass } from '../proxy/failure.ts';
import type { StreamCount, StreamLabels } from '../stream/stream-counters.ts';
import type { WorkerSnapshot } from '../worker/messages.ts';
import type { Exposition } from './exposition.ts';

export const streamKey = ({ labels }: StreamCount): string =>
  `${labels.protocol} ${labels.section} ${labels.route} ${labels.backend}`;

export function addStreams(left: StreamCount, right: StreamCount): StreamCount {
  const failures = new Map<FailureClass, number>();
  for (const [reason, count] of [...left.failures, ...right.failures]) {
    failures.set(reason, (failures.get(reason) ?? 0) + count);
  }
  return {
    labels: left.labels,
    ended: left.ended + right.ended,
    received: left.received + right.received,
    sent: left.sent + right.sent,
    failures: [...failures],
  };
}

interface MeasuredStreams {
  readonly totals: { readonly streams: readonly StreamCount[] };
  readonly workers: readonly WorkerSnapshot[];
}

export function renderStreams(page: Exposition, { totals, workers }: MeasuredStreams): void {
  const { streams } = totals;
  page.metric('gauge', 'farside_streams_active', 'Streams that are carried as they are.', [
    [{}, workers.reduce((sum, worker) => sum + worker.activeStreams, 0)],
  ] as const);
  page.metric(
    'counter',
    'farside_streams_total',
    'Streams that have ended.',
    streams.map(({ labels, ended }) => [labelsOf(labels), ended] as const),
  );
  page.metric(
    'counter',
    'farside_stream_failures_total',
    'Streams that were rejected or broke off, by reason.',
    streams.flatMap(({ labels, failures }) =>
      failures.map(([reason, n]) => [{ ...labelsOf(labels), reason }, n] as const),
    ),
  );
  page.metric(
    'counter',
    'farside_stream_bytes_total',
    'Bytes of streams that have ended, by direction.',
    streams.flatMap(({ labels, received, sent }) => [
      [{ ...labelsOf(labels), direction: 'received' }, received] as const,
      [{ ...labelsOf(labels), direction: 'sent' }, sent] as const,
    ]),
  );
}

function labelsOf({ protocol, section, route, backend }: StreamLabels) {
  const slash = section.lastIndexOf('/');
  return {
    protocol,
    gateway: slash < 0 ? '' : section.slice(0, slash),
    listener: section.slice(slash + 1),
    route,
    backend,
  };
}
