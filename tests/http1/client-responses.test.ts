import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { okHello, request, SeenResponse, testClient } from './harness.ts';

describe('HTTP/1.1 client: responses', () => {
  interface Case {
    readonly name: string;
    readonly method?: string;
    readonly bytes: string;
    /** The backend closes after what it sent. */
    readonly closes?: boolean;
    readonly status: number;
    readonly content?: string;
    readonly events: readonly string[];
    readonly reused: boolean;
  }
  const cases: readonly Case[] = [
    { name: 'with a length', bytes: okHello, status: 200, content: 'hello', events: ['head', 'end'], reused: true },
    {
      name: 'in chunks',
      bytes:
        'HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n3;a="b;\\""\r\nhel\r\n00002;x\r\nlo\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a\r\n\r\n',
      status: 200,
      content: 'hello',
      events: ['head', 'end'],
      reused: true,
    },
    {
      name: 'to HEAD',
      method: 'HEAD',
      bytes: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
      status: 200,
      events: ['head, ended'],
      reused: true,
    },
    {
      name: 'to HEAD in chunks',
      method: 'HEAD',
      bytes: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      status: 200,
      events: ['head, ended'],
      reused: true,
    },
    {
      name: 'to HEAD without a length',
      method: 'HEAD',
      bytes: 'HTTP/1.1 200 OK\r\n\r\n',
      status: 200,
      events: ['head, ended'],
      reused: true,
    },
    { name: '204', bytes: 'HTTP/1.1 204 No Content\r\n\r\n', status: 204, events: ['head, ended'], reused: true },
    {
      name: '204 that claims content',
      bytes: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n',
      status: 204,
      events: ['head, ended'],
      reused: false,
    },
    {
      name: '304 with a length',
      bytes: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
      status: 304,
      events: ['head, ended'],
      reused: true,
    },
    {
      name: '205 of length 0',
      bytes: 'HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n',
      status: 205,
      events: ['head, ended'],
      reused: true,
    },
    {
      name: 'until the connection closes',
      bytes: 'HTTP/1.1 200 OK\r\n\r\nhello',
      closes: true,
      status: 200,
      content: 'hello',
      events: ['head', 'end'],
      reused: false,
    },
    {
      name: 'of HTTP/1.0',
      bytes: 'HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello',
      status: 200,
      content: 'hello',
      events: ['head', 'end'],
      reused: false,
    },
    {
      name: 'of HTTP/1.0 that keeps the connection',
      bytes: 'HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\nhello',
      status: 200,
      content: 'hello',
      events: ['head', 'end'],
      reused: true,
    },
    {
      name: 'that closes',
      bytes: 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello',
      status: 200,
      content: 'hello',
      events: ['head', 'end'],
      reused: false,
    },
    {
      name: 'without a reason phrase and its space',
      bytes: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n',
      status: 200,
      events: ['head, ended'],
      reused: true,
    },
    {
      name: 'after informational ones',
      bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${okHello}`,
      status: 200,
      content: 'hello',
      events: ['informational 100', 'informational 103', 'head', 'end'],
      reused: true,
    },
    {
      name: 'with bytes after it',
      bytes: `${okHello}HTTP/1.1 200 OK\r\n\r\n`,
      status: 200,
      content: 'hello',
      events: ['head', 'end'],
      reused: false,
    },
    {
      name: 'to HEAD with content all the same',
      method: 'HEAD',
      bytes: okHello,
      status: 200,
      events: ['head, ended'],
      reused: false,
    },
  ];
  for (const { name, method = 'GET', bytes, closes = false, status, content = '', events, reused } of cases) {
    it(`takes one ${name}`, () => {
      for (const parts of [[bytes], [...bytes]]) {
        const client = testClient();
        const seen = new SeenResponse();
        client.connection.open(request({ method }), true, seen);
        for (const part of parts) client.feed(part);
        if (closes) client.connection.onEnd();
        assert.equal(seen.head?.status, status);
        assert.equal(seen.content, content);
        assert.deepEqual(seen.events, events);
        assert.equal(client.connection.capacity, reused ? 1 : 0);
        assert.equal(client.transport.destroyed, !reused);
        assert.deepEqual(client.owner.at(-1), reused ? 'capacity 1' : 'closed');
      }
    });
  }

  it('gives trailers without those that are forbidden', () => {
    const client = testClient();
    const seen = new SeenResponse();
    client.connection.open(request(), true, seen);
    client.feed(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\ngrpc-status: 0\r\nContent-Length: 5\r\nDate: x\r\n\r\n',
    );
    assert.deepEqual(
      seen.trailers?.map((each) => each.line),
      ['grpc-status: 0\r\n'],
    );
  });
});
