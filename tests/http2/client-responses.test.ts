import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getHead, MemoryClient, ok, postHead, settings } from './memory-client.ts';
import { frame, headers, setting } from './wire.ts';

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
