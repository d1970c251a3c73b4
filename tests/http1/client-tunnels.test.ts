import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request, SeenResponse, testClient } from './harness.ts';

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
