import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { httpBackend, toPorts } from './backends.ts';
import { listen, RawClient, startGateway } from './gateway.ts';

test('back-pressure: a client that does not read stops the backend, and gets everything once it does', async (t) => {
  const size = 64 * 1024 * 1024;
  let written = 0;
  const port = await httpBackend(t, (_, response) => {
    const chunk = Buffer.alloc(65_536, 0x61);
    const pump = (): void => {
      while (written < size) {
        written += chunk.length;
        if (!response.write(chunk)) {
          response.once('drain', pump);
          return;
        }
      }
      response.end();
    };
    pump();
  });
  const gateway = await startGateway(t, toPorts([port]));
  const sent = request({ port: gateway.port, host: '127.0.0.1', headers: { host: 'a.example' }, agent: false });
  sent.end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.pause();
  // Until nothing moves any more: what is written stays the same over many turns.
  let before = -1;
  for (let same = 0; same < 50; ) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    same = written === before ? same + 1 : 0;
    before = written;
  }
  assert.ok(written < size, `${written} bytes were buffered`);
  let got = 0;
  response.on('data', (chunk: Buffer) => {
    got += chunk.length;
  });
  response.resume();
  await once(response, 'end');
  assert.equal(got, size);
});

test('back-pressure: a backend that does not read stops the client', async (t) => {
  const { promise: opened, resolve } = Promise.withResolvers<Socket>();
  const port = await listen(
    t,
    createServer((socket) => {
      socket.pause();
      resolve(socket);
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  const size = 32 * 1024 * 1024;
  const client = new RawClient(t, gateway.port);
  client.send(`POST / HTTP/1.1\r\nhost: a.example\r\ncontent-length: ${size}\r\n\r\n`);
  client.socket.write(Buffer.alloc(size));
  const socket = await opened;
  let before = -1;
  for (let same = 0; same < 50; ) {
    await new Promise((done) => setTimeout(done, 2));
    same = client.socket.writableLength === before ? same + 1 : 0;
    before = client.socket.writableLength;
  }
  assert.ok(client.socket.writableLength > 0, 'the client could send everything');
  let got = 0;
  socket.on('data', (chunk: Buffer) => {
    got += chunk.length;
    if (got > size) socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
  });
  socket.resume();
  assert.match(await client.until(/ok$/), /^HTTP\/1\.1 200 /);
});
