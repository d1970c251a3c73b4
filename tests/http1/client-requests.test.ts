import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { field, request, SeenResponse, testClient } from './harness.ts';

describe('HTTP/1.1 client: requests', () => {
  const heads: [string, Parameters<typeof request>[0], boolean, string][] = [
    ['without content', {}, true, 'GET / HTTP/1.1\r\nhost: backend.test\r\n\r\n'],
    [
      'with fields',
      { target: '/a?b', fields: [field('X-A', '1'), field('Cookie', 'c=d')] },
      true,
      'GET /a?b HTTP/1.1\r\nhost: backend.test\r\nx-a: 1\r\ncookie: c=d\r\n\r\n',
    ],
    [
      'POST without content',
      { method: 'POST' },
      true,
      'POST / HTTP/1.1\r\nhost: backend.test\r\ncontent-length: 0\r\n\r\n',
    ],
    ['without an authority', { authority: '' }, true, 'GET / HTTP/1.1\r\nhost: \r\n\r\n'],
    [
      'with a length',
      { method: 'PUT', contentLength: 7 },
      false,
      'PUT / HTTP/1.1\r\nhost: backend.test\r\ncontent-length: 7\r\n\r\n',
    ],
    [
      'without a length',
      { method: 'PUT', contentLength: -1, expectContinue: true },
      false,
      'PUT / HTTP/1.1\r\nhost: backend.test\r\ntransfer-encoding: chunked\r\nexpect: 100-continue\r\n\r\n',
    ],
    [
      'that accepts trailers',
      { acceptsTrailers: true },
      true,
      'GET / HTTP/1.1\r\nhost: backend.test\r\nte: trailers\r\nconnection: te\r\n\r\n',
    ],
    [
      'that upgrades',
      { upgrade: 'websocket', acceptsTrailers: true },
      true,
      'GET / HTTP/1.1\r\nhost: backend.test\r\nte: trailers\r\nconnection: upgrade, te\r\nupgrade: websocket\r\n\r\n',
    ],
    [
      'without fields that frame it, whoever put them there',
      { fields: [field('Transfer-Encoding', 'chunked'), field('Host', 'b'), field('Content-Length', '3')] },
      true,
      'GET / HTTP/1.1\r\nhost: backend.test\r\n\r\n',
    ],
  ];
  for (const [name, head, ended, expected] of heads) {
    it(`writes one ${name}`, () => {
      const client = testClient();
      client.connection.open(request(head), ended, new SeenResponse());
      assert.equal(client.transport.text, expected);
      assert.equal(client.connection.capacity, 0);
    });
  }

  const unwritable: [string, Parameters<typeof request>[0]][] = [
    ['a line end in the target', { target: '/a\r\nX: y' }],
    ['a space in the target', { target: '/a HTTP/1.1' }],
    ['a target that is no path', { target: 'a' }],
    ['a line end in the authority', { authority: 'a\r\nX: y' }],
    ['a space in the authority', { authority: 'a b' }],
    ['user information in the authority', { authority: 'a@b' }],
    ['a space in the method', { method: 'GET /x HTTP/1.1\r\n' }],
  ];
  for (const [name, head] of unwritable) {
    it(`writes nothing of one with ${name}`, async () => {
      const client = testClient();
      const seen = new SeenResponse();
      const stream = client.connection.open(request(head), true, seen);
      stream.write(Buffer.from('x'));
      await Promise.resolve();
      assert.equal(client.transport.text, '');
      assert.equal(seen.failure?.type, 'protocol-error');
      assert.equal(client.connection.capacity, 1);
    });
  }

  it('sends content by its length and refuses to send more or less', () => {
    for (const [content, broken] of [
      ['hello', false],
      ['hell', true],
      ['hello!', true],
    ] as const) {
      const client = testClient();
      const stream = client.connection.open(request({ method: 'PUT', contentLength: 5 }), false, new SeenResponse());
      client.transport.take();
      stream.write(Buffer.from(content));
      stream.end([field('X-Sum', '1')]);
      assert.equal(client.transport.destroyed, broken);
      if (!broken) assert.equal(client.transport.text, 'hello');
      assert.deepEqual(client.owner, broken ? ['closed'] : []);
    }
  });

  it('sends chunks and trailers', () => {
    const client = testClient();
    const stream = client.connection.open(request({ method: 'PUT', contentLength: -1 }), false, new SeenResponse());
    client.transport.take();
    stream.write(Buffer.from('hello, world, hello'));
    stream.write(Buffer.alloc(0));
    stream.end([field('X-Sum', '1'), field('Host', 'b'), field('Authorization', 'c')]);
    assert.equal(client.transport.text, '13\r\nhello, world, hello\r\n0\r\nx-sum: 1\r\n\r\n');
  });
});
