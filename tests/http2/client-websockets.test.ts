import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field } from './acceptors.ts';
import { getHead, MemoryClient, ok, settings } from './memory-client.ts';
import { turn } from './memory-transport.ts';
import { frame, headers, setting } from './wire.ts';

describe('WebSockets', () => {
  const upgrade = {
    ...getHead,
    upgrade: 'websocket',
    contentLength: -1,
    fields: [field('sec-websocket-key', 'k'), field('sec-websocket-version', '13')],
  };

  it('are not sent to a backend that does not take them', async () => {
    const client = new MemoryClient();
    client.receive(settings);
    const exchange = client.open(upgrade, false);
    await turn();
    assert.deepEqual(exchange.events, ['abort upgrade-refused']);
    client.close();
  });

  it('are an extended CONNECT to one that does', async () => {
    const client = new MemoryClient();
    client.receive(frame(4, 0, 0, setting(8, 1)));
    const exchange = client.open(upgrade, false);
    client.receive(headers(1, ok, false), frame(0, 0, 1, 'hi'), frame(0, 1, 1, ''));
    assert.deepEqual(exchange.events, ['head 101', 'hi', 'end']);
    assert.equal(exchange.head?.upgrade, 'websocket');
    exchange.stream?.write(Buffer.from('bye'));
    exchange.stream?.end(null);
    assert.deepEqual(await client.described(), [
      'HEADERS 1 :method: CONNECT, :scheme: https, :path: /, :authority: example.com, :protocol: websocket, sec-websocket-version: 13',
      'DATA 1 END_STREAM 3',
    ]);
    assert.equal(client.connection.streams.size, 0);
    client.close();
  });

  it('wait until the backend says whether it takes them, and other requests do not', async () => {
    const client = new MemoryClient();
    const given = client.open(upgrade, false);
    const waiting = client.open(upgrade, false);
    const other = client.open(getHead);
    given.stream?.abort();
    waiting.stream?.write(Buffer.from('early'));
    assert.equal(client.connection.capacity, 98);
    client.receive(frame(4, 0, 0, setting(8, 1)));
    assert.deepEqual(await client.described(), [
      'HEADERS 1 END_STREAM :method: GET, :scheme: https, :path: /, :authority: example.com',
      'HEADERS 3 :method: CONNECT, :scheme: https, :path: /, :authority: example.com, :protocol: websocket, sec-websocket-version: 13',
      'DATA 3 5',
    ]);
    client.receive(headers(3, ok, false));
    assert.deepEqual(waiting.events, ['writable', 'head 101']);
    assert.deepEqual([given.events, other.events], [[], []]);
    client.close();
  });

  it('that wait are told when there is no waiting any more', () => {
    const refused = new MemoryClient();
    const exchange = refused.open(upgrade, false);
    refused.receive(settings);
    assert.deepEqual(exchange.events, ['abort upgrade-refused']);
    refused.close();

    const closed = new MemoryClient();
    const lost = closed.open(upgrade, false);
    closed.connection.onEnd();
    assert.deepEqual(lost.events, ['abort connection-closed unprocessed']);
    closed.close();

    const full = new MemoryClient();
    const late = full.open(upgrade, false);
    full.receive(frame(4, 0, 0, Buffer.concat([setting(8, 1), setting(3, 0)])));
    assert.deepEqual(late.events, ['abort connection-closed unprocessed']);
    full.close();
  });

  it('that wait are served by a connection that takes no more requests', async () => {
    const client = new MemoryClient();
    const exchange = client.open(upgrade, false);
    client.connection.retire();
    client.receive(frame(4, 0, 0, setting(8, 1)));
    client.receive(headers(1, ok, false));
    assert.deepEqual(exchange.events, ['head 101']);
    exchange.stream?.abort();
    assert.ok((await client.sent()).some(({ type }) => type === 7));
    client.close();
  });

  it('wait no longer than a head may take', async () => {
    const client = new MemoryClient({ limits: { headTimeout: 10 } });
    const exchange = client.open(upgrade, false);
    while (exchange.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    assert.deepEqual(exchange.events, ['abort protocol-error']);
    client.close();
  });

  it('may be refused with a status', () => {
    const client = new MemoryClient();
    client.receive(frame(4, 0, 0, setting(8, 1)));
    const exchange = client.open(upgrade, false);
    client.receive(headers(1, [[':status', '403']], true));
    assert.deepEqual(exchange.events, ['head 403 ended']);
    client.close();
  });
});
