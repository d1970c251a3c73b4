import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { response, testServer } from './harness.ts';
import { empty, get, post, turn } from './requests.ts';

describe('HTTP/1.1 server: pipelining', () => {
  it('answers in order, one request at a time, and stops reading meanwhile', async () => {
    const server = testServer();
    server.feed(get('/1') + get('/2') + get('/3'));
    for (const index of [0, 1, 2]) {
      assert.deepEqual(
        server.requests.map((request) => request.head.target),
        ['/1', '/2', '/3'].slice(0, index + 1),
      );
      assert.equal(server.transport.paused, index < 2);
      server.requests[index]?.stream.respond(response(200 + index, 0), true);
      await turn();
    }
    assert.deepEqual(server.transport.text.match(/ 20[0-9] /g), [' 200 ', ' 201 ', ' 202 ']);
    assert.equal(server.connection.idle, true);
  });

  it('takes them in one go where they are answered at once', () => {
    const server = testServer({ onRequest: empty });
    server.feed(get('/1') + get('/2') + get('/3'));
    assert.equal(server.transport.text, 'HTTP/1.1 204 No Content\r\n\r\n'.repeat(3));
    assert.equal(server.transport.paused, false);
  });

  it('keeps what is cut between requests', async () => {
    const server = testServer();
    const text = get('/1') + get('/2');
    server.feed(text.slice(0, 60));
    server.feed(text.slice(60));
    empty(server.requests[0]);
    await turn();
    assert.equal(server.requests[1]?.head.target, '/2');
  });

  it('drops what was pipelined after a request that closes', async () => {
    const server = testServer();
    server.feed(get('/1', 'Connection: close\r\n') + get('/2'));
    empty(server.requests[0]);
    await turn();
    server.feed(get('/3'));
    assert.equal(server.requests.length, 1);
    assert.equal(server.transport.ended, true);
  });
});

describe('HTTP/1.1 server: 100-continue', () => {
  const waiting = post(5, 'Expect: 100-Continue\r\n');

  it('passes an informational 100 on to who waits for it', () => {
    const server = testServer();
    server.feed(waiting);
    const [seen] = server.requests;
    assert.equal(seen?.head.expectContinue, true);
    assert.equal(server.transport.text, '');
    seen?.stream.inform(100, []);
    server.feed('hello');
    seen?.stream.inform(103, []);
    empty(seen);
    seen?.stream.inform(103, []);
    assert.equal(
      server.transport.text,
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n',
    );
    assert.equal(seen?.content, 'hello');
    assert.equal(server.transport.ended, false);
  });

  it('sends no 100 to who does not wait, none to HTTP/1.0, and never a bare 101', () => {
    for (const head of [post(0), 'POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n']) {
      const server = testServer();
      server.feed(head);
      server.requests[0]?.stream.inform(100, []);
      server.requests[0]?.stream.inform(101, []);
      assert.equal(server.requests[0]?.head.expectContinue, false);
      assert.equal(server.transport.text, '');
    }
  });

  it('closes after a final response to who still waits: nobody could tell content from a request', () => {
    const server = testServer();
    server.feed(waiting);
    server.requests[0]?.stream.respond(response(413, 3), false);
    server.requests[0]?.stream.write(Buffer.from('no!'));
    server.requests[0]?.stream.end(null);
    assert.match(server.transport.text, /connection: close/);
    assert.equal(server.transport.ended, true);
    server.feed(get('/smuggled'));
    assert.equal(server.requests.length, 1);
  });
});

describe('HTTP/1.1 server: early responses', () => {
  it('announces the close when the whole response is there before the request', () => {
    const server = testServer({ onRequest: empty });
    server.feed(`${post(10)}hello`);
    assert.equal(server.transport.text, 'HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n');
    assert.equal(server.transport.ended, true);
    assert.equal(server.transport.destroyed, false);
    server.feed('world');
    assert.equal(server.requests[0]?.content, '');
    assert.deepEqual(server.requests[0]?.events, []);
  });

  it('keeps the connection when the request came whole in the same read', () => {
    const server = testServer({ onRequest: empty });
    server.feed(`${post(5)}hello${post(5, 'Expect: 100-continue\r\n')}hello${get('/next')}`);
    assert.equal(server.transport.text, 'HTTP/1.1 204 No Content\r\n\r\n'.repeat(3));
    assert.equal(server.requests[2]?.head.target, '/next');
  });

  it('reads the rest of the request when the response ended first, and keeps the connection', () => {
    const server = testServer();
    server.feed(`${post(10)}hello`);
    const [seen] = server.requests;
    seen?.stream.respond(response(200, 2), false);
    seen?.stream.write(Buffer.from('ok'));
    seen?.stream.end(null);
    server.feed(`world${get('/next')}`);
    assert.equal(seen?.content, 'hello');
    assert.deepEqual(seen?.events, []);
    assert.equal(server.requests[1]?.head.target, '/next');
    assert.equal(server.transport.ended, false);
  });

  it('reads a bounded amount of it', () => {
    const server = testServer({ limits: { discardedContent: 100 } });
    server.feed(post(1000));
    const [seen] = server.requests;
    seen?.stream.respond(response(200, 2), false);
    seen?.stream.write(Buffer.from('ok'));
    seen?.stream.end(null);
    server.feed('x'.repeat(100));
    assert.equal(server.transport.ended, false);
    server.feed('x');
    assert.equal(server.transport.ended, true);
    assert.equal(server.transport.destroyed, false);
    server.feed('x'.repeat(101));
    assert.equal(server.transport.destroyed, true);
  });

  it('lets a response and its request go on side by side', () => {
    const server = testServer();
    server.feed('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n');
    const [seen] = server.requests;
    seen?.stream.respond(response(200), false);
    seen?.stream.write(Buffer.from('AB'));
    server.feed('2\r\ncd\r\n0\r\nX-T: 1\r\n\r\n');
    seen?.stream.write(Buffer.from('CD'));
    seen?.stream.end(null);
    assert.equal(seen?.content, 'abcd');
    assert.deepEqual(
      seen?.trailers?.map((field) => field.line),
      ['x-t: 1\r\n'],
    );
    assert.match(server.transport.text, /\r\n\r\n2\r\nAB\r\n2\r\nCD\r\n0\r\n\r\n$/);
    assert.equal(server.connection.idle, true);
  });
});
