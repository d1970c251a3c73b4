import type { ResponseHead } from '../../src/dataplanes/node/http/message.ts';
import type {
  AbortReason,
  Acceptor,
  ServerStream,
  ServerStreamHandler,
} from '../../src/dataplanes/node/http/stream.ts';
import { type Http2ProtocolError, Http2ServerConnection } from '../../src/dataplanes/node/http2/server-connection.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { defaultLimits, type Limits } from '../../src/dataplanes/node/limits.ts';
import { MemoryTransport, turn } from './memory-transport.ts';
import { describeFrames, type Frame, parseFrames } from './wire.ts';

/** A head of status 200 without fields, and how its frame is described. */
export const ok: ResponseHead = { status: 200, fields: [], contentLength: -1, upgrade: '' };
export const okBlock = ':status: 200';

/** Content of a length. */
export const content = (size: number): Buffer => Buffer.alloc(size, 'c');

/** A request as the proxy would see it. */
export interface Seen {
  readonly stream: ServerStream;
  /** What the handler was told, in order; content in characters. */
  readonly events: string[];
}

/** A server connection with a memory transport, whose requests are kept. */
export class MemoryServer {
  readonly transport = new MemoryTransport();
  readonly seen: Seen[] = [];
  readonly errors: Http2ProtocolError[] = [];
  readonly connection: Http2ServerConnection;
  readonly wheel = new DeadlineWheel(5);
  closed = 0;

  constructor(acceptor: Acceptor | null = null, limits: Partial<Limits> = {}) {
    const record: Acceptor = (stream) => {
      const seen: Seen = { stream, events: [] };
      this.seen.push(seen);
      return recorder(seen.events, acceptor === null ? null : acceptor(stream));
    };
    this.connection = new Http2ServerConnection(
      this.transport,
      { listener: 'test', remoteAddress: '192.0.2.1', remotePort: 1, tls: null },
      {
        acceptor: record,
        limits: { ...defaultLimits, ...limits },
        wheel: this.wheel,
        onProtocolError: (error) => {
          this.errors.push(error);
        },
        onClosed: () => {
          this.closed += 1;
        },
      },
    );
    this.transport.onDestroy = () => this.connection.onClose(null);
  }

  receive(...chunks: readonly Buffer[]): void {
    for (const chunk of chunks) this.connection.onData(chunk);
  }

  /** Frames sent since the last call, but for SETTINGS and the first WINDOW_UPDATE of the connection. */
  async sent(): Promise<Frame[]> {
    await turn();
    return parseFrames(this.transport.take()).filter(
      ({ type, streamId }) => type !== 4 && !(type === 8 && streamId === 0),
    );
  }

  async described(): Promise<string[]> {
    return describeFrames(await this.sent());
  }

  close(): void {
    this.connection.onClose(null);
    this.wheel.stop();
  }
}

function recorder(events: string[], inner: ServerStreamHandler | null): ServerStreamHandler {
  return {
    onData(chunk: Buffer): void {
      events.push(chunk.toString('latin1'));
      inner?.onData(chunk);
    },
    onEnd(trailers): void {
      events.push(`end${(trailers ?? []).map((each) => ` ${each.name}=${each.value}`).join('')}`);
      inner?.onEnd(trailers);
    },
    onAbort(reason: AbortReason): void {
      events.push(`abort ${reason}`);
      inner?.onAbort(reason);
    },
    onWritable(): void {
      events.push('writable');
      inner?.onWritable();
    },
  };
}
