import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Field } from '../../src/dataplanes/node/http/field.ts';
import { FieldCache } from '../../src/dataplanes/node/http/field.ts';
import type { ResponseHead } from '../../src/dataplanes/node/http/message.ts';
import type {
  ClientConnection,
  ClientStream,
  ClientStreamHandler,
  ServerStream,
  ServerStreamHandler,
} from '../../src/dataplanes/node/http/stream.ts';
import { Http1ClientConnection } from '../../src/dataplanes/node/http1/client-connection.ts';
import { Http1ServerConnection } from '../../src/dataplanes/node/http1/server-connection.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { SocketTransport } from '../../src/dataplanes/node/io/transport.ts';
import { defaultLimits } from '../../src/dataplanes/node/limits.ts';
import { plainClient, response } from './harness.ts';

/** The least that a proxy does: each request goes to the backend as it is, each response back. */
class Forwarding implements ServerStreamHandler {
  readonly #server: ServerStream;
  readonly #client: ClientStream;

  constructor(server: ServerStream, connection: ClientConnection) {
    this.#server = server;
    this.#client = connection.open(server.head, server.ended, this.#responses());
  }

  #responses(): ClientStreamHandler {
    return {
      onInformational: (status, fields) => this.#server.inform(status, fields),
      onHead: (head: ResponseHead, ended: boolean) => this.#server.respond(head, ended),
      onData: (chunk) => {
        if (!this.#server.write(chunk)) this.#client.pause();
      },
      onEnd: (trailers) => this.#server.end(trailers),
      onAbort: () => this.#server.abort(),
      onWritable: () => this.#server.resume(),
    };
  }

