import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { response, testServer } from './harness.ts';
import { empty, get, post, turn } from './requests.ts';

describe('HTTP/1.1 server: slow clients', () => {
  /** Resolves when the server has written or closed as the condition says. */
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await turn();
  };
  const withWheel = async (
    limits: NonNullable<Parameters<typeof testServer>[0]>['limits'],
    run: (server: ReturnType<typeof testServer>) => Promise<void>,
  ): Promise<void> => {
    const wheel = new DeadlineWheel(1);
    // The wheel's timer does not keep the process alive; this one does, for as long as the test runs.
    const alive = setInterval(() => {}, 1_000);
    try {
      await run(testServer({ wheel, limits: { lingerTimeout: 60_000, ...limits } }));
    } finally {
      wheel.stop();
      clearInterval(alive);
    }
  };

  it('closes a connection that says nothing, without a word', () =>
    withWheel({ idleTimeout: 1 }, async (server) => {
      await until(() => server.transport.ended);
      assert.equal(server.transport.text, '');
      assert.deepEqual(server.errors, []);
    }));

  it('answers 408 to a head that does not come, however its bytes drip', () =>
    withWheel({ headTimeout: 3 }, async (server) => {
      server.feed('GET / HTTP/1.1\r\nX: ');
      await until(() => {
        server.feed('x');
        return server.transport.ended;
      });
      assert.match(server.transport.text, /^HTTP\/1\.1 408 Request Timeout\r\n/);
      assert.equal(server.errors[0]?.stage, 'head');
    }));

  it('times each head anew', () =>
    withWheel({ headTimeout: 3 }, async (server) => {
      const head = get('/');
      server.feed(head.slice(0, 9));
      server.feed(head.slice(9));
      empty(server.requests[0]);
      server.transport.take();
      server.feed(head.slice(0, 9));
      await until(() => server.transport.ended);
      assert.match(server.transport.text, /^HTTP\/1\.1 408 /);
    }));

  it('answers 408 to content that does not come and aborts the request', () =>
    withWheel({ bodyTimeout: 1 }, async (server) => {
      server.feed(`${post(5)}he`);
      await until(() => server.transport.ended);
      assert.match(server.transport.text, /^HTTP\/1\.1 408 /);
      assert.deepEqual(server.requests[0]?.events, ['abort client-timeout']);
      assert.equal(server.errors[0]?.answered, true);
    }));

  it('breaks off where a response had begun', () =>
    withWheel({ bodyTimeout: 1 }, async (server) => {
      server.feed(`${post(5)}he`);
      server.requests[0]?.stream.respond(response(200), false);
      await until(() => server.transport.destroyed);
      assert.ok(!server.transport.text.includes('408'));
      assert.deepEqual(server.requests[0]?.events, ['abort client-timeout']);
      assert.equal(server.errors[0]?.answered, false);
    }));

  it('breaks off a response that the client does not take', () =>
    withWheel({ bodyTimeout: 1 }, async (server) => {
      server.feed(get('/'));
      server.transport.accepting = false;
      server.transport.buffered = 100;
      server.requests[0]?.stream.respond(response(200), false);
      await until(() => server.transport.destroyed);
      assert.deepEqual(server.requests[0]?.events, ['abort client-timeout']);
    }));

  it('destroys a closed connection whose client stays, not before the response has left', () =>
    withWheel({ lingerTimeout: 1, bodyTimeout: 20 }, async (server) => {
      server.feed(get('/', 'Connection: close\r\n'));
      server.transport.buffered = 50;
      empty(server.requests[0]);
      await until(() => {
        if (server.transport.buffered > 0) server.transport.buffered -= 1;
        return server.transport.destroyed;
      });
      assert.equal(server.transport.buffered, 0);
    }));

  it('destroys a closed connection whose client takes nothing', () =>
    withWheel({ lingerTimeout: 1, bodyTimeout: 1 }, async (server) => {
      server.feed(get('/', 'Connection: close\r\n'));
      server.transport.buffered = 50;
      empty(server.requests[0]);
      await until(() => server.transport.destroyed);
      assert.equal(server.closed(), 0);
    }));
});
