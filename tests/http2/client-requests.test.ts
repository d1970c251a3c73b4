import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field } from './acceptors.ts';
import { getHead, MemoryClient, ok, postHead, settings } from './memory-client.ts';
import { frame, headers, setting, uint32 } from './wire.ts';

describe('requests', () => {
  it('go out with pseudo-headers first, their length and their fields', async () => {
    const client = new MemoryClient();
    client.receive(settings);
    client.open({ ...getHead, fields: [field('x-a', 'b')], acceptsTrailers: true });
    const post = client.open({ ...postHead, contentLength: 3, expectContinue: true }, false);
    post.stream?.write(Buffer.from('abc'));
    post.stream?.end(null);
    const chunked = client.open({ ...postHead, target: '/up?x=1' }, false);
    chunked.stream?.end([field('x-t', '1')]);
    assert.deepEqual(await client.described(), [
      'HEADERS 1 END_STREAM :method: GET, :scheme: https, :path: /, :authority: example.com, te: trailers, x-a: b',
      'HEADERS 3 :method: POST, :scheme: https, :path: /, :authority: example.com, content-length: 3, expect: 100-continue',
      'DATA 3 END_STREAM 3',
      'HEADERS 5 :method: POST, :scheme: https, :path: /up?x=1, :authority: example.com',
      'HEADERS 5 END_STREAM x-t: 1',
    ]);
    client.close();
  });

  it('wait for the window of the backend', async () => {
    const client = new MemoryClient();
    client.receive(frame(4, 0, 0, setting(4, 4)));
    const exchange = client.open(postHead, false);
    assert.equal(exchange.stream?.write(Buffer.alloc(100_000)), false);
    client.receive(frame(8, 0, 1, uint32(100_000)), frame(8, 0, 0, uint32(100_000)));
    assert.deepEqual(exchange.events, ['writable']);
    client.close();
  });

  it('are reset when they are given up', async () => {
    const client = new MemoryClient();
    client.receive(settings);
    const exchange = client.open(getHead);
    exchange.stream?.abort();
    client.receive(headers(1, ok, true));
    assert.deepEqual((await client.described()).slice(1), ['RST_STREAM 1 8']);
    assert.deepEqual(exchange.events, []);
    client.close();
  });
});

describe('requests that are given up', () => {
  it('may still be answered with as many frames as the window allowed, not more', async () => {
    const client = new MemoryClient();
    client.receive(settings);
    const other = client.open(getHead);
    client.open(getHead).stream?.abort();
    client.receive(headers(3, ok, false));
    for (let sent = 0; sent < 5_000; sent += 1) client.receive(frame(0, 0, 3, 'x'.repeat(50)));
    assert.deepEqual(other.events, []);
    // Far beyond the window of the stream.
    for (let sent = 0; sent < 5_000; sent += 1) client.receive(frame(0, 0, 3, 'x'.repeat(50)));
    assert.deepEqual(other.events, ['abort protocol-error']);
    client.close();
  });

  it('do not end the connection, however many there are', () => {
    const client = new MemoryClient();
    client.receive(settings);
    for (let n = 0; n < 2_000; n += 1) {
      const exchange = client.open(getHead);
      if (n % 2 === 0) exchange.stream?.abort();
      else client.receive(frame(3, 0, n * 2 + 1, uint32(2)));
    }
    assert.equal(client.connection.capacity, 256);
    client.close();
  });
});

describe('capacity', () => {
  it('follows the limit of the backend', () => {
    const client = new MemoryClient();
    assert.equal(client.connection.capacity, 100);
    client.receive(frame(4, 0, 0, setting(3, 2)));
    assert.deepEqual(client.capacities, [2]);
    client.open(getHead);
    client.open(getHead);
    assert.equal(client.connection.capacity, 0);
    client.receive(headers(1, ok, true));
    assert.deepEqual(client.capacities, [2, 1]);
    client.receive(frame(4, 0, 0, setting(3, 50)));
    assert.equal(client.connection.capacity, 49);
    assert.equal(client.connection.used, 2);
    client.close();
  });

  it('is told again when all streams end at once', () => {
    const client = new MemoryClient();
    client.receive(frame(4, 0, 0, setting(3, 0)));
    assert.equal(client.connection.capacity, 0);
    client.receive(frame(4, 0, 0, setting(3, 1)));
    assert.deepEqual(client.capacities, [0, 1]);
    client.close();
  });
});
