/** What the first bytes of a client's connection say. */
export type Hello =
  | { readonly type: 'incomplete' }
  | { readonly type: 'hello'; readonly serverName: string }
  /** No TLS; `http` where it looks like a request of HTTP/1.1 or HTTP/2. */
  | { readonly type: 'not-tls'; readonly http: boolean }
  | { readonly type: 'malformed' };

const incomplete: Hello = { type: 'incomplete' };
const malformed: Hello = { type: 'malformed' };

const handshakeRecord = 22;
const clientHello = 1;
const serverNameExtension = 0;
const hostName = 0;
const maxRecord = 16_384;
/** Of a ClientHello that is waited for. Those of today have less than 2 KiB, post-quantum key shares included. */
export const maxHello = 32_768;

/**
 * Reads the server name of a ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3) that may be spread over several
 * records and reads. It only chooses the settings of the handshake; OpenSSL reads the same bytes and judges them.
 */
export function readClientHello(bytes: Buffer): Hello {
  if (bytes.length === 0) return incomplete;
  if (bytes[0] !== handshakeRecord) return { type: 'not-tls', http: /^[A-Z]{3}/.test(bytes.toString('latin1', 0, 3)) };
  const message = joinRecords(bytes);
  if (message === null) return malformed;
  if (message.length < 4) return incomplete;
  if (message[0] !== clientHello) return malformed;
  const length = message.readUIntBE(1, 3);
  if (length > maxHello) return malformed;
  if (message.length < 4 + length) return incomplete;
  const serverName = findServerName(message.subarray(4, 4 + length));
  return serverName === null ? malformed : { type: 'hello', serverName };
}

/** The handshake bytes of all records that have arrived, or null where one cannot be a handshake record. */
function joinRecords(bytes: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (bytes[offset] !== handshakeRecord) return parts.length === 0 ? null : Buffer.concat(parts);
    if (offset + 5 > bytes.length) break;
    const length = bytes.readUInt16BE(offset + 3);
    if (bytes[offset + 1] !== 3 || length === 0 || length > maxRecord) return null;
    parts.push(bytes.subarray(offset + 5, Math.min(bytes.length, offset + 5 + length)));
    offset += 5 + length;
  }
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
}

/** Reads lengths and skips what they measure; a length beyond the end makes all that follows empty and `failed` true. */
class Reader {
  failed = false;
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.#offset >= this.#bytes.length;
  }

  number(size: 1 | 2): number {
    const bytes = this.take(size);
    return bytes.length === 0 ? 0 : bytes.readUIntBE(0, size);
  }

  take(size: number): Buffer {
    if (this.#offset + size > this.#bytes.length) {
      this.failed = true;
      this.#offset = this.#bytes.length;
      return Buffer.alloc(0);
    }
    this.#offset += size;
    return this.#bytes.subarray(this.#offset - size, this.#offset);
  }

  /** A vector with its length before it. */
  vector(lengthSize: 1 | 2): Buffer {
    return this.take(this.number(lengthSize));
  }
}

/** Lower-case; empty where there is none; null where the message is malformed. */
function findServerName(body: Buffer): string | null {
  const reader = new Reader(body);
  // legacy_version and random, then session id, cipher suites, compression methods.
  reader.take(34);
  reader.vector(1);
  reader.vector(2);
  reader.vector(1);
  if (reader.done) return reader.failed ? null : '';
  const extensions = new Reader(reader.vector(2));
  if (reader.failed) return null;
  let name = '';
  while (!extensions.done) {
    const type = extensions.number(2);
    const content = extensions.vector(2);
    if (extensions.failed) return null;
    if (type === serverNameExtension) {
      const found = readServerNameList(content);
      if (found === null) return null;
      name = found;
    }
  }
  return name;
}

function readServerNameList(content: Buffer): string | null {
  const outer = new Reader(content);
  const list = new Reader(outer.vector(2));
  if (outer.failed || list.number(1) !== hostName) return null;
  const name = list.vector(2);
  return list.failed || name.length === 0 ? null : name.toString('latin1').toLowerCase();
}

/** A fatal alert as the record that a client expects in place of a ServerHello (RFC 8446 section 6). */
export function fatalAlert(description: number): Buffer {
  return Buffer.from([21, 3, 3, 0, 2, 2, description]);
}

export const alerts = { decodeError: 50, internalError: 80, unrecognizedName: 112 } as const;
