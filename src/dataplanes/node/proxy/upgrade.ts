import { createHash, randomBytes } from 'node:crypto';
import { Field, REGULAR } from '../http/field.ts';
import type { RequestHead, ResponseHead } from '../http/message.ts';
import type { ServerStream } from '../http/stream.ts';

/*
 * The two halves of a WebSocket's opening handshake (RFC 6455 section 4). HTTP/2 has neither (RFC 8441 section 5), so
 * where one side speaks HTTP/2 and the other HTTP/1.1, the gateway supplies and checks what the former lacks.
 */

const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const keyName = 'sec-websocket-key';
const acceptName = 'sec-websocket-accept';

/** One request's upgrade to a WebSocket. */
export class WebSocketUpgrade {
  /** The client's own key; null where it speaks HTTP/2. */
  readonly #clientKey: string | null;
  /** The gateway's key of the present attempt; null where the client's went out, or none. */
  #ownKey: string | null = null;

  constructor(request: RequestHead) {
    this.#clientKey = fieldValue(request.fields, keyName);
  }

  /** The head for a connection of this version: HTTP/1.1 gets a key where there is none. */
  headFor(head: RequestHead, overHttp1: boolean): RequestHead {
    this.#ownKey = null;
    if (!overHttp1 || fieldValue(head.fields, keyName) !== null) return head;
    // 16 random bytes (RFC 6455 section 4.1).
    this.#ownKey = randomBytes(16).toString('base64');
    return { ...head, fields: [...head.fields, new Field(keyName, this.#ownKey, REGULAR)] };
  }

  /** Whether a backend's 101 answers the gateway's key. An answer to the client's is the client's to judge. */
  accepts(response: ResponseHead): boolean {
    return this.#ownKey === null || fieldValue(response.fields, acceptName) === acceptOf(this.#ownKey);
  }

  /** The 101 for the client. HTTP/2 backends answer no key, so the client's is answered here. */
  responseFor(response: ResponseHead, overHttp1: boolean): ResponseHead {
    const upgrade = 'websocket';
    if (overHttp1 || this.#clientKey === null) return { ...response, upgrade };
    const accept = new Field(acceptName, acceptOf(this.#clientKey), REGULAR);
    return { ...response, upgrade, fields: [...response.fields, accept] };
  }
}

/** The upgrade that a request asks for, or null. Every other protocol than WebSocket is not forwarded. */
export function upgradeOf({ head, protocol }: ServerStream): WebSocketUpgrade | null {
  const asked = head.upgrade === 'websocket' && head.method === 'GET' && protocol !== 'HTTP/1.0';
  return asked ? new WebSocketUpgrade(head) : null;
}

function acceptOf(key: string): string {
  // SHA-1 is the protocol's: it proves that the peer speaks WebSocket, no secret rests on it.
  return createHash('sha1').update(`${key}${guid}`).digest('base64');
}

function fieldValue(fields: readonly Field[], name: string): string | null {
  for (const field of fields) if (field.name === name) return field.value;
  return null;
}
