import type { RequestHead, ResponseHead } from '../../src/dataplanes/node/http/message.ts';
import type { ClientStream, ClientStreamHandler, StreamFailure } from '../../src/dataplanes/node/http/stream.ts';
import { Http2ClientConnection } from '../../src/dataplanes/node/http2/client-connection.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { defaultLimits, type Limits } from '../../src/dataplanes/node/limits.ts';
import { MemoryTransport, turn } from './memory-transport.ts';
import { describeFrames, type Frame, frame, type Pairs, parseFrames } from './wire.ts';

export const getHead: RequestHead = {
  method: 'GET',
  target: '/',
  authority: 'example.com',
  fields: [],
  contentLength: 0,
  expectContinue: false,
  upgrade: '',
  acceptsTrailers: false,
};

export const postHead: RequestHead = { ...getHead, method: 'POST', contentLength: -1 };

/** A backend's first frame. */
export const settings = frame(4, 0, 0);

/** The head of a response. */
export const ok: Pairs = [[':status', '200']];

/** A request as the proxy would see it. */
export class Exchange implements ClientStreamHandler {
  readonly events: string[] = [];
  head: ResponseHead | null = null;
  failure: StreamFailure | null = null;
  stream: ClientStream | null = null;

  onInformational(status: number): void {
    this.events.push(`informational ${status}`);
  }

  onHead(head: ResponseHead, ended: boolean): void {
    this.head = head;
    this.events.push(`head ${head.status}${ended ? ' ended' : ''}`);
  }

  onData(chunk: Buffer): void {
    this.events.push(chunk.toString('latin1'));
  }

  onEnd(trailers: Parameters<ClientStreamHandler['onEnd']>[0]): void {
    this.events.push(`end${(trailers ?? []).map((each) => ` ${each.name}=${each.value}`).join('')}`);
  }

  onAbort(failure: StreamFailure): void {
    this.failure = failure;
    this.events.push(`abort ${failure.type}${failure.unprocessed ? ' unprocessed' : ''}`);
  }

  onWritable(): void {
    this.events.push('writable');
  }
}

/** A client connection with a memory transport. */
export class MemoryClient {
  readonly transport = new MemoryTransport();
  readonly connection: Http2ClientConnection;
  readonly wheel = new DeadlineWheel(5);
  /** Capacities told to the owner. */
  readonly capacities: number[] = [];
  closed = 0;

  constructor(options: { readonly limits?: Partial<Limits>; readonly keepAlive?: number } = {}) {
    this.connection = new Http2ClientConnection(
      this.transport,
      {
        onCapacity: (connection) => {
          this.capacities.push(connection.capacity);
        },
        onClosed: () => {
          this.closed += 1;
        },
      },
      {
        scheme: 'https',
        limits: { ...defaultLimits, ...options.limits },
        wheel: this.wheel,
        keepAlive: options.keepAlive ?? 0,
      },
    );
    this.transport.onDestroy = () => this.connection.onClose(null);
  }

  open(head: RequestHead, ended = true): Exchange {
    const exchange = new Exchange();
    exchange.stream = this.connection.open(head, ended, exchange);
    return exchange;
  }

  receive(...chunks: readonly Buffer[]): void {
    for (const chunk of chunks) this.connection.onData(chunk);
  }

  /** Frames sent since the last call, but for the connection's first ones. */
  async sent(): Promise<Frame[]> {
    await turn();
    let bytes = this.transport.take();
    if (bytes.subarray(0, 3).toString() === 'PRI') bytes = bytes.subarray(24);
    return parseFrames(bytes).filter(({ type, streamId }) => type !== 4 && !(type === 8 && streamId === 0));
  }

  async described(): Promise<string[]> {
    return describeFrames(await this.sent());
  }

  close(): void {
    this.connection.onClose(null);
    this.wheel.stop();
  }
}
