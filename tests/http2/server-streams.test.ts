import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silent, waiting } from './acceptors.ts';
import { MemoryServer, ok } from './memory-server.ts';
import { turn } from './memory-transport.ts';
import { block, clientStart, describeFrames, frame, getRequest, headers, postRequest, uint32 } from './wire.ts';

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
      return silent;
    });
    server.receive(clientStart, headers(1, getRequest, true));
    assert.deepEqual(server.seen[0]?.events, ['abort shutdown']);
    server.close();
  });
});
