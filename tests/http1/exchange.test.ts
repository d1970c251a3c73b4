import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { response, type SeenRequest, testServer } from './harness.ts';

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const post = (length: number, more = '') => `POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${more}\r\n`;
const empty = (request: SeenRequest | undefined): void => request?.stream.respond(response(204), true);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

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

describe('HTTP/1.1 server: upgrade', () => {
  const upgrade = get('/ws', 'Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n');

  it('opens a tunnel on 101 and gives it what was read already', async () => {
    const server = testServer();
    server.feed(`${upgrade}early`);
    const [seen] = server.requests;
    assert.equal(seen?.head.upgrade, 'websocket');
    assert.equal(seen?.content, '');
    seen?.stream.respond({ ...response(101), upgrade: 'websocket' }, false);
    await turn();
    server.feed('late');
    seen?.stream.write(Buffer.from('answer'));
    assert.equal(
      server.transport.text,
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nanswer',
    );
    assert.equal(seen?.content, 'earlylate');
    seen?.stream.end(null);
    seen?.stream.write(Buffer.from('ignored'));
    server.feed('more');
    server.connection.onEnd();
    server.connection.onClose(null);
    assert.equal(seen?.content, 'earlylatemore');
    assert.deepEqual(seen?.events, ['end']);
    assert.ok(!server.transport.text.includes('ignored'));
  });

  it('is plain HTTP when the answer is not 101', async () => {
    const server = testServer();
    server.feed(upgrade + get('/next'));
    server.requests[0]?.stream.respond(response(426, 0), true);
    await turn();
    assert.equal(server.requests[1]?.head.target, '/next');
  });

  const dropped: [string, string][] = [
    ['of another protocol', get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n')],
    ['of several protocols', get('/', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n')],
    ['in two lines', get('/', 'Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n')],
    ['that Connection does not name', get('/', 'Upgrade: websocket\r\n')],
    ['of a request with content', post(1, 'Connection: Upgrade\r\nUpgrade: websocket\r\n')],
    ['in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ];
  for (const [name, head] of dropped) {
    it(`drops an upgrade ${name}`, () => {
      const server = testServer();
      server.feed(head);
      assert.equal(server.requests[0]?.head.upgrade, '');
      assert.deepEqual(server.requests[0]?.head.fields, []);
    });
  }
});

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

describe('HTTP/1.1 server: slow clients', () => {
  /** Resolves when the server has written or closed as the condition says. */
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await turn();
  };
  const withWheel = async (
    limits: NonNullable<Parameters<typeof testServer>[0]>['limits'],
    run: (server: ReturnType<typeof testServer>) => Promise<void>,
  ): Promise<void> => {
    const wheel = new DeadlineWheel(1);
    // The wheel's timer does not keep the process alive; this one does, for as long as the test runs.
    const alive = setInterval(() => {}, 1_000);
    try {
      await run(testServer({ wheel, limits: { lingerTimeout: 60_000, ...limits } }));
    } finally {
      wheel.stop();
      clearInterval(alive);
    }
  };

  it('closes a connection that says nothing, without a word', () =>
    withWheel({ idleTimeout: 1 }, async (server) => {
      await until(() => server.transport.ended);
      assert.equal(server.transport.text, '');
      assert.deepEqual(server.errors, []);
    }));

  it('answers 408 to a head that does not come, however its bytes drip', () =>
    withWheel({ headTimeout: 3 }, async (server) => {
      server.feed('GET / HTTP/1.1\r\nX: ');
      await until(() => {
        server.feed('x');
        return server.transport.ended;
      });
      assert.match(server.transport.text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
      assert.equal(server.errors[0]?.stage, 'head');
    }));

  it('times each head anew', () =>
    withWheel({ headTimeout: 3 }, async (server) => {
      const head = get('/');
      server.feed(head.slice(0, 9));
      server.feed(head.slice(9));
      empty(server.requests[0]);
      server.transport.take();
      server.feed(head.slice(0, 9));
      await until(() => server.transport.ended);
      assert.match(server.transport.text, /^HTTP\/1\.1 408 /);
    }));

  it('answers 408 to content that does not come and aborts the request', () =>
    withWheel({ bodyTimeout: 1 }, async (server) => {
      server.feed(`${post(5)}he`);
      await until(() => server.transport.ended);
      assert.match(server.transport.text, /^HTTP\/1\.1 408 /);
      assert.deepEqual(server.requests[0]?.events, ['abort client-timeout']);
      assert.equal(server.errors[0]?.answered, true);
    }));

  it('breaks off where a response had begun', () =>
    withWheel({ bodyTimeout: 1 }, async (server) => {
      server.feed(`${post(5)}he`);
      server.requests[0]?.stream.respond(response(200), false);
      await until(() => server.transport.destroyed);
      assert.ok(!server.transport.text.includes('408'));
      assert.deepEqual(server.requests[0]?.events, ['abort client-timeout']);
      assert.equal(server.errors[0]?.answered, false);
    }));

  it('breaks off a response that the client does not take', () =>
    withWheel({ bodyTimeout: 1 }, async (server) => {
      server.feed(get('/'));
      server.transport.accepting = false;
      server.transport.buffered = 100;
      server.requests[0]?.stream.respond(response(200), false);
      await until(() => server.transport.destroyed);
      assert.deepEqual(server.requests[0]?.events, ['abort client-timeout']);
    }));

  it('destroys a closed connection whose client stays, not before the response has left', () =>
    withWheel({ lingerTimeout: 1, bodyTimeout: 20 }, async (server) => {
      server.feed(get('/', 'Connection: close\r\n'));
      server.transport.buffered = 50;
      empty(server.requests[0]);
      await until(() => {
        if (server.transport.buffered > 0) server.transport.buffered -= 1;
        return server.transport.destroyed;
      });
      assert.equal(server.transport.buffered, 0);
    }));

  it('destroys a closed connection whose client takes nothing', () =>
    withWheel({ lingerTimeout: 1, bodyTimeout: 1 }, async (server) => {
      server.feed(get('/', 'Connection: close\r\n'));
      server.transport.buffered = 50;
      empty(server.requests[0]);
      await until(() => server.transport.destroyed);
      assert.equal(server.closed(), 0);
    }));
});
