import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Acceptor } from '../../src/dataplanes/node/http/stream.ts';
import { answerHello, echo, field } from './acceptors.ts';
import { MemoryServer } from './memory-server.ts';
import { turn } from './memory-transport.ts';
import {
  block,
  clientStart,
  describeFrames,
  frame,
  getRequest,
  headers,
  parseFrames,
  postRequest,
  setting,
  uint32,
} from './wire.ts';

const noop = { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };
const ok = { status: 200, fields: [], contentLength: -1, upgrade: '' };
const okBlock = ':status: 200';

/** Keeps streams for the test to answer. */
const waiting: Acceptor = () => noop;

const initialWindow = (size: number): Buffer => frame(4, 0, 0, setting(4, size));
const content = (size: number): Buffer => Buffer.alloc(size, 'c');

describe('responses', () => {
  it('put END_STREAM on the last frame of content, or on the head, as long as it has not left', async () => {
    const server = new MemoryServer(waiting);
    server.receive(
      clientStart,
      headers(1, getRequest, true),
      headers(3, getRequest, true),
      headers(5, getRequest, true),
    );
    const [one, two, three] = server.seen.map(({ stream }) => stream);
    one?.respond(ok, false);
    one?.write(content(3));
    one?.end(null);
    two?.respond(ok, false);
    two?.end(null);
    three?.respond(ok, false);
    assert.deepEqual(await server.described(), [
      `HEADERS 1 ${okBlock}`,
      'DATA 1 END_STREAM 3',
      `HEADERS 3 END_STREAM ${okBlock}`,
      `HEADERS 5 ${okBlock}`,
    ]);
    three?.end(null);
    assert.deepEqual(await server.described(), ['DATA 5 END_STREAM 0']);
    assert.equal(server.connection.streams.size, 0);
    server.close();
  });

  it('do not touch a frame that has left', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, getRequest, true), headers(3, getRequest, true));
    const [one, two] = server.seen.map(({ stream }) => stream);
    one?.respond(ok, false);
    await server.described();
    two?.respond(ok, false);
    one?.end(null);
    assert.deepEqual(await server.described(), [`HEADERS 3 ${okBlock}`, 'DATA 1 END_STREAM 0']);
    server.close();
  });

  it('carry informational heads, trailers, and heads of more than a frame', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, getRequest, true));
    const stream = server.seen[0]?.stream;
    stream?.inform(103, [field('link', '</a.css>')]);
    stream?.inform(101, []);
    stream?.respond({ ...ok, fields: [field('x-long', 'v'.repeat(20_000))] }, false);
    stream?.inform(103, []);
    stream?.write(content(1));
    stream?.end([field('grpc-status', '0')]);
    const frames = await server.sent();
    assert.deepEqual(
      frames.map(({ type, flags }) => [type, flags]),
      [
        [1, 4],
        [1, 0],
        [9, 4],
        [0, 0],
        [1, 5],
      ],
    );
    assert.equal(frames[1]?.payload.length, 16_384);
    server.close();
  });

  it('empty the table of a client that shrinks it, before the next head', async () => {
    const server = new MemoryServer(answerHello);
    server.receive(
      clientStart,
      frame(4, 0, 0, setting(1, 0)),
      headers(1, getRequest, true),
      headers(3, getRequest, true),
    );
    const heads = (await server.sent()).filter(({ type }) => type === 1);
    assert.equal(heads[0]?.payload[0], 0x20);
    assert.equal(heads[1]?.payload[0], 0x88);
    server.close();
  });

  it('end the exchange when they end early: the rest of the request is dropped, and bounded', async () => {
    const server = new MemoryServer(waiting, { discardedContent: 40_000 });
    server.receive(clientStart, headers(1, postRequest, false));
    server.seen[0]?.stream.respond({ ...ok, status: 413 }, true);
    server.receive(frame(0, 0, 1, content(16_384)), frame(0, 0, 1, content(16_384)));
    assert.deepEqual(await server.described(), ['HEADERS 1 END_STREAM :status: 413']);
    server.receive(frame(0, 0, 1, content(16_384)));
    assert.deepEqual(await server.described(), ['RST_STREAM 1 0']);
    // What was under way is no error.
    server.receive(frame(0, 1, 1, content(16_384)), headers(3, getRequest, true));
    assert.deepEqual(await server.described(), []);
    assert.deepEqual(server.seen[0]?.events, []);
    assert.equal(server.seen.length, 2);
    server.close();
  });

  it('break off with RST_STREAM, and calls after that are ignored', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, postRequest, false));
    const stream = server.seen[0]?.stream;
    stream?.respond(ok, false);
    stream?.abort();
    stream?.write(content(1));
    stream?.end(null);
    stream?.abort();
    server.receive(frame(0, 1, 1, 'late'));
    assert.deepEqual(await server.described(), [`HEADERS 1 ${okBlock}`, 'RST_STREAM 1 2']);
    assert.deepEqual(server.seen[0]?.events, []);
    server.close();
  });
});

