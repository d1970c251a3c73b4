import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http2, { type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';
import { createServer as createNetServer, connect as netConnect, type Server, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Field } from '../../src/dataplanes/node/http/field.ts';
import type { ClientStream, ClientStreamHandler, StreamFailure } from '../../src/dataplanes/node/http/stream.ts';
import { Http2ClientConnection } from '../../src/dataplanes/node/http2/client-connection.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { SocketTransport } from '../../src/dataplanes/node/io/transport.ts';
import { defaultLimits } from '../../src/dataplanes/node/limits.ts';
import { echo, field } from './acceptors.ts';
import { getHead, postHead } from './memory-client.ts';
import { listen, startServer, type TestServer } from './server.ts';

/** What came back for one request, from whichever side. */
interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
}

const isInteresting = (name: string): boolean => name.startsWith('x-');

function interesting(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => isInteresting(name))
      .map(([name, value]) => [name, String(value)]),
  );
}

/** Sends a request with node's client, which is the oracle for our server. */
async function askWithNode(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  content: Buffer | null,
  trailers: Record<string, string> | null = null,
): Promise<Answer> {
  const method = content === null ? 'GET' : 'POST';
  const stream = session.request(
    { ':path': '/', ':method': method, ...headers },
    { endStream: content === null, waitForTrailers: trailers !== null },
  );
  if (trailers !== null) stream.on('wantTrailers', () => stream.sendTrailers(trailers));
  let received: Record<string, string> = {};
  stream.on('trailers', (fields) => {
    received = interesting(fields);
  });
  if (content !== null) stream.end(content);
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  // Both are listened for now: the end can come before the continuation of the first.
  const [[head]] = await Promise.all([
    once(stream, 'response') as Promise<[IncomingHttpHeaders & { ':status': number }]>,
    once(stream, 'end'),
  ]);
  return { status: head[':status'], headers: interesting(head), content: Buffer.concat(chunks), trailers: received };
}

/** Sends a request with our client. */
class Ask implements ClientStreamHandler {
  readonly answer: Promise<Answer>;
  #settle: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | null = null;
  #status = 0;
  #headers: Record<string, string> = {};
  readonly #chunks: Buffer[] = [];
  #stream: ClientStream | null = null;
  #rest: Buffer | null = null;

  constructor() {
    this.answer = new Promise((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
  }

  send(
    connection: Http2ClientConnection,
    fields: readonly Field[],
    content: Buffer | null,
    trailers: readonly Field[] | null,
  ): this {
    const head = content === null ? getHead : { ...postHead, acceptsTrailers: true };
    this.#stream = connection.open({ ...head, fields }, content === null, this);
    if (content === null) return this;
    this.#rest = content;
    this.#trailers = trailers;
    this.onWritable();
    return this;
  }

  #trailers: readonly Field[] | null = null;

  onInformational(): void {}

  onHead(head: { readonly status: number; readonly fields: readonly Field[] }, ended: boolean): void {
    this.#status = head.status;
    this.#headers = asRecord(head.fields);
    if (ended) this.onEnd(null);
  }

  onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onEnd(trailers: readonly Field[] | null): void {
    this.#settle?.resolve({
      status: this.#status,
      headers: this.#headers,
      content: Buffer.concat(this.#chunks),
      trailers: asRecord(trailers ?? []),
    });
  }

  onAbort(failure: StreamFailure): void {
    this.#settle?.reject(new Error(failure.message));
  }

  /** In pieces of an odd size, as far as the connection takes them. */
  onWritable(): void {
    while (this.#rest !== null) {
      const piece = this.#rest.subarray(0, 10_007);
      this.#rest = piece.length < this.#rest.length ? this.#rest.subarray(piece.length) : null;
      const more = piece.length === 0 || this.#stream?.write(piece);
      if (this.#rest === null) this.#stream?.end(this.#trailers);
      if (!more) return;
    }
  }
}

function asRecord(fields: readonly Field[]): Record<string, string> {
  return Object.fromEntries(fields.filter(({ name }) => isInteresting(name)).map(({ name, value }) => [name, value]));
}

const headerNames = fc.integer({ min: 0, max: 40 }).map((n) => `x-name-${n}`);
const headerValues = fc
  .string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 200 })
  .map((text) => text.trim());
