import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeField } from '../../src/dataplanes/node/http/field.ts';
import { request, SeenResponse, testClient } from './harness.ts';

const field = (name: string, value: string) => {
  const made = makeField(name, value);
  assert.ok(made);
  return made;
};
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';

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
    { name: 'with a length', bytes: ok, status: 200, content: 'hello', events: ['head', 'end'], reused: true },
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
      bytes: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${ok}`,
      status: 200,
      content: 'hello',
      events: ['informational 100', 'informational 103', 'head', 'end'],
      reused: true,
    },
    {
      name: 'with bytes after it',
      bytes: `${ok}HTTP/1.1 200 OK\r\n\r\n`,
      status: 200,
      content: 'hello',
      events: ['head', 'end'],
      reused: false,
    },
    {
      name: 'to HEAD with content all the same',
      method: 'HEAD',
      bytes: ok,
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

  it('carries one request after another', () => {
    const client = testClient();
    for (const round of [1, 2, 3]) {
      const seen = new SeenResponse();
      client.connection.open(request(), true, seen);
      client.feed(ok);
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
    client.feed(ok);
    assert.deepEqual(seen.events, ['head', 'end']);
    assert.deepEqual(client.owner, ['closed']);
    assert.equal(client.transport.destroyed, true);
  });

  it('does not use a connection again whose response came before the request had ended', () => {
    const client = testClient();
    const seen = new SeenResponse();
    const stream = client.connection.open(request({ method: 'PUT', contentLength: 9 }), false, seen);
    client.feed(ok);
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
    client.feed(ok);
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
    client.feed(ok);
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
          client.feed(ok);
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

describe('HTTP/1.1 client: tunnels', () => {
  const switched =
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n';

  it('carries bytes both ways and ends each way by itself', () => {
    const client = testClient();
    const seen = new SeenResponse();
    const stream = client.connection.open(request({ upgrade: 'websocket' }), true, seen);
    client.feed(`${switched}early`);
    assert.equal(seen.head?.status, 101);
    assert.equal(seen.head?.upgrade, 'websocket');
    client.transport.take();
    stream.write(Buffer.from('ping'));
    client.feed('pong');
    client.connection.onEnd();
    stream.write(Buffer.from('last'));
    stream.end(null);
    assert.equal(client.transport.text, 'pinglast');
    assert.equal(seen.content, 'earlypong');
    assert.deepEqual(seen.events, ['head', 'end']);
    assert.equal(client.transport.ended, true);
    assert.equal(client.transport.destroyed, false);
    assert.deepEqual(client.owner, ['closed']);
  });

  const refusedSwitches: [string, string, string][] = [
    ['that was not asked for', '', switched],
    ['to another protocol', 'websocket', switched.replace('Upgrade: websocket', 'Upgrade: h2c')],
    ['without its Connection field', 'websocket', switched.replace('Connection: Upgrade\r\n', '')],
  ];
  for (const [name, upgrade, bytes] of refusedSwitches) {
    it(`refuses a switch ${name}`, () => {
      const client = testClient();
      const seen = new SeenResponse();
      client.connection.open(request({ upgrade }), true, seen);
      client.feed(bytes);
      assert.deepEqual(seen.events, ['abort protocol-error']);
      assert.equal(client.transport.destroyed, true);
    });
  }

  it('takes another response to an upgrade as it is', () => {
    const client = testClient();
    const seen = new SeenResponse();
    client.connection.open(request({ upgrade: 'websocket' }), true, seen);
    client.feed('HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n');
    assert.deepEqual(seen.events, ['head, ended']);
    assert.equal(client.connection.capacity, 1);
  });
});

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
