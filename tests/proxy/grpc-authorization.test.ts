import assert from 'node:assert/strict';
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { type TestContext, test } from 'node:test';
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { Authorization, CheckAuthorization } from '../../src/model/authorization.ts';
import type { Backend } from '../../src/model/backend.ts';
import { ask } from './ask.ts';
import { modelTo, startBackend } from './features.ts';
import { listen, RawClient, startGateway } from './gateway.ts';
import { destination, forward, origin, route } from './model.ts';

const orders = 'shop/orders:80';
const guard = 'shop/guard:80';

/** Fields by number: numbers, texts, and messages that a test reads on its own. */
type Fields = ReadonlyMap<number, readonly (number | Uint8Array)[]>;

function fieldsOf(bytes: Uint8Array): Fields {
  const reader = new BinaryReader(bytes);
  const fields = new Map<number, (number | Uint8Array)[]>();
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    const value = wire === WireType.Varint ? Number(reader.int64()) : reader.bytes();
    fields.set(field, [...(fields.get(field) ?? []), value]);
  }
  return fields;
}

const message = (fields: Fields, number: number): Fields => fieldsOf(fields.get(number)?.[0] as Uint8Array);
const text = (fields: Fields, number: number): string =>
  Buffer.from((fields.get(number)?.[0] as Uint8Array | undefined) ?? []).toString();

/** Writes messages as `[number, value]` lists; a list is a message. */
type Value = number | string | readonly (readonly [number, Value])[];

function encode(fields: readonly (readonly [number, Value])[]): Uint8Array {
  const writer = new BinaryWriter();
  for (const [number, value] of fields) {
    if (typeof value === 'number') writer.tag(number, WireType.Varint).int32(value);
    else if (typeof value === 'string') writer.tag(number, WireType.LengthDelimited).string(value);
    else writer.tag(number, WireType.LengthDelimited).bytes(encode(value));
  }
  return writer.finish();
}

const header = (name: string, value: string): Value => [
  [
    1,
    [
      [1, name],
      [2, value],
    ],
  ],
];

interface Reply {
  readonly bytes?: Uint8Array;
  readonly grpcStatus?: string;
  readonly httpStatus?: number;
}

/** An authorization service that keeps what it is asked, by the numbers of Envoy's definitions. */
async function startGuard(t: TestContext, reply: Reply) {
  const questions: Fields[] = [];
  const paths: string[] = [];
  const server = createServer();
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const chunks: Buffer[] = [];
    paths.push(`${headers[':method']} ${headers[':path']} ${headers['content-type']} ${headers.te}`);
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const asked = Buffer.concat(chunks);
      assert.deepEqual([asked[0], asked.readUInt32BE(1)], [0, asked.length - 5]);
      questions.push(fieldsOf(asked.subarray(5)));
      const { bytes, grpcStatus = '0', httpStatus = 200 } = reply;
      if (bytes === undefined) {
        stream.respond({ ':status': httpStatus, 'grpc-status': grpcStatus, 'grpc-message': 'no' }, { endStream: true });
        return;
      }
      const prefix = Buffer.alloc(5);
      prefix.writeUInt32BE(bytes.length, 1);
      stream.respond({ ':status': httpStatus, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': grpcStatus }));
      stream.end(Buffer.concat([prefix, bytes]));
    });
  });
  return { port: await listen(t, server), questions, paths };
}

async function start(t: TestContext, reply: Reply, asked: Partial<CheckAuthorization> = {}) {
  const [backend, service] = await Promise.all([startBackend(t), startGuard(t, reply)]);
  const authorization: readonly Authorization[] = [
    { type: 'check', backend: guard, requestHeaders: null, origin, ...asked },
  ];
  const routes = [{ ...route('all', forward([destination(orders)])), authorization }];
  const model = modelTo(routes, { [orders]: [backend.port], [guard]: [service.port] });
  const own: Backend = { ...(model.backends[guard] as Backend), protocol: 'h2c' };
  const gateway = await startGateway(t, { ...model, backends: { ...model.backends, [guard]: own } });
  return { gateway, backend, service };
}

test('the question is a CheckRequest about the head of the request and its client', async (t) => {
  const { gateway, backend, service } = await start(t, { bytes: encode([]) });
  const { status } = await ask(gateway, '/a?b=c', {
    method: 'POST',
    headers: { authorization: 'Bearer abc', 'x-many': ['1', '2'] },
    body: 'content',
  });
  assert.equal(status, 200);
  assert.equal(backend.requests[0]?.body, 'content');
  assert.deepEqual(service.paths, ['POST /envoy.service.auth.v3.Authorization/Check application/grpc trailers']);
  const attributes = message(service.questions[0] as Fields, 1);
  const address = message(message(message(attributes, 1), 1), 1);
  assert.equal(text(address, 2), '127.0.0.1');
  assert.ok((address.get(3)?.[0] as number) > 0);
  const http = message(message(attributes, 4), 2);
  assert.match(text(http, 1), /^[0-9a-f-]{36}$/);
  assert.deepEqual(
    [text(http, 2), text(http, 4), text(http, 5), text(http, 6), http.get(9)?.[0], text(http, 10)],
    ['POST', '/a?b=c', 'a.example', 'http', 7, 'HTTP/1.1'],
  );
  const headers = new Map(
    (http.get(3) ?? []).map((entry) => {
      const pair = fieldsOf(entry as Uint8Array);
      return [text(pair, 1), text(pair, 2)] as const;
    }),
  );
  assert.deepEqual([headers.get('authorization'), headers.get('x-many')], ['Bearer abc', '1,2']);
});