const headerSets = fc.dictionary(headerNames, headerValues, { maxKeys: 20, noNullPrototype: true });
const contents = fc.oneof(
  fc.constant(null),
  fc.integer({ min: 0, max: 200_000 }).map((size) => Buffer.alloc(size, 'z')),
);

describe('node:http2 as client of our server', () => {
  let server: TestServer;
  let session: ClientHttp2Session;
  before(async () => {
    server = await startServer(echo, { tls: true });
    session = http2.connect(`https://localhost:${server.port}`, { ca: server.ca });
  });
  after(async () => {
    session.destroy();
    await server.close();
  });

  it('gets back what it sends, over one connection whose HPACK state lives on', async () => {
    await fc.assert(
      fc.asyncProperty(headerSets, contents, async (headers, content) => {
        const answer = await askWithNode(session, headers, content, content === null ? null : { 'x-trailer': 'yes' });
        assert.deepEqual(answer.headers, headers);
        assert.equal(answer.content.length, content?.length ?? 0);
        if (content !== null) {
          assert.ok(answer.content.equals(content));
          assert.deepEqual(answer.trailers, { 'x-trailer': 'yes' });
        }
      }),
      { numRuns: 150 },
    );
  });

  it('carries many streams at once, each whole', async () => {
    const contents = Array.from({ length: 100 }, (_, index) => randomBytes(index * 1_500));
    const answers = await Promise.all(contents.map((content) => askWithNode(session, {}, content)));
    for (const [index, answer] of answers.entries()) assert.ok(answer.content.equals(contents[index] as Buffer));
  });

  it('is told the settings and may close gracefully', async () => {
    const other = http2.connect(`https://localhost:${server.port}`, { ca: server.ca });
    const [settings] = (await once(other, 'remoteSettings')) as [http2.Settings];
    assert.equal(settings.maxConcurrentStreams, 128);
    assert.equal(settings.enableConnectProtocol, true);
    for (const connection of server.connections) connection.retire();
    await once(other, 'close');
    session = http2.connect(`https://localhost:${server.port}`, { ca: server.ca });
  });

  it('opens a WebSocket by extended CONNECT', async () => {
    const tunnel = await startServer((stream) => {
      stream.respond({ status: 101, fields: [], contentLength: -1, upgrade: 'websocket' }, false);
      return {
        onData: (chunk) => {
          stream.write(chunk);
        },
        onEnd: () => stream.end(null),
        onAbort() {},
        onWritable() {},
      };
    });
    const client = http2.connect(`http://127.0.0.1:${tunnel.port}`);
    await once(client, 'remoteSettings');
    const stream = client.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/chat' });
    const [head] = (await once(stream, 'response')) as [{ ':status': number }];
    assert.equal(head[':status'], 200);
    stream.end('hello');
    stream.setEncoding('utf8');
    let text = '';
    for await (const chunk of stream) text += chunk;
    assert.equal(text, 'hello');
    client.destroy();
    await tunnel.close();
  });
});

