import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, silent, waiting } from './acceptors.ts';
import { content, MemoryServer, ok, okBlock } from './memory-server.ts';
import { turn } from './memory-transport.ts';
import { clientStart, frame, getRequest, headers, parseFrames, postRequest, setting, uint32 } from './wire.ts';

const initialWindow = (size: number): Buffer => frame(4, 0, 0, setting(4, size));

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
      return silent;
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
      return silent;
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
      return silent;
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
