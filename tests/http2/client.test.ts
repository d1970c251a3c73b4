import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field } from './acceptors.ts';
import { getHead, MemoryClient, postHead } from './memory-client.ts';
import { turn } from './memory-transport.ts';
import { block, frame, headers, type Pairs, setting, uint32 } from './wire.ts';

const settings = frame(4, 0, 0);
const ok: Pairs = [[':status', '200']];

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

describe('responses', () => {
  it('tell informational heads, content and trailers', () => {
    const client = new MemoryClient();
    client.receive(settings);
    const exchange = client.open(getHead);
    client.receive(
      headers(
        1,
        [
          [':status', '103'],
          ['link', '</a>'],
        ],
        false,
      ),
      headers(1, [...ok, ['content-length', '5'], ['server', 'x'], ['host', 'y']], false),
      frame(0, 0, 1, 'hello'),
      headers(
        1,
        [
          ['x-t', '1'],
          ['content-type', 'x'],
        ],
        true,
      ),
    );
    assert.deepEqual(exchange.events, ['informational 103', 'head 200', 'hello', 'end x-t=1']);
    assert.equal(exchange.head?.contentLength, 5);
    assert.deepEqual(
      exchange.head?.fields.map((each) => each.name),
      ['server'],
    );
    client.close();
  });

  it('without content end with their head', () => {
    const client = new MemoryClient();
    client.receive(settings);
    const head = client.open({ ...getHead, method: 'HEAD' });
    const empty = client.open(getHead);
    const none = client.open(getHead);
    client.receive(
      headers(1, [...ok, ['content-length', '5']], true),
      headers(3, [[':status', '204']], true),
      headers(5, ok, true),
    );
    assert.deepEqual(
      [head.events, empty.events, none.events],
      [['head 200 ended'], ['head 204 ended'], ['head 200 ended']],
    );
    assert.deepEqual([head.head?.contentLength, none.head?.contentLength], [5, 0]);
    client.close();
  });

  it('that end early withdraw the request', async () => {
    const client = new MemoryClient();
    client.receive(frame(4, 0, 0, setting(4, 0)));
    const exchange = client.open(postHead, false);
    exchange.stream?.write(Buffer.alloc(100));
    client.receive(headers(1, [[':status', '413']], true));
    exchange.stream?.write(Buffer.alloc(100));
    exchange.stream?.end(null);
    assert.deepEqual((await client.described()).slice(1), ['RST_STREAM 1 0']);
    assert.deepEqual(exchange.events, ['head 413 ended']);
    assert.equal(client.connection.streams.size, 0);
    client.close();
  });

  it('wait while they are paused, whole, even beyond the end of the connection', () => {
    const client = new MemoryClient();
    client.receive(settings);
    const exchange = client.open(getHead);
    exchange.stream?.pause();
    client.receive(headers(1, ok, false), frame(0, 1, 1, 'late'));
    assert.deepEqual(exchange.events, ['head 200']);
    assert.equal(client.connection.streams.size, 0);
    client.connection.onClose(null);
    exchange.stream?.resume();
    assert.deepEqual(exchange.events, ['head 200', 'late', 'end']);
    client.close();
  });

  const broken: readonly (readonly [name: string, frames: readonly Buffer[]])[] = [
    ['no status', [headers(1, [['server', 'x']], true)]],
    ['two statuses', [headers(1, [...ok, ...ok], true)]],
    ['a status that is none', [headers(1, [[':status', '20']], true)]],
    ['status 101', [headers(1, [[':status', '101']], false)]],
    ['a status after a field', [headers(1, [['server', 'x'], ...ok], true)]],
    ['a pseudo-header of requests', [headers(1, [...ok, [':path', '/']], true)]],
    ['CRLF in a value', [headers(1, [...ok, ['x', 'a\r\nset-cookie: b']], true)]],
    ['transfer-encoding', [headers(1, [...ok, ['transfer-encoding', 'chunked']], true)]],
    ['connection', [headers(1, [...ok, ['connection', 'close']], true)]],
    ['two lengths', [headers(1, [...ok, ['content-length', '1'], ['content-length', '1']], false)]],
    ['a length and an end', [headers(1, [...ok, ['content-length', '1']], true)]],
    ['more content than its length', [headers(1, [...ok, ['content-length', '1']], false), frame(0, 0, 1, 'ab')]],
    ['less content than its length', [headers(1, [...ok, ['content-length', '3']], false), frame(0, 1, 1, 'ab')]],
    ['content with 204', [headers(1, [[':status', '204']], false), frame(0, 1, 1, 'ab')]],
    ['an informational end', [headers(1, [[':status', '103']], true)]],
    ['informational heads without end', Array.from({ length: 40 }, () => headers(1, [[':status', '103']], false))],
    ['a second head', [headers(1, ok, false), headers(1, ok, false)]],
    ['a pseudo-header in trailers', [headers(1, ok, false), headers(1, ok, true)]],
    ['content before its head', [frame(0, 0, 1, 'ab')]],
    ['an end before its head', [frame(0, 1, 1, '')]],
    ['too many fields', [headers(1, [...ok, ...Array.from({ length: 200 }, (_, n) => [`x-${n}`, ''] as const)], true)]],
  ];
  for (const [name, frames] of broken) {
    it(`with ${name} are errors of the backend`, async () => {
      const client = new MemoryClient();
      client.receive(settings);
      const exchange = client.open(getHead);
      client.receive(...frames);
      assert.equal(exchange.events.at(-1), 'abort protocol-error');
      assert.equal(exchange.events.filter((each) => each.startsWith('end') || each.includes('ended')).length, 0);
      assert.ok((await client.described()).includes('RST_STREAM 1 1'));
      client.close();
    });
  }
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