describe('flow control', () => {
  it('sends no more than the windows allow, and goes on as they widen', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, initialWindow(10), headers(1, getRequest, true));
    const stream = server.seen[0]?.stream;
    stream?.respond(ok, false);
    stream?.write(content(25));
    stream?.end([field('x-t', '1')]);
    assert.deepEqual(await server.described(), [`HEADERS 1 ${okBlock}`, 'DATA 1 10']);
    server.receive(frame(8, 0, 1, uint32(5)));
    assert.deepEqual(await server.described(), ['DATA 1 5']);
    // A smaller initial window makes the stream's negative; the update after it only repays (section 6.9.2).
    server.receive(initialWindow(0), frame(8, 0, 1, uint32(10)));
    assert.deepEqual(await server.described(), []);
    server.receive(initialWindow(10));
    assert.deepEqual(await server.described(), ['DATA 1 10', 'HEADERS 1 END_STREAM x-t: 1']);
    server.close();
  });

  it('lets streams take turns when the connection window is short', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, initialWindow(1_000_000));
    for (const id of [1, 3, 5]) server.receive(headers(id, getRequest, true));
    for (const { stream } of server.seen) {
      stream.respond(ok, false);
      stream.write(content(65_535));
    }
    // The first took the connection's window.
    assert.equal((await server.sent()).filter(({ type, streamId }) => type === 0 && streamId !== 1).length, 0);
    server.receive(frame(8, 0, 0, uint32(4 * 16_384)));
    assert.deepEqual(await server.described(), ['DATA 3 16384', 'DATA 5 16384', 'DATA 3 16384', 'DATA 5 16384']);
    server.close();
  });

  it('does not let a new stream pass those that wait', async () => {
    const server = new MemoryServer((stream) => {
      stream.respond(ok, false);
      stream.write(content(65_535));
      return noop;
    });
    server.receive(clientStart, initialWindow(1_000_000), headers(1, getRequest, true), headers(3, getRequest, true));
    await server.sent();
    server.receive(Buffer.concat([frame(8, 0, 0, uint32(16_384)), headers(5, getRequest, true)]));
    assert.deepEqual(await server.described(), [`HEADERS 5 ${okBlock}`, 'DATA 3 16384']);
    server.close();
  });

  it('bounds what waits on all streams together', () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, initialWindow(0));
    const answers = Array.from({ length: 40 }, (_, n) => {
      server.receive(headers(n * 2 + 1, getRequest, true));
      const stream = server.seen[n]?.stream;
      stream?.respond(ok, false);
      return stream?.write(content(50_000));
    });
    assert.equal(answers[0], true);
    assert.equal(answers.at(-1), false);
    server.close();
  });

  it('gives credit for content of streams that were reset', async () => {
    const server = new MemoryServer((stream) => {
      stream.abort();
      return noop;
    });
    server.receive(clientStart);
    // More in all than the connection's window.
    for (let id = 1; id < 41; id += 2) {
      server.receive(headers(id, postRequest, false));
      for (let sent = 0; sent < 10; sent += 1) server.receive(frame(0, 0, id, content(16_000)));
    }
    assert.equal(server.errors.length, 0);
    assert.equal(server.seen.length, 20);
    server.close();
  });

  it('asks the giver to pause, and tells when there is room again', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, initialWindow(0), headers(1, getRequest, true));
    const stream = server.seen[0]?.stream;
    stream?.respond(ok, false);
    assert.equal(stream?.write(content(60_000)), true);
    assert.equal(stream?.write(content(60_000)), false);
    server.receive(frame(8, 0, 1, uint32(50_000)));
    assert.deepEqual(server.seen[0]?.events, []);
    server.receive(frame(8, 0, 1, uint32(50_000)), frame(8, 0, 0, uint32(100_000)));
    assert.deepEqual(server.seen[0]?.events, ['writable']);
    server.close();
  });

  it('waits for the transport, too', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, getRequest, true));
    const stream = server.seen[0]?.stream;
    stream?.respond(ok, false);
    server.transport.blocked = true;
    await turn();
    assert.equal(stream?.write(content(10)), false);
    server.transport.blocked = false;
    server.connection.onDrain();
    assert.deepEqual(server.seen[0]?.events, ['writable']);
    assert.deepEqual(await server.described(), [`HEADERS 1 ${okBlock}`, 'DATA 1 10']);
    server.close();
  });

  it('gives credit only for content that is taken', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, postRequest, false));
    const seen = server.seen[0];
    seen?.stream.pause();
    for (let sent = 0; sent < 16; sent += 1) server.receive(frame(0, 0, 1, content(16_384)));
    server.receive(frame(0, 1, 1, ''));
    await turn();
    assert.equal(
      parseFrames(server.transport.take()).filter(({ type, streamId }) => type === 8 && streamId === 1).length,
      0,
    );
    assert.deepEqual(seen?.events, []);
    seen?.stream.resume();
    assert.equal(seen?.events.length, 17);
    assert.equal(seen?.events.at(-1), 'end');
    server.close();
  });

  it('keeps the credit of the connection when a paused stream is reset', async () => {
    const server = new MemoryServer((stream) => {
      stream.pause();
      return noop;
    });
    server.receive(clientStart);
    // More in all than the connection's window.
    for (let id = 1; id < 41; id += 2) {
      server.receive(headers(id, postRequest, false));
      for (let sent = 0; sent < 10; sent += 1) server.receive(frame(0, 0, id, content(16_000)));
      server.receive(frame(3, 0, id, uint32(8)));
    }
    assert.deepEqual(await server.described(), []);
    assert.equal(server.seen.length, 20);
    server.close();
  });
});

