import { STATUS_CODES } from 'node:http';
import { COOKIE, type Field, REGULAR } from '../http/field.ts';
import type { RequestHead } from '../http/message.ts';
import { isTrailer } from '../http/trailers.ts';
import type { Violation } from './violation.ts';

/** `HTTP/1.1 200 OK\r\n` by status code. */
const statusLines: readonly string[] = Array.from(
  { length: 600 },
  (_, status) => `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`,
);

/** The whole response to a request that broke the rules. The connection closes after it. */
export function renderRefusal(violation: Violation): string {
  const content = `${violation.status} ${STATUS_CODES[violation.status]}: ${violation.message}\n`;
  const hopLines = `content-type: text/plain\r\ncontent-length: ${content.length}\r\nconnection: close\r\n`;
  return renderResponseHead(violation.status, [], hopLines) + content;
}

/**
 * The lines of a head's end-to-end fields. Fields that frame, route or belong to a hop are left out whoever put them
 * there: they are written from the head's other members only.
 */
export function renderFields(fields: readonly Field[]): string {
  let text = '';
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as Field;
    if (field.kind === REGULAR || field.kind >= COOKIE) text += field.line;
  }
  return text;
}

/** @param hopLines the framing and connection fields that the head ends with, as lines */
export function renderResponseHead(status: number, fields: readonly Field[], hopLines: string): string {
  return `${(statusLines[status] ?? `HTTP/1.1 ${status} \r\n`) + renderFields(fields) + hopLines}\r\n`;
}

/** Methods whose requests mostly have content, so that its absence is said (RFC 9110 section 8.6). */
const methodsWithContent: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

/** Host comes first, framing and connection fields last (RFC 9110 section 7.2). */
export function renderRequestHead(head: RequestHead, ended: boolean): string {
  let text = `${head.method} ${head.target} HTTP/1.1\r\nhost: ${head.authority}\r\n${renderFields(head.fields)}`;
  if (head.acceptsTrailers) text += head.upgrade === '' ? 'te: trailers\r\nconnection: te\r\n' : 'te: trailers\r\n';
  if (!ended) {
    text += head.contentLength >= 0 ? `content-length: ${head.contentLength}\r\n` : 'transfer-encoding: chunked\r\n';
    if (head.expectContinue) text += 'expect: 100-continue\r\n';
  } else if (methodsWithContent.has(head.method)) text += 'content-length: 0\r\n';
  if (head.upgrade !== '') {
    text += `connection: ${head.acceptsTrailers ? 'upgrade, te' : 'upgrade'}\r\nupgrade: ${head.upgrade}\r\n`;
  }
  return `${text}\r\n`;
}

/** Sends one chunk (RFC 9112 section 7.1). False where the peer has enough for now. */
export function sendChunk(connection: { send(chunk: Buffer | string): boolean }, chunk: Buffer): boolean {
  // An empty one would be the last.
  if (chunk.length === 0) return true;
  connection.send(`${chunk.length.toString(16)}\r\n`);
  connection.send(chunk);
  return connection.send('\r\n');
}

/** The last chunk with its trailer section. */
export function renderLastChunk(trailers: readonly Field[] | null): string {
  if (trailers === null) return '0\r\n\r\n';
  let text = '0\r\n';
  for (const field of trailers) if (isTrailer(field)) text += field.line;
  return `${text}\r\n`;
}

const target = /^(?:\/[\x21\x22\x24-\x7e]*|\*)$/;
const method = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const authority = /^[\x21\x22\x24-\x2e\x30-\x3e\x41-\x5b\x5d-\x7e]*$/;

/**
 * Whether a head may be written as HTTP/1.1. It comes checked from where it was parsed, but has been rewritten since:
 * a space or line end that got into its first two lines would be another request to the backend.
 */
export function isWritableRequest(head: RequestHead): boolean {
  if (!target.test(head.target) || !authority.test(head.authority)) return false;
  return head.method === 'GET' || head.method === 'POST' || method.test(head.method);
}
