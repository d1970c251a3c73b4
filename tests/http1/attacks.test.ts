import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attacks } from './attacks/requests.ts';
import { type TestServer, testServer } from './harness.ts';

/** How a client may cut what it sends. */
const splits: readonly [string, (bytes: string) => readonly string[]][] = [
  ['whole', (bytes) => [bytes]],
  ['byte by byte', (bytes) => (bytes.length < 5_000 ? [...bytes] : (bytes.match(/.{1,997}/gs) ?? []))],
];

function refused(server: TestServer, status: number): void {
  assert.match(server.transport.text, new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\r\nconnection: close\r\n\r\n`));
  assert.equal(server.transport.ended, true);
  assert.equal(server.errors.length, 1);
  assert.equal(server.errors[0]?.violation.status, status);
}

describe('HTTP/1.1 attacks', () => {
  for (const attack of attacks) {
    it(`${attack.name} (${attack.source}): ${attack.status}`, () => {
      for (const [, split] of splits) {
        const server = testServer();
        for (const part of split(attack.bytes)) server.feed(part);
        refused(server, attack.status);
        assert.equal(server.errors[0]?.stage, attack.stage);
        if (attack.stage === 'head') assert.deepEqual(server.requests, []);
        else {
          assert.equal(server.requests.length, 1);
          assert.deepEqual(server.requests[0]?.events, ['abort client-protocol-error']);
        }
        // What comes after it on the connection is never a request.
        server.feed('GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n');
        assert.ok(!server.requests.some((request) => request.head.target === '/smuggled'));
      }
    });
  }

  it('refuses a pipelined attack after it answered the request before it', async () => {
    const server = testServer();
    server.feed('GET /first HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost : a\r\n\r\n');
    assert.equal(server.requests.length, 1);
    server.requests[0]?.stream.respond({ status: 204, fields: [], contentLength: -1, upgrade: '' }, true);
    await Promise.resolve();
    assert.match(server.transport.text, /^HTTP\/1\.1 204 No Content\r\n\r\nHTTP\/1\.1 400 /);
    assert.equal(server.transport.ended, true);
  });
});
