import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { response, testServer } from './harness.ts';
import { empty, get, post } from './requests.ts';

describe('HTTP/1.1 server: back-pressure', () => {
  it('stops and restarts reading as the handler asks', () => {
    const server = testServer();
    server.feed(`${post(10)}hello`);
    const [seen] = server.requests;
    seen?.stream.pause();
    assert.equal(server.transport.paused, true);
    seen?.stream.resume();
    assert.equal(server.transport.paused, false);
    seen?.stream.pause();
    server.feed('world');
    empty(seen);
    assert.equal(server.transport.paused, false);
  });

  it('tells when more can be written, once, to who was told to wait', () => {
    const server = testServer();
    server.feed(get('/'));
    const [seen] = server.requests;
    seen?.stream.respond(response(200), false);
    server.connection.onDrain();
    server.transport.accepting = false;
    assert.equal(seen?.stream.write(Buffer.from('x')), false);
    server.connection.onDrain();
    server.connection.onDrain();
    assert.deepEqual(seen?.events, ['writable']);
  });

  it('does not copy content', () => {
    const server = testServer();
    server.feed(post(70_000));
    const chunk = Buffer.alloc(65_536, 1);
    let given: Buffer | undefined;
    const [seen] = server.requests;
    assert.ok(seen);
    seen.onData = (content) => {
      given = content;
    };
    server.feed(chunk);
    assert.equal(given, chunk);
  });
});

describe('HTTP/1.1 server: connections that end', () => {
  it('aborts the request of a client that goes', () => {
    const ways: [string, (server: ReturnType<typeof testServer>) => void][] = [
      ['client-closed', (server) => server.connection.onEnd()],
      ['client-closed', (server) => server.connection.onClose(null)],
      ['client-reset', (server) => server.connection.onClose(new Error('read ECONNRESET'))],
      ['shutdown', (server) => server.connection.destroy()],
    ];
    for (const [reason, leave] of ways) {
      for (const text of [get('/'), `${post(5)}he`]) {
        const server = testServer();
        server.feed(text);
        leave(server);
        server.connection.onClose(null);
        const [seen] = server.requests;
        assert.deepEqual(seen?.events, [`abort ${reason}`]);
        seen?.stream.respond(response(200), false);
        assert.equal(seen?.stream.write(Buffer.from('x')), true);
        seen?.stream.end(null);
        assert.equal(server.transport.text, '');
      }
    }
  });

  it('tells its owner once that it is gone', () => {
    const server = testServer({ onRequest: empty });
    server.feed(get('/'));
    server.connection.onEnd();
    assert.equal(server.transport.ended, true);
    server.connection.onClose(null);
    assert.equal(server.closed(), 1);
    assert.deepEqual(server.requests[0]?.events, []);
  });

  it('closes at once when it is retired idle, else after the response', () => {
    const idle = testServer({ onRequest: empty });
    idle.feed(get('/'));
    idle.connection.retire();
    assert.equal(idle.transport.ended, true);

    const busy = testServer();
    busy.feed(get('/'));
    busy.connection.retire();
    assert.equal(busy.transport.ended, false);
    empty(busy.requests[0]);
    assert.match(busy.transport.text, /connection: close/);
    assert.equal(busy.transport.ended, true);
  });

  it('answers the next request when it is dismissed, and closes then', () => {
    const server = testServer({ onRequest: empty });
    server.feed(get('/'));
    server.connection.dismiss();
    assert.equal(server.transport.ended, false);
    server.feed(get('/'));
    assert.match(server.transport.text, /connection: close/);
    assert.equal(server.transport.ended, true);
  });

  it('closes after a response whose head had not said so when it is retired within it', () => {
    const server = testServer();
    server.feed(get('/'));
    const [seen] = server.requests;
    seen?.stream.respond(response(200, 2), false);
    server.connection.retire();
    seen?.stream.write(Buffer.from('ok'));
    assert.equal(server.transport.ended, false);
    seen?.stream.end(null);
    assert.ok(!server.transport.text.includes('close'));
    assert.equal(server.transport.ended, true);
  });

  it('answers a request whose head was under way when it was retired', () => {
    const server = testServer({ onRequest: empty });
    server.feed('GET / HT');
    server.connection.retire();
    assert.equal(server.transport.ended, false);
    server.feed('TP/1.1\r\nHost: a\r\n\r\n');
    assert.match(server.transport.text, /connection: close/);
    assert.equal(server.transport.ended, true);
  });
});
