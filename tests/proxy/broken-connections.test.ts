import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { ask } from './ask.ts';
import { toPorts } from './backends.ts';
import { listen, RawClient, startGateway } from './gateway.ts';

test('a connection that died idle: the request goes to another one, with its content', async (t) => {
  const sockets: Socket[] = [];
  let served = 0;
  const port = await listen(
    t,
    createServer((socket) => {
      sockets.push(socket);
      socket.on('data', (chunk: Buffer) => {
        // The second request on the first connection finds it closing, as after the backend's idle timeout.
        if (sockets[0] === socket && served > 0) socket.destroy();
        else {
          served += 1;
          socket.write(`HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-got: ${chunk.length}\r\n\r\nok`);
        }
      });
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  assert.equal((await ask(gateway)).status, 200);
  const again = await ask(gateway, '/', { method: 'PUT', body: 'content' });
  assert.equal(again.status, 200);
  assert.equal(sockets.length, 2);
  assert.equal((await gateway.record(1)).retries, 1);
});

test('a request that may have been acted on is not repeated', async (t) => {
  let requests = 0;
  const port = await listen(
    t,
    createServer((socket) => {
      socket.on('data', () => {
        requests += 1;
        if (requests === 2) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  await ask(gateway);
  const answer = await ask(gateway, '/', { method: 'POST', headers: { 'content-length': '0' } });
  assert.equal(answer.status, 502);
  assert.equal(requests, 2);
  assert.match((await gateway.record(1)).failure?.class ?? '', /^backend-(closed|reset)$/);
});

test('a fresh connection that closes without a response is 502', async (t) => {
  const port = await listen(
    t,
    createServer((socket) => socket.once('data', () => socket.end())),
  );
  const gateway = await startGateway(t, toPorts([port]));
  assert.equal((await ask(gateway)).status, 502);
  assert.equal(gateway.connector.targets.length, 1);
});

test('a response that is not HTTP is 502', async (t) => {
  const port = await listen(
    t,
    createServer((socket) => socket.once('data', () => socket.write('SSH-2.0-x\r\n\r\n'))),
  );
  const gateway = await startGateway(t, toPorts([port]));
  assert.equal((await ask(gateway)).status, 502);
  assert.equal((await gateway.record(0)).failure?.class, 'backend-invalid-response');
});

test('a response that breaks off does not look whole', async (t) => {
  const port = await listen(
    t,
    createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n')),
    ),
  );
  const gateway = await startGateway(t, toPorts([port]));
  const client = new RawClient(t, gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  const got = await client.untilClosed();
  assert.match(got, /half/);
  assert.ok(!got.includes('0\r\n\r\n'));
  const record = await gateway.record(0);
  assert.equal(record.status, 200);
  assert.equal(record.failure?.class, 'backend-closed');
});

test('a client that leaves takes its request along', async (t) => {
  const { promise: gone, resolve } = Promise.withResolvers<void>();
  const { promise: there, resolve: arrived } = Promise.withResolvers<void>();
  const port = await listen(
    t,
    createServer((socket) => {
      socket.once('data', () => arrived());
      socket.on('close', () => resolve());
    }),
  );
  const gateway = await startGateway(t, toPorts([port]));
  const client = new RawClient(t, gateway.port);
  client.send('GET / HTTP/1.1\r\nhost: a.example\r\n\r\n');
  await there;
  client.socket.destroy();
  await gone;
  const record = await gateway.record(0);
  assert.equal(record.status, 499);
  assert.match(record.failure?.class ?? '', /^client-/);
  assert.equal(gateway.proxy.active, 0);
});

test('HTTP/2 clients: a broken response is a reset stream', async (t) => {
  const port = await listen(
    t,
    createServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')),
    ),
  );
  const gateway = await startGateway(t, toPorts([port]), { protocol: 'HTTP/2' });
  const session = connect(`http://127.0.0.1:${gateway.port}`);
  t.after(() => session.destroy());
  const stream = session.request({ ':path': '/', ':authority': 'a.example' });
  await assert.rejects(text(stream));
  assert.notEqual(stream.rstCode, 0);
});
