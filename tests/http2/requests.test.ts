import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MemoryServer } from './memory-server.ts';
import { clientStart, getRequest, headers, type Pairs, postRequest } from './wire.ts';

const RESET = 'reset';

function replacing(name: string, value: string): Pairs {
  return getRequest.map(([each, old]) => [each, each === name ? value : old]);
}

function without(name: string): Pairs {
  return getRequest.filter(([each]) => each !== name);
}

function adding(...pairs: Pairs): Pairs {
  return [...getRequest, ...pairs];
}

/**
 * Requests that must not reach an acceptor. `reset` is RST_STREAM with PROTOCOL_ERROR (RFC 9113 section 8.1.1), a number
 * is the status that is answered. Sources: RFC 9113 sections 8.2 and 8.3; "HTTP/2: The Sequel is Always Worse" (Kettle,
 * 2021) for what becomes another request when it is written as HTTP/1.1.
 */
const attacks: readonly (readonly [name: string, request: Pairs, outcome: typeof RESET | number])[] = [
  ['LF in a value', adding(['x-a', 'b\nhost: evil']), RESET],
  ['CRLF in a value', adding(['x-a', 'b\r\ntransfer-encoding: chunked']), RESET],
  ['a bare CR in a value', adding(['x-a', 'b\rc']), RESET],
  ['NUL in a value', adding(['x-a', 'b\0c']), RESET],
  ['a control character in a value', adding(['x-a', 'b\x01c']), RESET],
  ['DEL in a value', adding(['x-a', 'b\x7fc']), RESET],
  ['a space before a value', adding(['x-a', ' b']), RESET],
  ['a tab after a value', adding(['x-a', 'b\t']), RESET],
  ['a colon in a name', adding(['x-a: b', 'c']), RESET],
  ['a name that is a header line', adding(['transfer-encoding: chunked', '']), RESET],
  ['CRLF in a name', adding(['x-a\r\nx-b', 'c']), RESET],
  ['a space in a name', adding(['transfer-encoding ', 'chunked']), RESET],
  ['upper case in a name', adding(['X-A', 'b']), RESET],
  ['an empty name', adding(['', 'b']), RESET],
  ['a non-ASCII name', adding(['x-\xe9', 'b']), RESET],
  ['transfer-encoding', adding(['transfer-encoding', 'chunked']), RESET],
  ['transfer_encoding', adding(['transfer_encoding', 'chunked']), RESET],
  ['content_length', adding(['content_length', '5']), RESET],
  ['connection', adding(['connection', 'x-forwarded-for']), RESET],
  ['keep-alive', adding(['keep-alive', 'timeout=5']), RESET],
  ['proxy-connection', adding(['proxy-connection', 'keep-alive']), RESET],
  ['upgrade', adding(['upgrade', 'h2c']), RESET],
  ['te other than trailers', adding(['te', 'gzip']), RESET],
  ['te with trailers and more', adding(['te', 'trailers, chunked']), RESET],
  ['an unknown pseudo-header', [...getRequest, [':unknown', 'x']], RESET],
  ['a pseudo-header of responses', [...getRequest, [':status', '200']], RESET],
  ['a pseudo-header after a field', [['x-a', 'b'], ...getRequest], RESET],
  ['two paths', [...getRequest, [':path', '/other']], RESET],
  ['two authorities', [...getRequest, [':authority', 'other.com']], RESET],
  ['two methods', [...getRequest, [':method', 'POST']], RESET],
  ['no method', without(':method'), RESET],
  ['no path', without(':path'), RESET],
  ['no scheme', without(':scheme'), RESET],
  ['a request line in the method', replacing(':method', 'GET / HTTP/1.1\r\nhost: evil\r\n\r\nGET'), RESET],
  ['a space in the method', replacing(':method', 'GET /evil'), RESET],
  ['an empty method', replacing(':method', ''), RESET],
  ['a space in the path', replacing(':path', '/ HTTP/1.1'), RESET],
  ['CRLF in the path', replacing(':path', '/\r\nx-a: b'), RESET],
  ['NUL in the path', replacing(':path', '/\0'), RESET],
  ['a fragment', replacing(':path', '/a#b'), RESET],
  ['a raw non-ASCII path', replacing(':path', '/\xc3\xa9'), RESET],
  ['an empty path', replacing(':path', ''), RESET],
  ['an absolute path form', replacing(':path', 'http://evil.com/'), RESET],
  ['a path without a slash', replacing(':path', 'evil.com:80'), RESET],
  ['an asterisk without OPTIONS', replacing(':path', '*'), RESET],
  ['a scheme with a path', replacing(':scheme', 'http://evil.com/x?'), RESET],
  ['another scheme', replacing(':scheme', 'ftp'), RESET],
  ['a tab in the authority', replacing(':authority', 'example.com\tx'), 400],
  ['user information in the authority', replacing(':authority', 'good.com@evil.com'), 400],
  ['a path in the authority', replacing(':authority', 'example.com/admin'), 400],
  ['two hosts in the authority', replacing(':authority', 'a.com,b.com'), 400],
  ['an empty authority', replacing(':authority', ''), 400],
  ['no authority and no host', without(':authority'), 400],
  ['a Host that differs', adding(['host', 'evil.com']), 400],
  ['a Host with another port', adding(['host', 'example.com:8443']), 400],
  ['two Hosts', adding(['host', 'example.com'], ['host', 'example.com']), RESET],
  ['content-length with a sign', adding(['content-length', '+0']), RESET],
  ['content-length as a list', adding(['content-length', '0, 0']), RESET],
  ['content-length twice', adding(['content-length', '0'], ['content-length', '0']), RESET],
  ['content-length in hexadecimal', adding(['content-length', '0x0']), RESET],
  ['content-length with a leading zero', adding(['content-length', '00']), RESET],
  ['content-length beyond integers', adding(['content-length', '99999999999999999999']), RESET],
  ['content-length without content', adding(['content-length', '5']), RESET],
  ['an unknown expectation', adding(['expect', '200-maybe']), 417],
  [
    'CONNECT',
    [
      [':method', 'CONNECT'],
      [':authority', 'example.com:443'],
    ],
    501,
  ],
  ['a protocol without CONNECT', [...getRequest, [':protocol', 'websocket']], RESET],
  ['an unknown protocol', [...replacing(':method', 'CONNECT'), [':protocol', 'connect-udp']], 501],
  ['too many fields', adding(...Array.from({ length: 200 }, (_, index) => [`x-${index}`, 'v'] as const)), 431],
  ['fields that are too large', adding(['x-a', 'v'.repeat(15_000)], ['x-b', 'v'.repeat(1_000)]), 431],
  ['a target that is too long', replacing(':path', `/${'a'.repeat(9_000)}`), 414],
];

