import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { SocketTransport } from '../../src/dataplanes/node/io/transport.ts';

interface Ends {
  readonly transport: SocketTransport;
  readonly events: string[];
  readonly closed: Promise<void>;
  /** The other end, as a plain socket. */
  readonly peer: net.Socket;
}

async function connect(): Promise<Ends> {
  const server = net.createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1');
  const [peer] = (await once(server, 'connection')) as [net.Socket];
  server.close();
  const transport = new SocketTransport(socket);
  const events: string[] = [];
  const closed = new Promise<void>((resolve) => {
    transport.attach({
      onData: (chunk) => events.push(`data ${chunk.toString('latin1')}`),
      onDrain: () => events.push('drain'),
      onEnd: () => {
        events.push('end');
        transport.end();
      },
      onClose: (error) => {
        events.push(error === null ? 'close' : 'error');
        resolve();
      },
    });
  });
  return { transport, events, closed, peer };
}

async function readAll(socket: net.Socket): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const part = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'a\0\xff\r\n'), maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 10_000, max: 90_000 }).map((size) => Buffer.alloc(size, size % 256)),
  fc.constant(null),
);

describe('SocketTransport', () => {
  it('sends strings and buffers of every size in the order they were written', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
        const { transport, peer, closed } = await connect();
        const expected: Buffer[] = [];
        for (const each of parts) {
          if (each === null) transport.flush();
          else {
            expected.push(typeof each === 'string' ? Buffer.from(each, 'latin1') : each);
            transport.write(each);
          }
        }
        transport.end();
        assert.ok((await readAll(peer)).equals(Buffer.concat(expected)));
        peer.end();
        await closed;
      }),
      { numRuns: 40 },
    );
  });

  it('asks for a pause when the peer does not read, and says when to go on', async () => {
    const { transport, events, peer, closed } = await connect();
    const chunk = Buffer.alloc(65_536);
    let written = 0;
    while (transport.write(chunk)) {
      written += chunk.length;
      assert.ok(written < 100_000_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(transport.buffered > 0);
    assert.deepEqual(events, []);
    transport.end();
    const received = await readAll(peer);
    assert.equal(received.length, written + chunk.length);
    assert.equal(transport.buffered, 0);
    peer.end();
    await closed;
    assert.deepEqual(events.slice(-2), ['end', 'close']);
  });

  it('tells drain once what was buffered has left', async () => {
    const { transport, events, peer, closed } = await connect();
    while (transport.write(Buffer.alloc(65_536))) await new Promise((resolve) => setImmediate(resolve));
    peer.resume();
    while (!events.includes('drain')) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(transport.write('x'), true);
    transport.destroy();
    peer.destroy();
    await closed;
  });

  it('drops what was not sent when it is destroyed', async () => {
    const { transport, events, peer, closed } = await connect();
    transport.write('never');
    transport.destroy();
    transport.write('neither');
    await closed;
    assert.equal((await readAll(peer)).length, 0);
    assert.deepEqual(events, ['close']);
    peer.destroy();
  });

  it('reads nothing while it is paused', async () => {
    const { transport, events, peer, closed } = await connect();
    transport.pause();
    peer.end('later');
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(events, []);
    transport.resume();
    await closed;
    assert.deepEqual(events, ['data later', 'end', 'close']);
  });

  it('tells an error by the last call', async () => {
    const { events, peer, closed } = await connect();
    peer.resetAndDestroy();
    await closed;
    assert.deepEqual(events, ['error']);
  });
});
