import type { AccessRecord, BackendRecord } from './access-log.ts';
import type { Attempt } from './attempt.ts';
import type { ExchangeContext } from './context.ts';
import type { RequestSeries } from './counters.ts';
import type { Exchange } from './exchange.ts';

/**
 * Counts a finished exchange and writes its line, once.
 *
 * @param series where it is counted; null where it found no section
 */
export function concludeExchange(exchange: Exchange, series: RequestSeries | null, context: ExchangeContext): void {
  const { status, requestBytes, responseBytes, attempts, failure, upgraded } = exchange;
  const { counters, accessLog } = context;
  const duration = context.now() - exchange.startedAt;
  const counted = series ?? context.unrouted;
  counted.record(status, duration / 1000, requestBytes, responseBytes);
  if (attempts > 1) counted.retries += attempts - 1;
  if (failure !== null) counted.recordFailure(failure.class);
  if (upgraded) counters.activeTunnels -= 1;
  context.onFinished(exchange);
  if (accessLog !== null) accessLog.write(recordOf(exchange, context.epoch, duration));
}

/**
 * What the access log gets of a finished exchange.
 *
 * @param epoch what to add to the exchange's clock for milliseconds since the epoch
 * @param duration milliseconds
 */
function recordOf(exchange: Exchange, epoch: number, duration: number): AccessRecord {
  const { stream, startedAt, respondedAt, attempt, attempts } = exchange;
  const { head } = stream;
  return {
    time: epoch + startedAt,
    duration,
    backendDuration: respondedAt < 0 ? null : respondedAt - startedAt,
    requestId: exchange.requestId,
    method: head.method,
    authority: head.authority,
    target: head.target,
    protocol: stream.protocol,
    status: exchange.status,
    requestBytes: exchange.requestBytes,
    responseBytes: exchange.responseBytes,
    userAgent: head.fields.find((field) => field.name === 'user-agent')?.value ?? '',
    client: stream.client,
    section: exchange.section,
    route: exchange.route?.route.name ?? null,
    backend: attempt === null ? null : backendOf(attempt, exchange.failedEndpoint),
    retries: Math.max(0, attempts - 1),
    upgraded: exchange.upgraded,
    failure: exchange.failure,
  };
}

/** @param failed the endpoint that took no connection last, or an empty string */
function backendOf({ pool, connection, reused }: Attempt, failed: string): BackendRecord {
  const { service } = pool.backend;
  const connected = connection?.connected ?? null;
  if (connected === null) return { service, endpoint: failed, protocol: null, reused: false, tls: null };
  return {
    service,
    endpoint: connected.address,
    protocol: connected.connection.protocol,
    reused,
    tls: connected.tls,
  };
}
