import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type {
  AbortReason,
  ClientConnection,
  ClientStream,
  ClientStreamHandler,
  ServerStream,
} from '../../src/dataplanes/node/http/stream.ts';
import { DeadlineWheel } from '../../src/dataplanes/node/io/deadlines.ts';
import { defaultLimits } from '../../src/dataplanes/node/limits.ts';
import type { AccessRecord } from '../../src/dataplanes/node/proxy/access-log.ts';
import type { ConnectionOwner } from '../../src/dataplanes/node/proxy/connector.ts';
import { HttpProxy } from '../../src/dataplanes/node/proxy/http-proxy.ts';
import { emptyKeyMaterial } from '../../src/model/model.ts';
import { connectFailure } from './gateway.ts';
import { requestHead, responseHead } from './heads.ts';
import { backend, destination, endpoints, forward, modelOfRoutes, route } from './model.ts';

/** Holds the proxy to the seam's rules, and knows what a client would have seen. */
class CheckedServerStream implements ServerStream {
  readonly head = requestHead({ method: 'PUT' });
  readonly ended = false;
  readonly protocol = 'HTTP/1.1';
  readonly client = { listener: 'l', remoteAddress: '127.0.0.1', remotePort: 1, tls: null };
  state: 'waiting' | 'responding' | 'whole' | 'broken' = 'waiting';
  status = 0;
  content = '';

  inform(): void {
    assert.equal(this.state, 'waiting');
  }

  respond(head: { readonly status: number }, ended: boolean): void {
    assert.equal(this.state, 'waiting');
    this.status = head.status;
    this.state = ended ? 'whole' : 'responding';
  }

  write(chunk: Buffer): boolean {
    assert.equal(this.state, 'responding');
    this.content += chunk.toString();
    return this.content.length % 2 === 0;
  }

  end(): void {
    assert.equal(this.state, 'responding');
    this.state = 'whole';
  }

  abort(): void {
    assert.notEqual(this.state, 'whole');
    this.state = 'broken';
  }

  pause(): void {}
  resume(): void {}
}

/** A connection whose backend is the test. Takes one request at a time. */
class FakeConnection implements ClientConnection, ClientStream {
  readonly protocol = 'HTTP/1.1';
  used = 0;
  handler: ClientStreamHandler | null = null;
  received = '';
  receivedEnd = false;
  closed = false;
  retired = false;
  readonly owner: ConnectionOwner;

  constructor(owner: ConnectionOwner) {
    this.owner = owner;
  }

  get capacity(): number {
    return this.closed || this.retired || this.handler !== null ? 0 : 1;
  }

  open(_head: unknown, ended: boolean, handler: ClientStreamHandler): ClientStream {
    assert.equal(this.capacity, 1, 'opened with capacity');
    this.used += 1;
    this.handler = handler;
    this.received = '';
    this.receivedEnd = ended;
    return this;
  }

  write(chunk: Buffer): boolean {
    this.received += chunk.toString();
    return true;
  }

  end(): void {
    this.receivedEnd = true;
  }

  abort(): void {
    this.destroy();
  }

  pause(): void {}
  resume(): void {}

  retire(): void {
    this.retired = true;
    if (this.handler === null) this.destroy();
  }

  destroy(): void {
    if (this.closed) return;
    this.closed = true;
    this.handler = null;
    this.owner.onClosed(this);
  }

  /** The response is whole: the connection is free again. */
  release(): ClientStreamHandler {
    const { handler } = this;
    this.handler = null;
    if (this.retired) this.destroy();
    return handler ?? assert.fail('no request');
  }
}

const backends = {
  backends: [backend('b')],
  endpoints: [
    endpoints('b', [
      ['10.0.0.1', 1],
      ['10.0.0.2', 1],
    ]),
  ],
};

type Event =
  | 'client-data'
  | 'client-end'
  | 'client-abort'
  | 'connected'
  | 'refused'
  | 'head'
  | 'data'
  | 'end'
  | 'head-only'
  | 'dies'
  | 'dies-unprocessed'
  | 'change';

const event: fc.Arbitrary<Event> = fc.constantFrom(
  'client-data',
  'client-end',
  'client-abort',
  'connected',
  'connected',
  'refused',
  'head',
  'data',
  'end',
  'head-only',
  'dies',
  'dies-unprocessed',
  'change',
);

