import type { Origin } from '../../../model/origin.ts';
import { describeObject, describePosition } from '../../../model/origin.ts';
import type { ClientConnectionInfo } from '../http/stream.ts';
import type { AccessRecord } from '../proxy/access-log.ts';
import type { BackendConnectionTls } from '../proxy/connector.ts';
import type { Failure } from '../proxy/failure.ts';
import type { StreamRecord } from '../stream/stream-record.ts';
import type { AccessLogRendering } from './access-log-writer.ts';
import type { RefusedRequest } from './refused-request.ts';

/** One line of JSON for one exchange or refusal. Members that have nothing to tell are left out. */
/** One line of JSON for one stream. */
function renderStream(record: StreamRecord): string {
  const { client, route, backend, failure } = record;
  const described = {
    time: new Date(record.time).toISOString(),
    level: failure?.connect != null || failure?.class === 'backend-refused' ? 'warn' : 'info',
    msg: 'stream',
    protocol: record.protocol,
    passthrough: record.passthrough ? true : undefined,
    server_name: record.serverName === '' ? undefined : record.serverName,
    duration_ms: rounded(record.duration),
    received_bytes: record.received,
    sent_bytes: record.sent,
    client: `${client.remoteAddress}:${client.remotePort}`,
    listener: record.section,
    client_tls: client.tls ?? undefined,
    route: route === null ? undefined : `${route.kind} ${route.namespace}/${route.name}`,
    backend: backend?.service,
    endpoint: backend === null || backend.endpoint === '' ? undefined : backend.endpoint,
    backend_tls: backend?.tls == null ? undefined : describeTls(backend.tls),
    failure: failure === null ? undefined : describeFailure(failure),
  };
  return `${JSON.stringify(described)}\n`;
}

export const jsonLines: AccessLogRendering = {
  exchange: (record) => `${JSON.stringify(describe(record))}\n`,
  refused: (record) => `${JSON.stringify(describeRefused(record))}\n`,
  stream: renderStream,
};

function describe(record: AccessRecord): object {
  const { client, backend, route } = record;
  return {
    time: new Date(record.time).toISOString(),
    level: record.failure?.connect != null ? 'warn' : levelOf(record.status),
    msg: 'request',
    status: record.status,
    method: record.method,
    host: record.authority,
    path: record.target,
    protocol: record.protocol,
    duration_ms: rounded(record.duration),
    backend_duration_ms: record.backendDuration === null ? undefined : rounded(record.backendDuration),
    request_bytes: record.requestBytes,
    response_bytes: record.responseBytes,
    client: addressOf(client),
    listener: record.section === '' ? client.listener : record.section,
    client_tls: client.tls ?? undefined,
    route: route === null ? undefined : `${route.kind} ${route.namespace}/${route.name}`,
    rule: route === null ? undefined : route.ruleName === '' ? route.rule : route.ruleName,
    backend: backend?.service,
    endpoint: backend === null || backend.endpoint === '' ? undefined : backend.endpoint,
    backend_protocol: backend?.protocol ?? undefined,
    backend_reused: backend?.reused,
    backend_tls: backend?.tls == null ? undefined : describeTls(backend.tls),
    retries: record.retries === 0 ? undefined : record.retries,
    upgraded: record.upgraded ? true : undefined,
    failure: record.failure === null ? undefined : describeFailure(record.failure),
    user_agent: record.userAgent === '' ? undefined : record.userAgent,
    request_id: record.requestId,
  };
}

function describeRefused(record: RefusedRequest): object {
  const { client, reason, message } = record;
  return {
    time: new Date(record.time).toISOString(),
    level: levelOf(record.status),
    msg: record.subject,
    status: record.status,
    protocol: record.protocol,
    client: addressOf(client),
    listener: client.listener,
    client_tls: client.tls ?? undefined,
    failure: { class: record.class, reason, message },
  };
}

const addressOf = ({ remoteAddress, remotePort }: ClientConnectionInfo): string => `${remoteAddress}:${remotePort}`;
const levelOf = (status: number): string => (status >= 500 ? 'warn' : 'info');

const describeTls = ({ version, cipher, serverName, resumed, verified }: BackendConnectionTls): object => ({
  version,
  cipher,
  server_name: serverName === '' ? undefined : serverName,
  resumed,
  verified,
});

function describeFailure({ class: failureClass, message, origin, connect }: Failure): object {
  return {
    class: failureClass,
    message,
    stage: connect?.stage,
    reason: connect?.reason,
    wanted: connect === null || connect.wanted === '' ? undefined : connect.wanted,
    presented: connect === null || connect.presented === '' ? undefined : connect.presented,
    decided_by: origin === null ? undefined : describeOrigin(origin),
  };
}

const describeOrigin = (origin: Origin): object => ({
  object: describeObject(origin),
  field: origin.field,
  position: describePosition(origin) || undefined,
});

const rounded = (milliseconds: number): number => Math.round(milliseconds * 1_000) / 1_000;
