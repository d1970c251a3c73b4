import type { AccessRecord, BackendRecord } from './access-log.ts';
import type { Attempts } from './attempts.ts';
import type { ExchangeContext } from './context.ts';
import type { RequestSeries } from './counters.ts';
import type { Exchange } from './exchange.ts';

/**
 * Counts a finished exchange and writes its line, once.
 *
 * @param series where it is counted; null where it found no section
 */
export function concludeExchange(exchange: Exchange, series: RequestSeries | null, context: ExchangeContext): void {
  const { content, response, attempts, failure, upgraded } = exchange;
  const { counters, accessLog } = context;
  const duration = context.now() - exchange.startedAt;
  const counted = series ?? context.unrouted;
  counted.record(response.status, duration / 1000, content.bytes, response.bytes);
  if (attempts !== null && attempts.count > 1) counted.retries += attempts.count - 1;
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
  const { stream, startedAt, respondedAt, attempts } = exchange;
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
    status: exchange.response.status,
    requestBytes: exchange.content.bytes,
    responseBytes: exchange.response.bytes,
    userAgent: head.fields.find((field) => field.name === 'user-agent')?.value ?? '',
    client: stream.client,
    section: exchange.section,
    route: exchange.route?.route.name ?? null,
    backend: attempts === null ? null : backendOf(attempts),
    retries: attempts === null ? 0 : Math.max(0, attempts.count - 1),
    upgraded: exchange.upgraded,
    failure: exchange.failure,
  };
}

/** Of the last attempt; null where there was none. */
function backendOf({ current, failedEndpoint }: Attempts): BackendRecord | null {
  if (current === null) return null;
  const { pool, connection, reused } = current;
  const { service } = pool.backend;
  const connected = connection?.connected ?? null;
  if (connected === null) return { service, endpoint: failedEndpoint, protocol: null, reused: false, tls: null };
  return {
    service,
    endpoint: connected.address,
    protocol: connected.connection.protocol,
    reused,
    tls: connected.tls,
  };
}