/** Plays one order of events. What cannot happen at its point is left out. */
function play(events: readonly Event[], wheel: DeadlineWheel): void {
  const connecting: ConnectionOwner[] = [];
  const connections: FakeConnection[] = [];
  const records: AccessRecord[] = [];
  const proxy = new HttpProxy({
    connector: {
      connect: (_, owner) => {
        connecting.push(owner);
        return { cancel: () => void connecting.splice(connecting.indexOf(owner), 1) };
      },
    },
    limits: defaultLimits,
    wheel,
    accessLog: { write: (record) => void records.push(record) },
    start: 0,
  });
  const model = () => modelOfRoutes([route('r', forward([destination('b')]))], backends);
  proxy.update(model(), emptyKeyMaterial);
  const stream = new CheckedServerStream();
  const handler = proxy.accept(stream);
  let [sent, sentEnd, gone, headed, got] = ['', false, false, false, ''];
  const open = (): boolean => !gone && stream.state !== 'whole' && stream.state !== 'broken';
  const busy = (): FakeConnection | undefined => connections.find((each) => each.handler !== null);

  for (const [index, each] of events.entries()) {
    const connection = busy();
    switch (each) {
      case 'client-data':
        if (!open() || sentEnd) break;
        sent += index.toString(36);
        handler.onData(Buffer.from(index.toString(36)));
        break;
      case 'client-end':
        if (!open() || sentEnd) break;
        sentEnd = true;
        handler.onEnd(null);
        break;
      case 'client-abort': {
        if (!open()) break;
        gone = true;
        const reason: AbortReason = 'client-closed';
        handler.onAbort(reason);
        break;
      }
      case 'connected': {
        const owner = connecting.shift();
        if (owner === undefined) break;
        const made = new FakeConnection(owner);
        connections.push(made);
        owner.onConnected({ connection: made, address: '10.0.0.1:1', tls: null, refusal: () => null });
        if (busy() === made) assert.equal(made.received, sent, 'a new connection gets the whole content so far');
        break;
      }
      case 'refused':
        connecting.shift()?.onFailed(connectFailure());
        break;
      case 'head':
        if (connection === undefined || headed) break;
        headed = true;
        connection.handler?.onHead(responseHead({ status: 200 }), false);
        break;
      case 'head-only': {
        if (connection === undefined || headed) break;
        headed = true;
        connection.release().onHead(responseHead({ status: 204 }), true);
        connection.owner.onCapacity(connection);
        break;
      }
      case 'data':
        if (connection === undefined || !headed) break;
        got += 'x';
        connection.handler?.onData(Buffer.from('x'));
        break;
      case 'end': {
        if (connection === undefined || !headed) break;
        assert.equal(connection.received, sent);
        connection.release().onEnd(null);
        connection.owner.onCapacity(connection);
        break;
      }
      case 'dies':
      case 'dies-unprocessed': {
        if (connection === undefined) break;
        const aborted = connection.release();
        connection.destroy();
        const unprocessed = each === 'dies-unprocessed' && !headed;
        aborted.onAbort({ type: 'connection-closed', message: 'closed', unprocessed, cause: null });
        break;
      }
      case 'change':
        proxy.update(
          { ...model(), backends: { b: backend('b', { protocol: index % 2 === 0 ? 'http1' : 'auto' }) } },
          emptyKeyMaterial,
        );
        break;
    }
    if (headed && stream.status < 500) assert.equal(stream.content, got, 'nothing of the response is lost');
  }
  if (open()) {
    gone = true;
    handler.onAbort('client-closed');
  }
  assert.equal(proxy.active, 0);
  assert.equal(records.length, 1, 'one line in the log');
  assert.equal(busy(), undefined, 'no request is left on a connection');
  const snapshot = proxy.snapshot();
  for (const pool of snapshot.pools) assert.deepEqual([pool.active, pool.waitingRequests], [0, 0]);
  assert.equal(
    snapshot.requests.reduce((sum, { codes }) => sum + codes.reduce((all, [, count]) => all + count, 0), 0),
    1,
  );
  proxy.destroy();
  for (const each of connections) assert.ok(each.closed, 'every connection is closed in the end');
}

test('in every order of events a request ends once, whole or broken, and leaves nothing behind', () => {
  const wheel = new DeadlineWheel();
  try {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 25 }), (events) => play(events, wheel)),
      { numRuns: 3_000 },
    );
  } finally {
    wheel.stop();
  }
});