test('with a list no other field is sent', async (t) => {
  const { gateway, service } = await start(t, { bytes: encode([]) }, { requestHeaders: ['x-tenant'] });
  await ask(gateway, '/', { headers: { authorization: 'Bearer abc', 'x-tenant': 'a' } });
  const http = message(message(message(service.questions[0] as Fields, 1), 4), 2);
  assert.deepEqual(
    (http.get(3) ?? []).map((entry) => text(fieldsOf(entry as Uint8Array), 1)),
    ['x-tenant'],
  );
});

test('the content is there as text and as bytes, with its size, and goes to the backend as it was', async (t) => {
  const { gateway, backend, service } = await start(t, { bytes: encode([]) }, { content: { maxSize: 100 } });
  const contents = [Buffer.from('grüße'), Buffer.from([0x61, 0xff, 0xfe, 0x62]), Buffer.alloc(0)];
  for (const content of contents) {
    const client = new RawClient(t, gateway.port);
    client.send('POST / HTTP/1.1\r\nhost: a.example\r\ntransfer-encoding: chunked\r\n\r\n');
    if (content.length > 0) {
      client.socket.write(Buffer.concat([Buffer.from(`${content.length}\r\n`), content, Buffer.from('\r\n')]));
    }
    client.send('0\r\n\r\n');
    assert.match(await client.until(/\r\n\r\n/), /^HTTP\/1\.1 200 /);
  }
  const asked = service.questions.map((question) => {
    const http = message(message(message(question, 1), 4), 2);
    const bytes = http.get(12)?.[0] as Uint8Array | undefined;
    return [http.get(9)?.[0], text(http, 11), bytes === undefined ? null : Buffer.from(bytes).toString('hex')];
  });
  assert.deepEqual(asked, [
    [7, 'grüße', '6772c3bcc39f65'],
    [4, 'a!!b', '61fffe62'],
    [0, '', null],
  ]);
  assert.deepEqual(
    backend.requests.map(({ body }) => body),
    contents.map((content) => content.toString()),
  );
});

test('without content that is to be sent along there is its size alone, if it is known', async (t) => {
  const { gateway, service } = await start(t, { bytes: encode([]) });
  await ask(gateway, '/', { method: 'POST', headers: { 'transfer-encoding': 'chunked' }, body: 'content' });
  const http = message(message(message(service.questions[0] as Fields, 1), 4), 2);
  assert.deepEqual([http.get(9)?.[0], http.has(11), http.has(12)], [-1, false, false]);
});

test('status 0 lets the request go on with what is set, and without what is removed', async (t) => {
  const ok: Value = [
    [2, header('x-user', 'ann')],
    [2, header('Host', 'elsewhere.example')],
    [2, header('transfer-encoding', 'chunked')],
    [5, 'Authorization'],
  ];
  const { gateway, backend } = await start(t, {
    bytes: encode([
      [1, [[1, 0]]],
      [3, ok],
    ]),
  });
  const headers = { authorization: 'Bearer abc', 'x-user': 'root', 'x-own': '1' };
  assert.equal((await ask(gateway, '/', { headers })).status, 200);
  const got = backend.requests[0]?.headers ?? {};
  assert.deepEqual(
    [got['x-user'], got.authorization, got.host, got['x-own'], got['transfer-encoding']],
    ['ann', undefined, 'a.example', '1', undefined],
  );
});

test('any other status is answered as it says, or with 403', async (t) => {
  const deniedResponse: Value = [
    [1, [[1, 401]]],
    [2, header('www-authenticate', 'Bearer')],
    [3, 'who?'],
  ];
  const stated = await start(t, {
    bytes: encode([
      [1, [[1, 16]]],
      [2, deniedResponse],
    ]),
  });
  const { status, headers, body } = await ask(stated.gateway);
  assert.deepEqual([status, headers['www-authenticate'], body], [401, 'Bearer', 'who?']);
  const bare = await start(t, { bytes: encode([[1, [[1, 7]]]]) });
  assert.deepEqual((await ask(bare.gateway)).status, 403);
  assert.equal((await bare.gateway.record(0)).failure?.class, 'denied');
  assert.deepEqual([stated.backend.requests, bare.backend.requests], [[], []]);
});

test('what is no answer lets nobody in', async (t) => {
  const replies: readonly [Reply, RegExp][] = [
    [{ grpcStatus: '14' }, /gRPC status 14: no/],
    [{ httpStatus: 404 }, /answered with 404/],
    [{ bytes: encode([]), grpcStatus: '2' }, /gRPC status 2/],
    [{ bytes: Buffer.from([0x0a, 0x7f, 1]) }, /no CheckResponse/],
    [{ bytes: Buffer.alloc(100_000) }, /too long/],
  ];
  for (const [reply, cause] of replies) {
    const { gateway, backend } = await start(t, reply);
    assert.equal((await ask(gateway)).status, 503);
    const { failure } = await gateway.record(0);
    assert.equal(failure?.class, 'authorization-failed');
    assert.match(failure?.message ?? '', cause);
    assert.deepEqual(backend.requests, []);
  }
});
