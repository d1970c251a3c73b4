import { createHash, randomBytes } from 'node:crypto';
import { Field, REGULAR } from '../http/field.ts';
import type { ResponseHead } from '../http/message.ts';

/*
 * The two halves of a WebSocket's opening handshake (RFC 6455 section 4). HTTP/2 has neither (RFC 8441 section 5), so
 * where one side speaks HTTP/2 and the other HTTP/1.1, the gateway supplies and checks what the former lacks.
 */

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const keyName = 'sec-websocket-key';
const acceptName = 'sec-websocket-accept';

/** The value of Sec-WebSocket-Key, or null. */
export function webSocketKey(fields: readonly Field[]): string | null {
  return fieldValue(fields, keyName);
}

/** A new Sec-WebSocket-Key: 16 random bytes. */
export function newWebSocketKey(): Field {
  return new Field(keyName, randomBytes(16).toString('base64'), REGULAR);
}

/** Whether a backend's 101 answers this key. */
export function acceptsKey(response: ResponseHead, key: string): boolean {
  return fieldValue(response.fields, acceptName) === acceptOf(key);
}

/** Fields of a 101 for a client that sent this key: Sec-WebSocket-Accept is added where the backend has none. */
export function withAccept(fields: readonly Field[], key: string): readonly Field[] {
  if (fieldValue(fields, acceptName) !== null) return fields;
  return [...fields, new Field(acceptName, acceptOf(key), REGULAR)];
}

function acceptOf(key: string): string {
  // SHA-1 is the protocol's: it proves that the peer speaks WebSocket, no secret rests on it.
  return createHash('sha1').update(`${key}${guid}`).digest('base64');
}

function fieldValue(fields: readonly Field[], name: string): string | null {
  for (const field of fields) if (field.name === name) return field.value;
  return null;
}