describe('requests that are refused', () => {
  for (const [name, request, outcome] of attacks) {
    it(`${name}: ${outcome}`, async () => {
      const server = new MemoryServer(null, { headSize: 16_000, requestLine: 8_192 });
      server.receive(clientStart, headers(1, request, true));
      assert.equal(server.seen.length, 0);
      const frames = await server.described();
      if (outcome === RESET) assert.deepEqual(frames, ['RST_STREAM 1 1']);
      else assert.deepEqual(frames, [`HEADERS 1 END_STREAM :status: ${outcome}, content-length: 0`]);
      assert.equal(server.errors.length, 1);
      assert.equal(server.errors[0]?.violation.status, outcome === RESET ? 0 : outcome);
      // The connection is as good as before.
      server.receive(headers(3, getRequest, true));
      assert.equal(server.seen.length, 1);
      server.close();
    });
  }
});

describe('requests that are served', () => {
  const read = (pairs: Pairs, ended = true) => {
    const server = new MemoryServer();
    server.receive(clientStart, headers(1, pairs, ended));
    const head = server.seen[0]?.stream.head;
    assert.ok(head !== undefined);
    server.close();
    return head;
  };

  it('joins Cookie fields and takes out what belongs to the hop', () => {
    const head = read([
      ...getRequest,
      ['cookie', 'a=1'],
      ['accept', '*/*'],
      ['cookie', 'b=2'],
      ['te', 'trailers'],
      ['host', 'EXAMPLE.com'],
      ['proxy-authorization', 'x'],
    ]);
    assert.deepEqual(
      head.fields.map((each) => each.line),
      ['accept: */*\r\n', 'cookie: a=1; b=2\r\n'],
    );
    assert.equal(head.acceptsTrailers, true);
    assert.equal(head.authority, 'example.com');
    assert.equal(head.contentLength, 0);
  });

  it('takes Host where there is no authority, lower-case', () => {
    assert.equal(read([...without(':authority'), ['host', 'Example.COM:8080']]).authority, 'example.com:8080');
  });

  it('takes the asterisk of OPTIONS', () => {
    const asterisk = replacing(':path', '*').map(
      ([name, value]) => [name, name === ':method' ? 'OPTIONS' : value] as const,
    );
    assert.equal(read(asterisk).target, '*');
  });

  it('tells length and expectation of content', () => {
    const head = read([...postRequest, ['content-length', '5'], ['expect', '100-Continue']], false);
    assert.equal(head.contentLength, 5);
    assert.equal(head.expectContinue, true);
    assert.equal(read(postRequest, false).contentLength, -1);
  });

  it('makes a WebSocket of extended CONNECT', () => {
    const head = read(
      [
        [':method', 'CONNECT'],
        [':protocol', 'websocket'],
        ...getRequest.slice(1),
        ['sec-websocket-key', 'x'],
        ['sec-websocket-version', '13'],
      ],
      false,
    );
    assert.equal(head.method, 'GET');
    assert.equal(head.upgrade, 'websocket');
    assert.deepEqual(
      head.fields.map((each) => each.name),
      ['sec-websocket-version'],
    );
  });
});