describe('requests', () => {
  it('tell content, trailers and padding', async () => {
    const server = new MemoryServer(waiting);
    server.receive(
      clientStart,
      headers(1, [...postRequest, ['content-length', '7']], false),
      frame(0, 0, 1, 'abc'),
      frame(0, 8, 1, '\x03defg\0\0\0'),
      frame(
        1,
        5,
        1,
        block([
          ['x-t', '1'],
          ['content-length', '9'],
          ['authorization', 'x'],
        ]),
      ),
    );
    assert.deepEqual(server.seen[0]?.events, ['abc', 'defg', 'end x-t=1']);
    server.close();
  });

  const broken: readonly (readonly [name: string, frames: readonly Buffer[], code: number])[] = [
    ['content longer than content-length', [frame(0, 0, 1, 'abcd')], 1],
    ['content shorter than content-length', [frame(0, 1, 1, 'ab')], 1],
    ['trailers before all content', [frame(0, 0, 1, 'ab'), frame(1, 5, 1, block([['x-t', '1']]))], 1],
    ['trailers that do not end the stream', [frame(0, 0, 1, 'abc'), frame(1, 4, 1, block([['x-t', '1']]))], 1],
    ['a pseudo-header in trailers', [frame(0, 0, 1, 'abc'), frame(1, 5, 1, block([[':path', '/']]))], 1],
    [
      'a framing field in trailers',
      [frame(0, 0, 1, 'abc'), frame(1, 5, 1, block([['transfer-encoding', 'chunked']]))],
      1,
    ],
    ['DATA after the end', [frame(0, 1, 1, 'abc'), frame(0, 0, 1, 'x')], 5],
    ['HEADERS after the end', [frame(0, 1, 1, 'abc'), frame(1, 5, 1, block(getRequest))], 5],
  ];
  for (const [name, frames, code] of broken) {
    it(`are reset for ${name}, and no end is told that is none`, async () => {
      const server = new MemoryServer(waiting);
      server.receive(clientStart, headers(1, [...postRequest, ['content-length', '3']], false), ...frames);
      assert.deepEqual(await server.described(), [`RST_STREAM 1 ${code}`]);
      const events = server.seen[0]?.events ?? [];
      assert.equal(events.at(-1), 'abort client-protocol-error');
      assert.equal(events.includes('end'), code === 5 && name.includes('after'));
      server.close();
    });
  }

  it('tell of a reset after their end, as long as the response has not ended', () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, getRequest, true), frame(3, 0, 1, uint32(8)));
    assert.deepEqual(server.seen[0]?.events, ['abort client-reset']);
    server.close();
  });
});

