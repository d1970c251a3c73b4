import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request, SeenResponse, testClient } from './harness.ts';

describe('HTTP/1.1 client: backends that break the rules', () => {
  const chunked = (content: string) => `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${content}`;
  const cases: [string, string][] = [
    ['both lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['two lengths that differ', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n'],
    ['two lengths that agree', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n'],
    ['a length list', 'HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\n\r\n'],
    ['a negative length', 'HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n'],
    ['a coding that is not understood', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n'],
    ['identity', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\n'],
    ['chunked in HTTP/1.0', 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'],
    ['an obs-fold', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n'],
    ['a bare LF', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['bare LFs throughout', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n'],
    ['a bare CR in a value', 'HTTP/1.1 200 OK\r\nX: a\rSet-Cookie: b\r\n\r\n'],
    ['a bare CR in the reason', 'HTTP/1.1 200 O\rK\r\n\r\n'],
    ['a NUL in a value', 'HTTP/1.1 200 OK\r\nX: a\x00\r\n\r\n'],
    ['a space before a colon', 'HTTP/1.1 200 OK\r\nContent-Length : 5\r\n\r\n'],
    ['an empty name', 'HTTP/1.1 200 OK\r\n: a\r\n\r\n'],
    ['no colon', 'HTTP/1.1 200 OK\r\nX\r\n\r\n'],
    [
      'Connection that names Content-Length',
      'HTTP/1.1 200 OK\r\nConnection: content-length\r\nContent-Length: 5\r\n\r\n',
    ],
    ['an empty line before it', '\r\nHTTP/1.1 200 OK\r\n\r\n'],
    ['HTTP/2', 'HTTP/2 200\r\n\r\n'],
    ['HTTP/1.2', 'HTTP/1.2 200 OK\r\n\r\n'],
    ['lower case', 'http/1.1 200 OK\r\n\r\n'],
    ['two spaces', 'HTTP/1.1  200 OK\r\n\r\n'],
    ['a tab', 'HTTP/1.1\t200 OK\r\n\r\n'],
    ['two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['status 099', 'HTTP/1.1 099 OK\r\n\r\n'],
    ['status 600', 'HTTP/1.1 600 OK\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 2x0 OK\r\n\r\n'],
    ['no status', 'HTTP/1.1\r\n\r\n'],
    ['a TLS alert', '\x15\x03\x03\x00\x02\x02\x46'],
    ['an informational response with content', 'HTTP/1.1 103 Early Hints\r\nContent-Length: 5\r\n\r\nhello'],
    ['informational responses without end', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(17)],
    ['a long head', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`],
    ['a long head without end', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}`],
    ['many field lines', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(200)}\r\n`],
    ['a bad chunk size', chunked('0x5\r\nhello\r\n0\r\n\r\n')],
    ['a space after a chunk size', chunked('5 \r\nhello\r\n0\r\n\r\n')],
    ['chunk data without an end', chunked('5\r\nhello0\r\n\r\n')],
    ['a bare LF in the chunks', chunked('5\nhello\r\n0\r\n\r\n')],
    ['a response in the trailer section', chunked('0\r\nHTTP/1.1 200 OK\r\n\r\n')],
  ];
  for (const [name, bytes] of cases) {
    it(`refuses ${name}`, () => {
      for (const parts of [[bytes], bytes.length < 5_000 ? [...bytes] : (bytes.match(/.{1,997}/gs) ?? [])]) {
        const client = testClient();
        const seen = new SeenResponse();
        client.connection.open(request(), true, seen);
        for (const part of parts) client.feed(part);
        assert.equal(seen.failure?.type, 'protocol-error');
        assert.equal(seen.failure?.unprocessed, false);
        assert.equal(seen.ended, false);
        assert.equal(client.transport.destroyed, true);
        assert.deepEqual(client.owner, ['closed']);
      }
    });
  }
});
