import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { echo } from './acceptors.ts';
import { content, MemoryServer } from './memory-server.ts';
import { turn } from './memory-transport.ts';
import { block, clientStart, describeFrames, frame, getRequest, headers, postRequest } from './wire.ts';

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