describe('tunnels', () => {
  const open = [[':method', 'CONNECT'], [':protocol', 'websocket'], ...getRequest.slice(1)] as const;

  it('are opened with 200 and carry bytes both ways until both have ended', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, open, false));
    const stream = server.seen[0]?.stream;
    stream?.respond(
      { status: 101, fields: [field('sec-websocket-accept', 'x')], contentLength: -1, upgrade: 'websocket' },
      false,
    );
    stream?.write(Buffer.from('hi'));
    server.receive(frame(0, 0, 1, 'hello'), frame(0, 1, 1, ''));
    assert.deepEqual(server.seen[0]?.events, ['hello', 'end']);
    stream?.write(Buffer.from('bye'));
    stream?.end(null);
    assert.deepEqual(await server.described(), [`HEADERS 1 ${okBlock}`, 'DATA 1 2', 'DATA 1 END_STREAM 3']);
    assert.equal(server.connection.streams.size, 0);
    server.close();
  });

  it('are refused with any other status', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, open, false));
    server.seen[0]?.stream.respond({ ...ok, status: 404 }, true);
    assert.deepEqual(await server.described(), ['HEADERS 1 END_STREAM :status: 404']);
    server.close();
  });
});

describe('the end of a connection', () => {
  it('lets requests finish that the client sent before it can have known', async () => {
    const server = new MemoryServer(waiting);
    server.receive(clientStart, headers(1, getRequest, true));
    server.connection.retire();
    const frames = await server.sent();
    assert.deepEqual(describeFrames(frames), ['GOAWAY 0 last 2147483647 code 0', 'PING 0']);
    server.receive(
      headers(3, getRequest, true),
      frame(6, 1, 0, frames[1]?.payload ?? ''),
      headers(5, getRequest, true),
    );
    assert.deepEqual(await server.described(), ['GOAWAY 0 last 3 code 0', 'RST_STREAM 5 7']);
    for (const { stream } of server.seen) stream.respond(ok, true);
    assert.equal(server.seen.length, 2);
    await turn();
    assert.equal(server.transport.ended, true);
    server.close();
  });

  it('aborts what is under way when the client closes, and when it is destroyed', async () => {
    for (const [end, reason] of [
      [(server: MemoryServer) => server.connection.onEnd(), 'client-closed'],
      [(server: MemoryServer) => server.connection.onClose(new Error('ECONNRESET')), 'client-reset'],
      [(server: MemoryServer) => server.connection.destroy(), 'shutdown'],
    ] as const) {
      const server = new MemoryServer(waiting);
      server.receive(clientStart, headers(1, getRequest, true));
      end(server);
      assert.deepEqual(server.seen[0]?.events, [`abort ${reason}`]);
      await turn();
      assert.equal(server.closed, 1);
      server.close();
      assert.equal(server.closed, 1);
    }
  });

  it('tells the handler of a stream that is lost while its acceptor is at work', () => {
    const server: MemoryServer = new MemoryServer(() => {
      server.connection.destroy();
      return noop;
    });
    server.receive(clientStart, headers(1, getRequest, true));
    assert.deepEqual(server.seen[0]?.events, ['abort shutdown']);
    server.close();
  });
});

