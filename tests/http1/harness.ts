import { type Field, FieldCache, makeField } from '../../src/dataplanes/node/http/field.ts';
import type { RequestHead, ResponseHead } from '../../src/dataplanes/node/http/message.ts';
import type {
  ClientConnection,
  ClientConnectionInfo,
  ClientStreamHandler,
  ServerStream,
  ServerStreamHandler,
  StreamFailure,
} from '../../src/dataplanes/node/http/stream.ts';
import { Http1ClientConnection } from '../../src/dataplanes/node/http1/client-connection.ts';
import {
  Http1ServerConnection,
  type Http1ServerSettings,
  type ProtocolError,
} from '../../src/dataplanes/node/http1/server-connection.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import type { Transport } from '../../src/dataplanes/node/io/transport.ts';
import { defaultLimits, type Limits } from '../../src/dataplanes/node/limits.ts';

/** A transport without a peer: keeps what is written. */
export class RecordingTransport implements Transport {
  written: Buffer[] = [];
  ended = false;
  destroyed = false;
  paused = false;
  /** What `write` answers. */
  accepting = true;
  buffered = 0;

  write(chunk: Buffer | string): boolean {
    this.written.push(typeof chunk === 'string' ? Buffer.from(chunk, 'latin1') : chunk);
    return this.accepting;
  }

  flush(): boolean {
    return this.accepting;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
  }

  end(): void {
    this.ended = true;
  }

  destroy(): void {
    this.destroyed = true;
  }

  get text(): string {
    return Buffer.concat(this.written).toString('latin1');
  }

  /** What was written since the last call. */
  take(): string {
    const text = this.text;
    this.written = [];
    return text;
  }
}

export const plainClient: ClientConnectionInfo = {
  listener: 'test',
  remoteAddress: '127.0.0.1',
  remotePort: 1,
  tls: null,
};

/** A request as its handler saw it. */
export class SeenRequest implements ServerStreamHandler {
  readonly stream: ServerStream;
  readonly head: RequestHead;
  readonly events: string[] = [];
  content = '';
  trailers: readonly Field[] | null = null;
  ended: boolean;

  constructor(stream: ServerStream) {
    this.stream = stream;
    this.head = stream.head;
    this.ended = stream.ended;
  }

  onData(chunk: Buffer): void {
    this.content += chunk.toString('latin1');
  }

  onEnd(trailers: readonly Field[] | null): void {
    this.trailers = trailers;
    this.ended = true;
    this.events.push('end');
  }

  onAbort(reason: string): void {
    this.events.push(`abort ${reason}`);
  }

  onWritable(): void {
    this.events.push('writable');
  }
}

export interface TestServer {
  readonly transport: RecordingTransport;
  readonly connection: Http1ServerConnection;
  readonly requests: SeenRequest[];
  readonly errors: ProtocolError[];
  readonly closed: () => number;
  feed(text: string | Buffer): void;
}

/** No test waits for it: tests of timeouts have a wheel of their own. */
const slowWheel = new DeadlineWheel(60_000);

export function testServer(
  options: {
    readonly onRequest?: (request: SeenRequest) => void;
    readonly limits?: Partial<Limits>;
    readonly client?: ClientConnectionInfo;
    readonly wheel?: DeadlineWheel;
  } = {},
): TestServer {
  const transport = new RecordingTransport();
  const requests: SeenRequest[] = [];
  const errors: ProtocolError[] = [];
  let closed = 0;
  const settings: Http1ServerSettings = {
    acceptor: (stream) => {
      const request = new SeenRequest(stream);
      requests.push(request);
      options.onRequest?.(request);
      return request;
    },
    limits: { ...defaultLimits, ...options.limits },
    wheel: options.wheel ?? slowWheel,
    cache: new FieldCache(),
    onProtocolError: (error) => errors.push(error),
    onClosed: () => {
      closed += 1;
    },
  };
  const connection = new Http1ServerConnection(transport, options.client ?? plainClient, settings);
  return {
    transport,
    connection,
    requests,
    errors,
    closed: () => closed,
    feed: (text) => connection.onData(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
  };
}

/** A field that a test means to be valid. */
export function field(name: string, value: string): Field {
  const made = makeField(name, value);
  if (made === null) throw new Error(`not a field: ${name}`);
  return made;
}

/** A response head without fields. */
export function response(status: number, contentLength = -1, fields: readonly Field[] = []): ResponseHead {
  return { status, fields, contentLength, upgrade: '' };
}

export function request(overrides: Partial<RequestHead> = {}): RequestHead {
  return {
    method: 'GET',
    target: '/',
    authority: 'backend.test',
    fields: [],
    contentLength: 0,
    expectContinue: false,
    upgrade: '',
    acceptsTrailers: false,
    ...overrides,
  };
}

/** A response that says hello, as a backend writes it. */
export const okHello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

/** A response as its handler saw it. */
export class SeenResponse implements ClientStreamHandler {
  readonly events: string[] = [];
  head: ResponseHead | null = null;
  content = '';
  trailers: readonly Field[] | null = null;
  failure: StreamFailure | null = null;
  ended = false;

  onInformational(status: number): void {
    this.events.push(`informational ${status}`);
  }

  onHead(head: ResponseHead, ended: boolean): void {
    this.head = head;
    this.ended = ended;
    this.events.push(ended ? 'head, ended' : 'head');
  }

  onData(chunk: Buffer): void {
    this.content += chunk.toString('latin1');
  }

  onEnd(trailers: readonly Field[] | null): void {
    this.trailers = trailers;
    this.ended = true;
    this.events.push('end');
  }

  onAbort(failure: StreamFailure): void {
    this.failure = failure;
    this.events.push(`abort ${failure.type}`);
  }

  onWritable(): void {
    this.events.push('writable');
  }
}

export interface TestClient {
  readonly transport: RecordingTransport;
  readonly connection: Http1ClientConnection;
  /** Calls that the owner got. */
  readonly owner: string[];
  feed(text: string | Buffer): void;
}

export function testClient(limits: Partial<Limits> = {}): TestClient {
  const transport = new RecordingTransport();
  const owner: string[] = [];
  const connection = new Http1ClientConnection(
    transport,
    {
      onCapacity: (from: ClientConnection) => owner.push(`capacity ${from.capacity}`),
      onClosed: () => owner.push('closed'),
    },
    { limits: { ...defaultLimits, ...limits }, cache: new FieldCache() },
  );
  return {
    transport,
    connection,
    owner,
    feed: (text) => connection.onData(typeof text === 'string' ? Buffer.from(text, 'latin1') : text),
  };
}
