import { describeObject, describePosition } from '../../../model/origin.ts';
import type { RouteName } from '../../../model/route.ts';
import type { AccessRecord, BackendRecord } from '../proxy/access-log.ts';
import type { Failure } from '../proxy/failure.ts';
import type { StreamRecord } from '../stream/stream-record.ts';
import type { AccessLogRendering } from './access-log-writer.ts';
import type { RefusedRequest } from './refused-request.ts';

const indent = ' '.repeat(15);

/**
 * One line for one exchange, made for reading; a second line names what decided that a backend was refused.
 *
 *     18:04:11 WARN  503 GET https://shop.test/name (HTTP/2, TLS 1.3)  shop/web#1  shop/billing:443 (10.0.0.7:443)  TLS …
 */
function renderExchange(record: AccessRecord): string {
  const { failure } = record;
  const level = record.status >= 500 || failure?.connect != null ? 'WARN ' : 'INFO ';
  const facts = [
    `${record.status} ${describeRequest(record)}`,
    describeRoute(record.route),
    describeBackend(record.backend),
    failure === null ? '' : describeFailure(failure),
    outcome(record),
  ];
  const line = `${clock(record.time)} ${level} ${facts.filter((fact) => fact !== '').join('  ')}\n`;
  const origin = failure?.origin ?? null;
  if (origin === null) return line;
  const position = describePosition(origin);
  const place = [describeObject(origin), origin.field, position === '' ? '' : `(${position})`];
  return `${line}${indent}decided by ${place.filter((part) => part !== '').join('  ')}\n`;
}

/**
 *     18:04:11 INFO  400 from 192.0.2.7:51000 to 10.0.0.1:443, TLS 1.3  client-protocol-error: host: there is no Host field
 */
function renderRefused({ time: at, status, protocol, client, subject, ...failure }: RefusedRequest): string {
  const { listener, remoteAddress, remotePort, tls } = client;
  const level = status >= 500 ? 'WARN ' : 'INFO ';
  const what = status === 0 ? `${protocol} ${subject} ended` : status;
  const name = tls === null || tls.serverName === '' ? '' : ` as ${printable(tls.serverName)}`;
  const secured = tls === null ? '' : `${name}, ${versionOf(tls)}`;
  const facts = `${what} from ${remoteAddress}:${remotePort} to ${listener}${secured}`;
  return `${clock(at)} ${level} ${facts}  ${failure.class}: ${failure.reason}: ${failure.message}\n`;
}

/**
 *     18:04:11 INFO  TLS passed through as db.test from 192.0.2.7:51000 to 10.0.0.1:443  shop/db#0  shop/db:5432 (10.0.0.7:5432)  …
 */
function renderStream(record: StreamRecord): string {
  const { client, failure, backend, received, sent, duration } = record;
  const name = record.serverName === '' ? '' : ` as ${printable(record.serverName)}`;
  const from = `${client.remoteAddress}:${client.remotePort} to ${client.listener}`;
  const facts = [
    `${record.protocol}${record.passthrough ? ' passed through' : ''}${name} from ${from}`,
    describeRoute(record.route),
    backend === null ? '' : describeBackend({ ...backend, protocol: null, reused: false }),
    failure === null ? '' : describeFailure(failure),
    `${received} B received, ${sent} B sent in ${duration.toFixed(1)} ms`,
  ];
  const level = failure?.connect != null || failure?.class === 'backend-refused' ? 'WARN ' : 'INFO ';
  return `${clock(record.time)} ${level} ${facts.filter((fact) => fact !== '').join('  ')}\n`;
}

export const textLines: AccessLogRendering = {
  exchange: renderExchange,
  refused: renderRefused,
  stream: renderStream,
};

const versionOf = ({ version }: { readonly version: string }): string => version.replace('TLSv', 'TLS ');

function describeRequest({ method, authority, target, protocol, client }: AccessRecord): string {
  const scheme = client.tls === null ? 'http' : 'https';
  const secured = client.tls === null ? '' : `, ${versionOf(client.tls)}`;
  return `${method} ${scheme}://${printable(authority + target)} (${protocol}${secured})`;
}

/** `shop/web#1`: the route and its rule, by name where it has one. */
function describeRoute(route: RouteName | null): string {
  if (route === null) return '';
  return `${route.namespace}/${route.name}#${route.ruleName === '' ? route.rule : route.ruleName}`;
}

function describeBackend(backend: BackendRecord | null): string {
  if (backend === null) return '';
  const endpoint = backend.endpoint === '' ? '' : ` (${backend.endpoint})`;
  const tls = backend.tls;
  if (tls === null) return `${backend.service}${endpoint}`;
  const verified = tls.verified ? '' : ', not verified';
  const name = tls.serverName === '' ? '' : ` as ${printable(tls.serverName)}`;
  return `${backend.service}${endpoint}${name}, ${versionOf(tls)}${verified}`;
}

function describeFailure({ class: failureClass, message, connect }: Failure): string {
  if (connect === null) return `${failureClass}: ${printable(message)}`;
  const stage = connect.stage === 'verify' || connect.stage === 'tls' ? 'TLS ' : '';
  return `${stage}${connect.reason}: ${printable(message)}`;
}

function outcome(record: AccessRecord): string {
  const retries = record.retries === 0 ? '' : `, ${record.retries} retries`;
  return `${record.responseBytes} B in ${record.duration.toFixed(1)} ms${retries}`;
}

let second = 0;
let time = '';

/** Local time of day, made once a second. */
function clock(milliseconds: number): string {
  const now = Math.floor(milliseconds / 1_000);
  if (now !== second) {
    second = now;
    time = new Date(milliseconds).toTimeString().slice(0, 8);
  }
  return time;
}

const unprintable = /[^\x20-\x7e]/;

/** Clients and backends chose these bytes; a terminal must not obey them. */
function printable(text: string): string {
  if (!unprintable.test(text)) return text;
  return text.replace(/[^\x20-\x7e]/g, (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