describe('any split of the bytes', () => {
  const conversation = Buffer.concat([
    clientStart,
    headers(1, [...postRequest, ['x-a', 'b']], false),
    frame(0, 0, 1, content(300)),
    frame(0, 8, 1, `\x05${'d'.repeat(20)}\0\0\0\0\0`),
    frame(6, 0, 0, 'pingpong'),
    frame(1, 0, 3, block(postRequest).slice(0, 5)),
    frame(9, 4, 3, block(postRequest).slice(5)),
    frame(0, 1, 3, 'third'),
    frame(0, 0, 1, ''),
    frame(2, 0, 1, Buffer.alloc(5, 1)),
    frame(1, 5, 1, block([['x-trailer', 'yes']])),
    frame(99, 0, 0, 'unknown'),
    headers(5, getRequest, true),
    headers(7, [...getRequest, ['connection', 'close']], true),
  ]);

  /** What comes out, with the content of each stream joined: how it is cut into frames may differ. */
  async function outcome(chunks: readonly Buffer[]): Promise<unknown> {
    const server = new MemoryServer(echo);
    server.receive(...chunks);
    await turn();
    const frames = describeFrames((await server.sent()).filter(({ type }) => type !== 0));
    const result = {
      frames: frames.sort(),
      events: server.seen.map(({ events }) => events.join('')),
      heads: server.seen.map(({ stream }) => stream.head),
    };
    server.close();
    return result;
  }

  it('comes to the same', async () => {
    const whole = await outcome([conversation]);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: conversation.length - 1 }), { maxLength: 60 }),
        async (cuts) => {
          const ends = [...cuts.sort((a, b) => a - b), conversation.length];
          const chunks = ends.map((end, index) => conversation.subarray(ends[index - 1] ?? 0, end));
          assert.deepEqual(await outcome(chunks), whole);
        },
      ),
      { numRuns: 200 },
    );
    const bytes = Array.from(conversation, (_, at) => conversation.subarray(at, at + 1));
    assert.deepEqual(await outcome(bytes), whole);
  });

  it('never throws and never accepts more than it is sent, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            type: fc.integer({ min: 0, max: 10 }),
            flags: fc.integer({ min: 0, max: 255 }),
            streamId: fc.constantFrom(0, 1, 2, 3, 5, 7),
            payload: fc.oneof(
              fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
              fc.constant(Buffer.from(block(postRequest), 'latin1')),
            ),
          }),
          { maxLength: 20 },
        ),
        async (frames) => {
          const server = new MemoryServer(echo);
          server.receive(
            clientStart,
            ...frames.map(({ type, flags, streamId, payload }) => frame(type, flags, streamId, payload)),
          );
          assert.ok(server.seen.length <= frames.length);
          await turn();
          server.close();
          for (const { events, stream } of server.seen) {
            if (!stream.ended && !events.some((each) => each.startsWith('end'))) {
              assert.match(events.at(-1) ?? 'abort', /abort/);
            }
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
