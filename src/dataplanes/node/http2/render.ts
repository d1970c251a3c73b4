import type { Field } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { Connection } from './connection.ts';
import {
  emptyTableUpdate,
  encodeContentLength,
  encodeField,
  encodeLiteral,
  encodeRequestLine,
  encodeStatus,
} from './hpack/encoder.ts';

/*
 * Header blocks, one character a byte. A block is made for one connection and sent at once: the first one after the peer
 * has shrunk its table says that the table is not used.
 */

export function encodeResponse(connection: Connection, head: ResponseHead): string {
  let block = connection.takeTableUpdate() ? emptyTableUpdate : '';
  block += encodeStatus(head.status);
  if (head.contentLength >= 0) block += encodeContentLength(head.contentLength);
  for (const field of head.fields) block += encodeField(field);
  return block;
}

export function encodeRequest(
  connection: Connection,
  head: RequestHead,
  scheme: 'http' | 'https',
  ended: boolean,
): string {
  let block = connection.takeTableUpdate() ? emptyTableUpdate : '';
  if (head.upgrade === '') block += encodeRequestLine(head.method, scheme, head.target, head.authority);
  else {
    block += encodeRequestLine('CONNECT', scheme, head.target, head.authority);
    block += encodeLiteral(':protocol', head.upgrade, false);
  }
  if (head.contentLength > 0 || (head.contentLength === 0 && (!ended || hasMeaningfulLength(head.method)))) {
    block += encodeContentLength(head.contentLength);
  }
  if (head.expectContinue) block += expectContinue;
  if (head.acceptsTrailers) block += acceptTrailers;
  for (const field of head.fields) {
    if (head.upgrade === '' || field.name !== 'sec-websocket-key') block += encodeField(field);
  }
  return block;
}

export function encodeTrailers(connection: Connection, trailers: readonly Field[]): string {
  let block = connection.takeTableUpdate() ? emptyTableUpdate : '';
  for (const field of trailers) block += encodeField(field);
  return block;
}

const expectContinue = encodeLiteral('expect', '100-continue', true);
const acceptTrailers = encodeLiteral('te', 'trailers', true);

/** Methods for which a length of nothing is worth saying (RFC 9110 section 8.6). */
function hasMeaningfulLength(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}