describe('node:http2 as server for our client', () => {
  const wheel = new DeadlineWheel(10);
  let server: http2.Http2Server;
  let connection: Http2ClientConnection;
  let closed = 0;
  before(async () => {
    server = http2.createServer();
    server.on('stream', (stream: http2.ServerHttp2Stream, headers) => {
      stream.respond({ ':status': 200, ...interesting(headers) }, { waitForTrailers: true });
      let trailers: Record<string, string> = {};
      stream.on('trailers', (fields) => {
        trailers = interesting(fields);
      });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.pipe(stream);
    });
    const port = await listen(server);
    connection = await dial(port);
  });
  after(async () => {
    connection.destroy();
    await new Promise((resolve) => server.close(resolve));
    wheel.stop();
  });

  async function dial(port: number): Promise<Http2ClientConnection> {
    const socket = netConnect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    const transport = new SocketTransport(socket);
    const owner = {
      onCapacity() {},
      onClosed: () => {
        closed += 1;
      },
    };
    const made = new Http2ClientConnection(transport, owner, { scheme: 'http', limits: defaultLimits, wheel });
    transport.attach(made);
    return made;
  }

  it('gives back what it is sent, over one connection whose HPACK state lives on', async () => {
    await fc.assert(
      fc.asyncProperty(headerSets, contents, async (headers, content) => {
        const fields = Object.entries(headers).map(([name, value]) => field(name, value));
        const answer = await new Ask().send(connection, fields, content, [field('x-trailer', 'yes')]).answer;
        assert.equal(answer.status, 200);
        assert.deepEqual(answer.headers, headers);
        assert.ok(answer.content.equals(content ?? Buffer.alloc(0)));
        if (content !== null) assert.deepEqual(answer.trailers, { 'x-trailer': 'yes' });
      }),
      { numRuns: 150 },
    );
  });

  it('carries many streams at once, each whole', async () => {
    const contents = Array.from({ length: 80 }, (_, index) => randomBytes(index * 2_000));
    const answers = await Promise.all(contents.map((content) => new Ask().send(connection, [], content, null).answer));
    for (const [index, answer] of answers.entries()) assert.ok(answer.content.equals(contents[index] as Buffer));
  });

  it('is left when it says GOAWAY', async () => {
    const sessions: http2.ServerHttp2Session[] = [];
    const leaving = http2.createServer();
    leaving.on('session', (session) => sessions.push(session));
    leaving.on('stream', (stream: http2.ServerHttp2Stream) => {
      stream.respond({ ':status': 200 });
      for (const session of sessions) session.close();
      stream.end('last');
    });
    const client = await dial(await listen(leaving));
    const before = closed;
    const answer = await new Ask().send(client, [], null, null).answer;
    assert.equal(answer.content.toString(), 'last');
    while (closed === before) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(client.capacity, 0);
    await new Promise((resolve) => leaving.close(resolve));
  });
});

describe('our client and our server', () => {
  it('move much content through a slow middle without losing or keeping it', async () => {
    const server = await startServer(echo);
    const sockets = new Set<Socket>();
    // Every chunk is cut and delayed by a turn, so that windows fill and writes block.
    const middle: Server = createNetServer((left) => {
      const right = netConnect(server.port, '127.0.0.1');
      for (const [from, to] of [
        [left, right],
        [right, left],
      ] as const) {
        sockets.add(from);
        from.on('error', () => {});
        from.on('data', (chunk: Buffer) => {
          from.pause();
          setImmediate(() => {
            to.write(chunk.subarray(0, 777));
            to.write(chunk.subarray(777), () => from.resume());
          });
        });
        from.on('close', () => to.destroy());
      }
    });
    const wheel = new DeadlineWheel(10);
    const socket = netConnect(await listen(middle), '127.0.0.1');
    await once(socket, 'connect');
    const transport = new SocketTransport(socket);
    const connection = new Http2ClientConnection(
      transport,
      { onCapacity() {}, onClosed() {} },
      { scheme: 'http', limits: defaultLimits, wheel },
    );
    transport.attach(connection);
    const contents = Array.from({ length: 6 }, () => randomBytes(1_500_000));
    const answers = await Promise.all(contents.map((content) => new Ask().send(connection, [], content, null).answer));
    for (const [index, answer] of answers.entries()) assert.ok(answer.content.equals(contents[index] as Buffer));
    connection.destroy();
    for (const each of sockets) each.destroy();
    await new Promise((resolve) => middle.close(resolve));
    await server.close();
    wheel.stop();
  });
});
