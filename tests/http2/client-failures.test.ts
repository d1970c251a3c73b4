import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getHead, MemoryClient, ok, settings } from './memory-client.ts';
import { turn } from './memory-transport.ts';
import { block, frame, headers, uint32 } from './wire.ts';

describe('failures', () => {
  it('say what the backend cannot have acted on', async () => {
    const client = new MemoryClient();
    client.receive(settings);
    const [one, two, three] = [client.open(getHead), client.open(getHead), client.open(getHead)];
    client.receive(frame(3, 0, 1, uint32(7)));
    assert.deepEqual(one?.events, ['abort stream-reset unprocessed']);
    client.receive(frame(7, 0, 0, uint32(3, 0)));
    assert.deepEqual(three?.events, ['abort connection-closed unprocessed']);
    assert.equal(client.closed, 1);
    assert.equal(client.connection.capacity, 0);
    client.receive(headers(3, ok, true));
    assert.deepEqual(two?.events, ['head 200 ended']);
    await turn();
    assert.equal(client.transport.ended, true);
    client.close();
    assert.equal(client.closed, 1);
  });

  it('of a reset stream name its code', () => {
    const client = new MemoryClient();
    client.receive(settings);
    const exchange = client.open(getHead);
    client.receive(frame(3, 0, 1, uint32(2)));
    assert.deepEqual(exchange.events, ['abort stream-reset']);
    assert.match(exchange.failure?.message ?? '', /INTERNAL_ERROR/);
    client.close();
  });

  it('of a connection carry what the socket told', () => {
    const client = new MemoryClient();
    client.receive(settings);
    const first = client.open(getHead);
    client.receive(headers(1, ok, true));
    const second = client.open(getHead);
    const cause = new Error('read ECONNRESET');
    client.connection.onClose(cause);
    assert.deepEqual(first.events, ['head 200 ended']);
    assert.deepEqual(second.events, ['abort connection-reset unprocessed']);
    assert.equal(second.failure?.cause, cause);
    client.close();
  });

  it('on a first request, or after a word of the backend, are not taken for unprocessed', () => {
    for (const words of [[], [settings, frame(6, 0, 0, Buffer.alloc(8))]]) {
      const client = new MemoryClient();
      const exchange = client.open(getHead);
      client.receive(...words);
      client.connection.onEnd();
      assert.deepEqual(exchange.events, ['abort connection-closed']);
      client.close();
    }
  });

  const violations: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['PUSH_PROMISE', frame(5, 4, 1, Buffer.concat([uint32(2), Buffer.from(block(ok), 'latin1')]))],
    ['HEADERS of an even stream', headers(2, ok, true)],
    ['HEADERS of a stream that was never opened', headers(9, ok, true)],
    ['a header block that does not decode', frame(1, 5, 1, '\x80')],
    ['a frame that is too long', Buffer.from([0x00, 0x40, 0x01, 0, 0, 0, 0, 0, 1])],
  ];
  for (const [name, bytes] of violations) {
    it(`end the connection for ${name}`, async () => {
      const client = new MemoryClient();
      client.receive(settings);
      const exchange = client.open(getHead);
      client.receive(bytes);
      assert.deepEqual(exchange.events, ['abort protocol-error']);
      assert.equal(client.closed, 1);
      assert.ok((await client.sent()).some(({ type }) => type === 7));
      client.close();
    });
  }

  it('end the connection for a backend that does not begin with SETTINGS', () => {
    const client = new MemoryClient();
    const exchange = client.open(getHead);
    client.receive(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    assert.deepEqual(exchange.events, ['abort protocol-error']);
    client.close();
  });

  it('end the connection of a backend that shows no life', async () => {
    const client = new MemoryClient({ keepAlive: 10 });
    client.receive(settings);
    const exchange = client.open(getHead);
    while (!client.transport.destroyed) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.equal((await client.sent()).filter(({ type }) => type === 6).length, 1);
    assert.equal(exchange.events[0]?.startsWith('abort'), true);
    client.close();
  });
});

describe('retiring', () => {
  it('closes once the requests on it have ended', async () => {
    const client = new MemoryClient();
    client.receive(settings);
    const exchange = client.open(getHead);
    client.connection.retire();
    assert.equal(client.connection.capacity, 0);
    assert.equal(client.closed, 1);
    assert.equal(client.transport.ended, false);
    client.receive(headers(1, ok, true));
    assert.deepEqual(exchange.events, ['head 200 ended']);
    await turn();
    assert.equal(client.transport.ended, true);
    client.close();
  });
});