  onData(chunk: Buffer): void {
    if (!this.#client.write(chunk)) this.#server.pause();
  }

  onEnd(trailers: readonly Field[] | null): void {
    this.#client.end(trailers);
  }

  onAbort(): void {
    this.#client.abort();
  }

  onWritable(): void {
    this.#client.resume();
  }
}

describe('HTTP/1.1 over sockets, between a client and a server of node:http', () => {
  const wheel = new DeadlineWheel(10);
  const cache = new FieldCache();
  const settings = { cache, limits: defaultLimits };
  const idle = new Set<ClientConnection>();
  let dialled = 0;
  let aborted = 0;
  let connections = 0;

  const backend = http.createServer((incoming, outgoing) => {
    const { url = '' } = incoming;
    if (url === '/echo') {
      outgoing.writeHead(200, { Trailer: 'X-Count', 'X-Seen': incoming.headers['x-sent'] ?? '' });
      let count = 0;
      incoming.on('data', (chunk: Buffer) => {
        count += chunk.length;
        if (!outgoing.write(chunk)) incoming.pause();
      });
      outgoing.on('drain', () => incoming.resume());
      incoming.on('end', () => {
        outgoing.addTrailers({ 'X-Count': `${count}`, 'X-Got': incoming.trailers['x-sum'] ?? '' });
        outgoing.end();
      });
    } else if (url === '/length') outgoing.end('hello');
    else if (url === '/early') {
      outgoing.writeHead(413, { Connection: 'close' });
      outgoing.end('too much');
    } else if (url === '/cut') {
      outgoing.writeHead(200, { 'Content-Length': '10' });
      outgoing.write('hello', () => outgoing.destroy());
    } else if (url === '/never') {
      incoming.on('close', () => {
        aborted += 1;
        backend.emit('aborted');
      });
    } else outgoing.writeHead(404).end();
  });
  backend.on('upgrade', (incoming, socket) => {
    if (incoming.url === '/half') {
      // Answers only once its client has said all.
      const parts: Buffer[] = [];
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
      socket.on('data', (part: Buffer) => parts.push(part));
      socket.on('end', () => socket.end(Buffer.concat(parts)));
      return;
    }
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    socket.pipe(socket);
  });

  const dial = (): ClientConnection => {
    dialled += 1;
    const address = backend.address() as net.AddressInfo;
    const transport = new SocketTransport(net.connect(address.port, '127.0.0.1'));
    const connection = new Http1ClientConnection(
      transport,
      { onCapacity: (from) => idle.add(from), onClosed: (from) => idle.delete(from) },
      settings,
    );
    transport.attach(connection);
    return connection;
  };
  const take = (): ClientConnection => {
    for (const connection of idle) {
      idle.delete(connection);
      return connection;
    }
    return dial();
  };
  const gateway = net.createServer({ noDelay: true }, (socket) => {
    connections += 1;
    const transport = new SocketTransport(socket);
    transport.attach(
      new Http1ServerConnection(transport, plainClient, {
        ...settings,
        wheel,
        acceptor: (stream) => new Forwarding(stream, take()),
        onProtocolError: () => {},
        onClosed: () => {
          connections -= 1;
          gateway.emit('gone');
        },
      }),
    );
  });
  const agent = new http.Agent({ keepAlive: true });

  before(async () => {
    backend.listen(0, '127.0.0.1');
    gateway.listen(0, '127.0.0.1');
    await Promise.all([once(backend, 'listening'), once(gateway, 'listening')]);
  });
  after(async () => {
    agent.destroy();
    for (const connection of idle) connection.destroy();
    wheel.stop();
    backend.closeAllConnections();
    backend.close();
    gateway.close();
    while (connections > 0) await once(gateway, 'gone');
  });

  const port = () => (gateway.address() as net.AddressInfo).port;

  interface Answer {
    readonly status: number;
    readonly headers: http.IncomingHttpHeaders;
    readonly trailers: NodeJS.Dict<string>;
    readonly content: Buffer;
  }
  const call = async (
    path: string,
    method: string,
    content: Buffer | null,
    headers: http.OutgoingHttpHeaders = {},
    trailers: http.OutgoingHttpHeaders = {},
  ): Promise<Answer> => {
    const outgoing = http.request({ port: port(), host: '127.0.0.1', agent, path, method, headers });
    if (content !== null) {
      for (let offset = 0; offset < content.length; offset += 100_000) {
        if (!outgoing.write(content.subarray(offset, offset + 100_000))) await once(outgoing, 'drain');
      }
      outgoing.addTrailers(trailers);
    }
    outgoing.end();
    const [incoming] = (await once(outgoing, 'response')) as [http.IncomingMessage];
    const parts: Buffer[] = [];
    for await (const part of incoming) parts.push(part as Buffer);
    return {
      status: incoming.statusCode ?? 0,
      headers: incoming.headers,
      trailers: incoming.trailers,
      content: Buffer.concat(parts),
    };
  };

  it('carries many requests over few connections', async () => {
    const before = dialled;
    for (let round = 0; round < 20; round += 1) {
      const answer = await call('/length', 'GET', null);
      assert.equal(answer.content.toString(), 'hello');
      assert.equal(answer.headers['content-length'], '5');
    }
    assert.equal(dialled - before, 1);
  });

  it('carries content of every size in both directions, with fields and trailers', async () => {
    for (const size of [0, 1, 1_000, 65_536, 3_000_001]) {
      const content = Buffer.alloc(size, 'The quick brown fox. ');
      for (const headers of [
        { 'Content-Length': size },
        { 'Transfer-Encoding': 'chunked', Trailer: 'X-Sum', TE: 'trailers' },
      ]) {
        const answer = await call('/echo', 'POST', content, { ...headers, 'X-Sent': `${size}` }, { 'X-Sum': 'ok' });
        assert.equal(answer.status, 200);
        assert.ok(answer.content.equals(content));
        assert.equal(answer.headers['x-seen'], `${size}`);
        assert.equal(answer.trailers['x-count'], `${size}`);
        assert.equal(answer.trailers['x-got'], 'TE' in headers ? 'ok' : '');
      }
    }
  });

  it('brings an early response to a client that is still sending', async () => {
    const socket = net.connect(port(), '127.0.0.1');
    socket.write('POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n');
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    const sending = setInterval(() => socket.writable && socket.write(Buffer.alloc(10_000)), 1);
    await once(socket, 'end');
    clearInterval(sending);
    socket.destroy();
    assert.match(text, /^HTTP\/1\.1 413 /);
    assert.match(text, /too much/);
  });

  it('never makes a cut-off response look whole', async () => {
    await assert.rejects(call('/cut', 'GET', null), { code: 'ECONNRESET' });
  });

  it('takes a request back from the backend when its client goes', async () => {
    const gone = once(backend, 'aborted');
    const socket = net.connect(port(), '127.0.0.1');
    socket.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    await once(backend, 'request');
    socket.destroy();
    await gone;
    assert.equal(aborted, 1);
  });

  for (const path of ['/ws', '/half']) {
    it(`opens a tunnel both ways and lets each way end by itself: ${path}`, async () => {
      const socket = net.connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
      socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      const content = Buffer.alloc(500_000, 'tunnel');
      const parts: Buffer[] = [];
      socket.on('data', (part: Buffer) => parts.push(part));
      await once(socket, 'data');
      socket.end(content);
      await once(socket, 'end');
      const received = Buffer.concat(parts);
      assert.ok(received.subarray(received.indexOf('\r\n\r\n') + 4).equals(content));
    });
  }
});

describe('HTTP/1.1 back-pressure over sockets', () => {
  it('keeps a bounded amount in memory for a client that does not read', async () => {
    const chunk = Buffer.alloc(65_536);
    let written = 0;
    let stalled: (() => void) | null = null;
    const settings = { cache: new FieldCache(), limits: defaultLimits, wheel: new DeadlineWheel(1_000) };
    const server = net.createServer((socket) => {
      const transport = new SocketTransport(socket);
      transport.attach(
        new Http1ServerConnection(transport, plainClient, {
          ...settings,
          acceptor: (stream) => {
            const pump = (): void => {
              while (written < 1_000) {
                written += 1;
                if (!stream.write(chunk)) {
                  stalled?.();
                  return;
                }
              }
              stream.end(null);
            };
            setImmediate(() => {
              stream.respond(response(200), false);
              pump();
            });
            return { onData: () => {}, onEnd: () => {}, onAbort: () => {}, onWritable: pump };
          },
          onProtocolError: () => {},
          onClosed: () => {},
        }),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
    const full = new Promise<void>((resolve) => {
      stalled = resolve;
    });
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await full;
    // Kernel buffers take some megabytes at most; the response has sixty-four.
    assert.ok(written < 500);
    let size = 0;
    socket.on('data', (part: Buffer) => {
      size += part.length;
      if (size >= 1_000 * (chunk.length + '10000\r\n\r\n'.length)) socket.end();
    });
    socket.resume();
    await once(socket, 'close');
    assert.equal(written, 1_000);
    settings.wheel.stop();
    server.close();
  });
});
