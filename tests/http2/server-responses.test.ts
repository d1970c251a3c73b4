import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerHello, field, waiting } from './acceptors.ts';
import { content, MemoryServer, ok, okBlock } from './memory-server.ts';
import { clientStart, frame, getRequest, headers, postRequest, setting } from './wire.ts';

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
