import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { okHello, request, SeenResponse, testClient } from './harness.ts';

describe('HTTP/1.1 client: connections that stay', () => {
  it('carries one request after another', () => {
    const client = testClient();
    for (const round of [1, 2, 3]) {
      const seen = new SeenResponse();
      client.connection.open(request(), true, seen);
      client.feed(okHello);
      assert.equal(seen.content, 'hello');
      assert.equal(client.connection.used, round);
    }
    client.connection.retire();
    assert.equal(client.transport.destroyed, true);
    assert.deepEqual(client.owner, ['capacity 1', 'capacity 1', 'capacity 1', 'closed']);
  });

  it('closes after the request under way when it is retired', () => {
    const client = testClient();
    const seen = new SeenResponse();
    client.connection.open(request(), true, seen);
    client.connection.retire();
    assert.equal(client.transport.destroyed, false);
    client.feed(okHello);
    assert.deepEqual(seen.events, ['head', 'end']);
    assert.deepEqual(client.owner, ['closed']);
    assert.equal(client.transport.destroyed, true);
  });

  it('does not use a connection again whose response came before the request had ended', () => {
    const client = testClient();
    const seen = new SeenResponse();
    const stream = client.connection.open(request({ method: 'PUT', contentLength: 9 }), false, seen);
    client.feed(okHello);
    stream.write(Buffer.from('123456789'));
    stream.end(null);
    assert.deepEqual(seen.events, ['head', 'end']);
    assert.deepEqual(client.owner, ['closed']);
    assert.ok(!client.transport.text.includes('123456789'));
  });

  it('uses a connection again when the request ended while the response was under way', () => {
    const client = testClient();
    const seen = new SeenResponse();
    const stream = client.connection.open(request({ method: 'PUT', contentLength: 1 }), false, seen);
    client.feed('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
    stream.write(Buffer.from('1'));
    stream.end(null);
    client.feed('lo');
    assert.deepEqual(seen.events, ['head', 'end']);
    assert.deepEqual(client.owner, ['capacity 1']);
  });

  it('closes an idle connection on which the backend speaks', () => {
    const client = testClient();
    client.feed(okHello);
    assert.equal(client.transport.destroyed, true);
    assert.deepEqual(client.owner, ['closed']);
    client.connection.onClose(null);
    assert.deepEqual(client.owner, ['closed']);
  });

  it('stops and restarts reading, and reads again once the response has ended', () => {
    const client = testClient();
    const stream = client.connection.open(request(), true, new SeenResponse());
    stream.pause();
    assert.equal(client.transport.paused, true);
    stream.resume();
    assert.equal(client.transport.paused, false);
    stream.pause();
    client.feed(okHello);
    assert.equal(client.transport.paused, false);
  });

  it('tells when more can be written, once, to who was told to wait', () => {
    const client = testClient();
    const seen = new SeenResponse();
    const stream = client.connection.open(request({ method: 'PUT', contentLength: 3 }), false, seen);
    client.connection.onDrain();
    client.transport.accepting = false;
    assert.equal(stream.write(Buffer.from('abc')), false);
    client.connection.onDrain();
    client.connection.onDrain();
    assert.deepEqual(seen.events, ['writable']);
  });
});

describe('HTTP/1.1 client: connections that end', () => {
  it('says that nothing was processed only when a used connection died without a byte of response', () => {
    const cases: [string, boolean, string, boolean][] = [
      ['first request', false, '', false],
      ['later request', true, '', true],
      ['later request, part of a head', true, 'HTTP/1.1 2', false],
      ['later request, informational', true, 'HTTP/1.1 100 Continue\r\n\r\n', false],
      ['later request, part of the content', true, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel', false],
    ];
    for (const [name, used, bytes, unprocessed] of cases) {
      for (const error of [null, new Error('read ECONNRESET')]) {
        const client = testClient();
        if (used) {
          client.connection.open(request(), true, new SeenResponse());
          client.feed(okHello);
        }
        const seen = new SeenResponse();
        client.connection.open(request(), true, seen);
        if (bytes !== '') client.feed(bytes);
        if (error === null) client.connection.onEnd();
        client.connection.onClose(error);
        assert.equal(seen.failure?.unprocessed, unprocessed, name);
        assert.equal(seen.failure?.type, error === null ? 'connection-closed' : 'connection-reset');
        assert.equal(seen.failure?.cause, error);
        assert.equal(client.owner.filter((call) => call === 'closed').length, 1);
      }
    }
  });

  it('never takes content that was cut off for whole', () => {
    for (const bytes of [
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n',
      'HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello',
    ]) {
      const client = testClient();
      const seen = new SeenResponse();
      client.connection.open(request(), true, seen);
      client.feed(bytes);
      client.connection.onEnd();
      assert.deepEqual(seen.events, ['head', 'abort connection-closed']);
    }
    const reset = testClient();
    const seen = new SeenResponse();
    reset.connection.open(request(), true, seen);
    reset.feed('HTTP/1.1 200 OK\r\n\r\nhello');
    reset.connection.onClose(new Error('read ECONNRESET'));
    assert.deepEqual(seen.events, ['head', 'abort connection-reset']);
  });

  it('closes the connection of a request that is given up, without another call', () => {
    const client = testClient();
    const seen = new SeenResponse();
    const stream = client.connection.open(request(), true, seen);
    client.feed('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel');
    stream.abort();
    client.feed('lo');
    client.connection.onClose(null);
    assert.equal(client.transport.destroyed, true);
    assert.deepEqual(seen.events, ['head']);
    assert.deepEqual(client.owner, ['closed']);
  });

  it('tells the request under way when it is destroyed', () => {
    const client = testClient();
    const seen = new SeenResponse();
    client.connection.open(request(), true, seen);
    client.connection.destroy();
    assert.deepEqual(seen.events, ['abort connection-closed']);
    assert.equal(seen.failure?.unprocessed, false);
    assert.deepEqual(client.owner, ['closed']);
  });
});
