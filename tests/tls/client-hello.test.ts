import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { connect } from 'node:tls';
import fc from 'fast-check';
import { readClientHello } from '../../src/dataplanes/node/tls/client-hello.ts';

/** The first flight of Node's own client. */
async function recordHello(servername: string): Promise<Buffer> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const client = connect({ host: '127.0.0.1', port: address.port, servername, ALPNProtocols: ['h2', 'http/1.1'] });
  client.on('error', () => {});
  const [socket] = await once(server, 'connection');
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

const named = await recordHello('Shop.Edge.test');
const nameless = await recordHello('');

/** The same message in records of that size. */
function fragment(hello: Buffer, size: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let offset = 0; offset < message.length; offset += size) {
    const part = message.subarray(offset, offset + size);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

test('the server name of a real ClientHello, in lower case, or none', () => {
  assert.deepEqual(readClientHello(named), { type: 'hello', serverName: 'shop.edge.test' });
  assert.deepEqual(readClientHello(nameless), { type: 'hello', serverName: '' });
});

test('any beginning is incomplete, in one record or in many', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 700 }), fc.double({ min: 0, max: 1, noNaN: true }), (size, share) => {
      const bytes = fragment(named, size);
      assert.deepEqual(readClientHello(bytes), { type: 'hello', serverName: 'shop.edge.test' });
      const beginning = bytes.subarray(0, Math.floor(share * bytes.length));
      if (beginning.length < bytes.length) assert.equal(readClientHello(beginning).type, 'incomplete');
    }),
  );
});

test('bytes that were changed never throw, and lengths that lie never give a name beyond the message', () => {
  fc.assert(
    fc.property(fc.nat(named.length - 1), fc.nat(255), (at, value) => {
      const bytes = Buffer.from(named);
      bytes[at] = value;
      const hello = readClientHello(bytes);
      if (hello.type === 'hello') assert.ok(hello.serverName.length <= 'shop.edge.test'.length);
    }),
    { numRuns: 2_000 },
  );
});

test('what is no TLS', () => {
  assert.deepEqual(readClientHello(Buffer.from('GET / HTTP/1.1\r\n')), { type: 'not-tls', http: true });
  assert.deepEqual(readClientHello(Buffer.from('PRI * HTTP/2.0\r\n')), { type: 'not-tls', http: true });
  assert.deepEqual(readClientHello(Buffer.from([0x80, 0x2e, 1, 3])), { type: 'not-tls', http: false });
  assert.equal(readClientHello(Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])).type, 'malformed');
  assert.equal(
    readClientHello(Buffer.from([22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff])).type,
    'malformed',
    'longer than is waited for',
  );
  assert.equal(readClientHello(Buffer.from([22, 3, 1, 0, 0])).type, 'malformed', 'an empty record');
});
