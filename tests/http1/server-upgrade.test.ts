import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { response, testServer } from './harness.ts';
import { get, post, turn } from './requests.ts';

describe('HTTP/1.1 server: upgrade', () => {
  const upgrade = get('/ws', 'Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n');

  it('opens a tunnel on 101 and gives it what was read already', async () => {
    const server = testServer();
    server.feed(`${upgrade}early`);
    const [seen] = server.requests;
    assert.equal(seen?.head.upgrade, 'websocket');
    assert.equal(seen?.content, '');
    seen?.stream.respond({ ...response(101), upgrade: 'websocket' }, false);
    await turn();
    server.feed('late');
    seen?.stream.write(Buffer.from('answer'));
    assert.equal(
      server.transport.text,
      'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\nanswer',
    );
    assert.equal(seen?.content, 'earlylate');
    seen?.stream.end(null);
    seen?.stream.write(Buffer.from('ignored'));
    server.feed('more');
    server.connection.onEnd();
    server.connection.onClose(null);
    assert.equal(seen?.content, 'earlylatemore');
    assert.deepEqual(seen?.events, ['end']);
    assert.ok(!server.transport.text.includes('ignored'));
  });

  it('is plain HTTP when the answer is not 101', async () => {
    const server = testServer();
    server.feed(upgrade + get('/next'));
    server.requests[0]?.stream.respond(response(426, 0), true);
    await turn();
    assert.equal(server.requests[1]?.head.target, '/next');
  });

  const dropped: [string, string][] = [
    ['of another protocol', get('/', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: A\r\n')],
    ['of several protocols', get('/', 'Connection: Upgrade\r\nUpgrade: websocket, h2c\r\n')],
    ['in two lines', get('/', 'Connection: Upgrade\r\nUpgrade: h2c\r\nUpgrade: websocket\r\n')],
    ['that Connection does not name', get('/', 'Upgrade: websocket\r\n')],
    ['of a request with content', post(1, 'Connection: Upgrade\r\nUpgrade: websocket\r\n')],
    ['in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n'],
  ];
  for (const [name, head] of dropped) {
    it(`drops an upgrade ${name}`, () => {
      const server = testServer();
      server.feed(head);
      assert.equal(server.requests[0]?.head.upgrade, '');
      assert.deepEqual(server.requests[0]?.head.fields, []);
    });
  }
});
