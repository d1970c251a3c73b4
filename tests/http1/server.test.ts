import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, plainClient, response, type SeenRequest, testServer } from './harness.ts';

const hello = Buffer.from('hello');
const sendHello = (request: SeenRequest): void => {
  request.stream.respond(response(200, 5), false);
  request.stream.write(hello);
  request.stream.end(null);
};
const get = 'GET /a?b HTTP/1.1\r\nHost: Example.Test:80\r\nAccept: */*\r\n\r\n';

describe('HTTP/1.1 server: heads', () => {
  it('gives the acceptor the head without what belongs to the hop', () => {
    const server = testServer();
    server.feed(
      'POST /p HTTP/1.1\r\nHost: a.test\r\nContent-Length: 3\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n' +
        'Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\nX-End: 2\r\n\r\nabc',
    );
    const [seen] = server.requests;
    assert.ok(seen);
    assert.deepEqual(
      { ...seen.head, fields: seen.head.fields.map((each) => each.line) },
      {
        method: 'POST',
        target: '/p',
        authority: 'a.test',
        fields: ['x-end: 2\r\n'],
        contentLength: 3,
        expectContinue: false,
        upgrade: '',
        acceptsTrailers: true,
      },
    );
    assert.equal(seen.content, 'abc');
    assert.deepEqual(seen.events, ['end']);
  });

  it('says that a request without content ends with its head', () => {
    const server = testServer();
    server.feed(get);
    assert.equal(server.requests[0]?.stream.ended, true);
    assert.deepEqual(server.requests[0]?.events, []);
    assert.equal(server.requests[0]?.head.authority, 'example.test:80');
    assert.equal(server.requests[0]?.head.target, '/a?b');
  });

  const targets: [string, string, string, string][] = [
    ['absolute form', 'GET http://a.test/x?y HTTP/1.1\r\nHost: a.test', '/x?y', 'a.test'],
    ['absolute form in other case', 'GET HTTP://A.test/x HTTP/1.1\r\nHost: a.TEST', '/x', 'a.test'],
    ['absolute form without a path', 'GET http://a.test HTTP/1.1\r\nHost: a.test', '/', 'a.test'],
    ['absolute form with a query only', 'GET http://a.test?q HTTP/1.1\r\nHost: a.test', '/?q', 'a.test'],
    ['absolute form for the whole server', 'OPTIONS http://a.test HTTP/1.1\r\nHost: a.test', '*', 'a.test'],
    ['asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: a.test', '*', 'a.test'],
    ['absolute form in HTTP/1.0 without Host', 'GET http://a.test/x HTTP/1.0', '/x', 'a.test'],
    ['HTTP/1.0 without Host', 'GET /x HTTP/1.0', '/x', ''],
    [
      'characters that browsers send raw',
      'GET /a|b[c]{d}"<>^`\\ HTTP/1.1\r\nHost: [::1]:8080',
      '/a|b[c]{d}"<>^`\\',
      '[::1]:8080',
    ],
  ];
  for (const [name, head, target, authority] of targets) {
    it(`takes the ${name}`, () => {
      const server = testServer();
      server.feed(`${head}\r\n\r\n`);
      assert.deepEqual([server.requests[0]?.head.target, server.requests[0]?.head.authority], [target, authority]);
    });
  }

  it('takes an absolute form of the scheme that the connection has', () => {
    const secure = {
      ...plainClient,
      tls: { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', serverName: 'a.test' },
    };
    for (const [scheme, client, taken] of [
      ['https', secure, true],
      ['http', secure, false],
      ['http', plainClient, true],
      ['https', plainClient, false],
    ] as const) {
      const server = testServer({ client });
      server.feed(`GET ${scheme}://a.test/x HTTP/1.1\r\nHost: a.test\r\n\r\n`);
      assert.equal(server.requests.length, taken ? 1 : 0);
      if (!taken) assert.match(server.transport.text, /^HTTP\/1\.1 421 Misdirected Request\r\n/);
    }
  });

  it('skips a few empty lines before a request, in one read or in many', () => {
    for (const split of [false, true]) {
      const server = testServer({ onRequest: sendHello });
      const text = `\r\n${get}\r\n\r\n`;
      if (split) for (const character of text) server.feed(character);
      else server.feed(text);
      assert.equal(server.requests.length, 1);
      assert.equal(server.transport.ended, false);
    }
  });
});

describe('HTTP/1.1 server: responses', () => {
  const cases: [string, string, (request: SeenRequest) => void, string, boolean][] = [
    ['with a length', get, sendHello, 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', false],
    [
      'in chunks with trailers',
      get,
      ({ stream }) => {
        stream.respond(response(200, -1, [field('X-A', '1')]), false);
        stream.write(hello);
        stream.write(Buffer.alloc(0));
        stream.end([field('X-Sum', '9'), field('Content-Length', '9'), field('Set-Cookie', 'a')]);
      },
      'HTTP/1.1 200 OK\r\nx-a: 1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx-sum: 9\r\n\r\n',
      false,
    ],
    [
      'to HTTP/1.0 until the connection closes',
      'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      ({ stream }) => {
        stream.respond(response(200), false);
        stream.write(hello);
        stream.end([field('X-Sum', '9')]);
      },
      'HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello',
      true,
    ],
    [
      'to HTTP/1.0 that asks for the connection',
      'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n',
      sendHello,
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: keep-alive\r\n\r\nhello',
      false,
    ],
    [
      'to HTTP/1.0',
      'GET / HTTP/1.0\r\n\r\n',
      sendHello,
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello',
      true,
    ],
    [
      'to HEAD with the length that GET would have',
      'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
      ({ stream }) => stream.respond(response(200, 5), true),
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
      false,
    ],
    [
      'to HEAD whose handler writes content all the same',
      'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n',
      sendHello,
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
      false,
    ],
    ['204', get, ({ stream }) => stream.respond(response(204, 0), true), 'HTTP/1.1 204 No Content\r\n\r\n', false],
    [
      '304',
      get,
      ({ stream }) => stream.respond(response(304, 7), true),
      'HTTP/1.1 304 Not Modified\r\ncontent-length: 7\r\n\r\n',
      false,
    ],
    [
      '205',
      get,
      ({ stream }) => stream.respond(response(205), true),
      'HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n',
      false,
    ],
    [
      'that ends with its head whatever length it has',
      get,
      ({ stream }) => stream.respond(response(200, 5), true),
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
      false,
    ],
    [
      'to a client that closes',
      'GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n',
      sendHello,
      'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello',
      true,
    ],
    [
      'without fields that frame it, whoever put them there',
      get,
      ({ stream }) =>
        stream.respond(response(200, 0, [field('Transfer-Encoding', 'chunked'), field('Connection', 'close')]), true),
      'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n',
      false,
    ],
  ];
  for (const [name, text, onRequest, expected, closes] of cases) {
    it(`sends one ${name}`, () => {
      const server = testServer({ onRequest });
      server.feed(text);
      assert.equal(server.transport.text, expected);
      assert.equal(server.transport.ended, closes);
      assert.equal(server.transport.destroyed, false);
    });
  }

  const broken: [string, (request: SeenRequest) => void][] = [
    [
      'ends before its length',
      ({ stream }) => {
        stream.respond(response(200, 6), false);
        stream.write(hello);
        stream.end(null);
      },
    ],
    [
      'goes beyond its length',
      ({ stream }) => {
        stream.respond(response(200, 4), false);
        stream.write(hello);
        stream.end(null);
      },
    ],
    [
      'is aborted',
      ({ stream }) => {
        stream.respond(response(200), false);
        stream.write(hello);
        stream.abort();
        stream.end(null);
      },
    ],
    ['switches protocols unasked', ({ stream }) => stream.respond({ ...response(101), upgrade: 'websocket' }, false)],
  ];
  for (const [name, onRequest] of broken) {
    it(`breaks off a response that ${name}`, () => {
      const server = testServer({ onRequest });
      server.feed(get);
      assert.equal(server.transport.destroyed, true);
      assert.ok(!server.transport.text.includes('0\r\n\r\n'));
      assert.ok(!server.transport.text.includes('hello') || !server.transport.text.includes('content-length: 4'));
      server.connection.onClose(null);
      assert.deepEqual(server.requests[0]?.events, []);
      assert.equal(server.closed(), 1);
    });
  }
});
