import type { Socket } from 'node:net';

/** A stream of bytes, all that the HTTP engines know of sockets. Tests put a pair of arrays behind it. */
export interface Transport {
  /**
   * Sends at the end of this turn of the event loop, together with everything else that was written in it. A string has
   * one character a byte. Returns false when enough is buffered; `onDrain` follows.
   */
  write(chunk: Buffer | string): boolean;
  /**
   * Hands over what was written now instead of at the end of this turn, for a writer that joins its own writes. Returns
   * what `write` returns.
   */
  flush(): boolean;
  /** Bytes accepted but not yet handed to the kernel. */
  readonly buffered: number;
  /** No `onData` follows before `resume`. */
  pause(): void;
  resume(): void;
  /** Closes the sending side after what was written. */
  end(): void;
  /** Closes at once and drops what was not sent. `onClose` follows, not before this returns. */
  destroy(): void;
}

export interface TransportHandler {
  /** The chunk is the handler's to keep. */
  onData(chunk: Buffer): void;
  onDrain(): void;
  /** The peer will send no more. */
  onEnd(): void;
  /** The last call. `error` is null after an orderly close. */
  onClose(error: Error | null): void;
}

/** Above this many buffered bytes `write` asks for a pause. */
const highWaterMark = 65_536;
/** What is written in one turn is handed over early when it reaches this size. */
const flushSize = 65_536;
/** Up to this size the parts of a turn become one buffer and so one TLS record; above it, copying them costs more. */
const joinLimit = 16_384;

const dirty: SocketTransport[] = [];
let scheduled = false;

function flushAll(): void {
  scheduled = false;
  // A flush can make others dirty; those wait for the next turn.
  const batch = dirty.splice(0);
  for (const transport of batch) transport.flush();
}

const transportOf = Symbol('transport');
type OwnedSocket = Socket & { [transportOf]?: SocketTransport };

// Listeners that all sockets share and that find their transport on the socket. Closures, five for each of many idle
// connections, would be a good part of the memory that JavaScript needs for one.

function tellError(this: OwnedSocket, error: Error): void {
  this[transportOf]?.onSocketError(error);
}

function tellData(this: OwnedSocket, chunk: Buffer): void {
  this[transportOf]?.onSocketData(chunk);
}

function tellDrain(this: OwnedSocket): void {
  this[transportOf]?.onSocketDrain();
}

function tellEnd(this: OwnedSocket): void {
  this[transportOf]?.onSocketEnd();
}

function tellClose(this: OwnedSocket): void {
  this[transportOf]?.onSocketClose();
}

/** A `Transport` over a TCP or TLS socket. */
export class SocketTransport implements Transport {
  readonly #socket: Socket;
  #handler: TransportHandler | null = null;
  #parts: (Buffer | string)[] = [];
  #size = 0;
  #ending = false;
  #blocked = false;
  #error: Error | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
    (socket as OwnedSocket)[transportOf] = this;
    socket.on('error', tellError);
  }

  /** Starts reading. The handler may be replaced later (a connection that turns out to speak HTTP/2). */
  attach(handler: TransportHandler): void {
    const first = this.#handler === null;
    this.#handler = handler;
    if (!first) return;
    const socket = this.#socket;
    // Whoever handles it decides when the other side ends: one half of a tunnel may outlive the other.
    socket.allowHalfOpen = true;
    socket.on('data', tellData);
    socket.on('drain', tellDrain);
    socket.on('end', tellEnd);
    socket.on('close', tellClose);
  }

  /** @internal */
  onSocketError(error: Error): void {
    this.#error ??= error;
    // Node tells of a TLS alert after the handshake and leaves the socket open; an end that follows would hide the cause.
    this.#socket.destroy();
  }

  /** @internal */
  onSocketData(chunk: Buffer): void {
    this.#handler?.onData(chunk);
  }

  /** @internal */
  onSocketDrain(): void {
    // The socket drains below its own mark, too, where nobody was asked to wait.
    if (!this.#blocked) return;
    this.#blocked = false;
    this.#handler?.onDrain();
  }

  /** @internal */
  onSocketEnd(): void {
    this.#handler?.onEnd();
  }

  /** @internal */
  onSocketClose(): void {
    this.#handler?.onClose(this.#error);
  }

  get buffered(): number {
    return this.#size + this.#socket.writableLength;
  }

  write(chunk: Buffer | string): boolean {
    if (chunk.length === 0) return !this.#blocked;
    this.#size += chunk.length;
    const last = this.#parts.length - 1;
    if (last < 0) {
      this.#parts.push(chunk);
      this.#schedule();
    } else if (typeof chunk === 'string' && typeof this.#parts[last] === 'string') this.#parts[last] += chunk;
    else this.#parts.push(chunk);
    if (this.#size >= flushSize) this.flush();
    return !this.#blocked;
  }

  /** Hands everything written so far to the socket. */
  flush(): boolean {
    const parts = this.#parts;
    const size = this.#size;
    this.#parts = [];
    this.#size = 0;
    const socket = this.#socket;
    if (parts.length > 0 && !socket.destroyed) {
      if (!send(socket, parts, size) && socket.writableLength > highWaterMark) this.#blocked = true;
    }
    if (this.#ending && !socket.destroyed) socket.end();
    return !this.#blocked;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  end(): void {
    this.#ending = true;
    if (this.#parts.length === 0) this.#socket.end();
  }

  destroy(): void {
    this.#parts = [];
    this.#size = 0;
    this.#socket.destroy();
  }

  #schedule(): void {
    dirty.push(this);
    if (!scheduled) {
      scheduled = true;
      setImmediate(flushAll);
    }
  }
}

/** Writes the parts in one system call, and tells whether the socket takes more. */
function send(socket: Socket, parts: readonly (Buffer | string)[], size: number): boolean {
  if (parts.length === 1) return sendPart(socket, parts[0] as Buffer | string);
  if (size <= joinLimit) return socket.write(join(parts, size));
  let takesMore = true;
  socket.cork();
  for (const part of parts) takesMore = sendPart(socket, part);
  socket.uncork();
  return takesMore;
}

function sendPart(socket: Socket, part: Buffer | string): boolean {
  return typeof part === 'string' ? socket.write(part, 'latin1') : socket.write(part);
}

function join(parts: readonly (Buffer | string)[], size: number): Buffer {
  const joined = Buffer.allocUnsafe(size);
  let offset = 0;
  for (const part of parts) {
    if (typeof part === 'string') joined.write(part, offset, 'latin1');
    else part.copy(joined, offset);
    offset += part.length;
  }
  return joined;
}
