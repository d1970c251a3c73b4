import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Field, REGULAR } from '../../src/dataplanes/node/http/field.ts';
import { Budget } from '../../src/dataplanes/node/http2/budget.ts';
import type { Limits } from '../../src/dataplanes/node/limits.ts';
import { MemoryServer } from './memory-server.ts';
import { turn } from './memory-transport.ts';
import { block, clientStart, frame, getRequest, headers, postRequest, setting, uint32 } from './wire.ts';

const calm = 11;

interface Attack {
  readonly name: string;
  readonly source: string;
  readonly limits?: Partial<Limits>;
  /** Bytes of the nth step. */
  readonly step: (n: number) => Buffer;
  /** Steps after which the connection must have ended. */
  readonly steps: number;
  readonly code: number;
}

const streamId = (n: number): number => n * 2 + 1;
const emptyPing = frame(6, 0, 0, Buffer.alloc(8));

const attacks: readonly Attack[] = [
  {
    name: 'rapid reset',
    source: 'CVE-2023-44487',
    step: (n) => Buffer.concat([headers(streamId(n), getRequest, true), frame(3, 0, streamId(n), uint32(8))]),
    steps: 1_000,
    code: calm,
  },
  {
    name: 'resets that the client provokes, by a window that overflows',
    source: 'CVE-2025-8671 (MadeYouReset)',
    step: (n) => Buffer.concat([headers(streamId(n), getRequest, true), frame(8, 0, streamId(n), uint32(0x7fffffff))]),
    steps: 1_000,
    code: calm,
  },
  {
    name: 'resets that the client provokes, by DATA after the end',
    source: 'CVE-2025-8671 (MadeYouReset)',
    step: (n) => Buffer.concat([headers(streamId(n), getRequest, true), frame(0, 0, streamId(n), 'x')]),
    steps: 1_000,
    code: calm,
  },
  {
    name: 'resets that the client provokes, by malformed requests',
    source: 'CVE-2025-8671 (MadeYouReset)',
    step: (n) => headers(streamId(n), [...getRequest, ['connection', 'close']], true),
    steps: 1_000,
    code: calm,
  },
  {
    name: 'streams beyond the limit',
    source: 'RFC 9113 section 5.1.2',
    limits: { streams: 10 },
    step: (n) => headers(streamId(n), getRequest, true),
    steps: 1_000,
    code: calm,
  },
  {
    name: 'CONTINUATION without end',
    source: 'CVE-2024-27316',
    step: (n) => (n === 0 ? frame(1, 0, 1, block(getRequest)) : frame(9, 0, 1, '\x82')),
    steps: 100,
    code: calm,
  },
  {
    name: 'empty CONTINUATION without end',
    source: 'CVE-2024-27316',
    step: (n) => (n === 0 ? frame(1, 0, 1, '') : frame(9, 0, 1, '')),
    steps: 100,
    code: calm,
  },
  {
    name: 'a header block of large CONTINUATION frames',
    source: 'CVE-2024-27316',
    step: (n) => frame(n === 0 ? 1 : 9, 0, 1, Buffer.alloc(16_384, 0x82)),
    steps: 10,
    code: calm,
  },
  { name: 'PING', source: 'CVE-2019-9512', step: () => emptyPing, steps: 2_000, code: calm },
  {
    name: 'SETTINGS',
    source: 'CVE-2019-9515',
    step: () => frame(4, 0, 0, setting(4, 65_535)),
    steps: 2_000,
    code: calm,
  },
  { name: 'PRIORITY', source: 'CVE-2019-9513', step: () => frame(2, 0, 1, Buffer.alloc(5)), steps: 2_000, code: calm },
  {
    name: 'empty DATA',
    source: 'CVE-2019-9518',
    step: (n) => (n === 0 ? headers(1, postRequest, false) : frame(0, 0, 1, '')),
    steps: 2_000,
    code: calm,
  },
  {
    name: 'padding without content',
    source: 'CVE-2019-9518',
    step: (n) => (n === 0 ? headers(1, postRequest, false) : frame(0, 8, 1, '\x01\0')),
    steps: 2_000,
    code: calm,
  },
  { name: 'WINDOW_UPDATE', source: 'CVE-2019-9511', step: () => frame(8, 0, 0, uint32(1)), steps: 2_000, code: calm },
  {
    name: 'frames of unknown types',
    source: 'RFC 9113 section 10.5',
    step: () => frame(99, 0, 0, 'x'),
    steps: 2_000,
    code: calm,
  },
  {
    name: 'DATA beyond the window of the stream',
    source: 'RFC 9113 section 6.9.1',
    step: (n) => (n === 0 ? headers(1, postRequest, false) : frame(0, 0, 1, Buffer.alloc(16_384))),
    steps: 80,
    // The stream is reset first; what goes on then uses up the patience with streams that were reset.
    code: 0,
  },
];

describe('floods', () => {
  for (const { name, source, limits, step, steps, code } of attacks) {
    it(`${name} (${source})`, async () => {
      // The acceptor answers nothing and takes no content.
      const server = new MemoryServer((stream) => {
        stream.pause();
        return { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };
      }, limits);
      server.receive(clientStart);
      for (let n = 0; n < steps; n += 1) server.receive(step(n));
      const frames = await server.sent();
      const goAway = frames.find(({ type }) => type === 7);
      if (code === 0) {
        assert.ok(frames.some((each) => each.type === 3 && each.payload.readUInt32BE(0) === 3));
      } else {
        assert.equal(goAway?.payload.readUInt32BE(4), code);
        assert.equal(server.transport.ended, true);
        assert.equal(server.connection.streams.size, 0);
        assert.equal(server.errors.at(-1)?.violation.reason, 'ENHANCE_YOUR_CALM');
        // Every request that was accepted was told its end.
        for (const { events, stream } of server.seen) {
          if (stream.ended) assert.match(events.at(-1) ?? '', /^abort client-/);
        }
      }
      server.close();
    });
  }

  it('does not mind resets and control frames of a client whose requests end well', async () => {
    let requests = 0;
    const server = new MemoryServer((stream) => {
      requests += 1;
      if (requests % 2 === 1) stream.respond({ status: 200, fields: [], contentLength: 0, upgrade: '' }, true);
      return { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };
    });
    server.receive(clientStart);
    for (let n = 0; n < 2_000; n += 1) {
      const [good, given] = [streamId(n * 2), streamId(n * 2 + 1)];
      server.receive(headers(good, getRequest, true), headers(given, getRequest, true), frame(3, 0, given, uint32(8)));
      server.receive(emptyPing, emptyPing, emptyPing);
    }
    assert.equal(server.seen.length, 4_000);
    assert.ok(!(await server.sent()).some(({ type }) => type === 7));
    server.close();
  });

  it('closes on a client that makes it send and never reads (CVE-2019-9517)', async () => {
    const big = 'v'.repeat(60_000);
    const server = new MemoryServer(
      (stream) => {
        const fields = [new Field('x', big, REGULAR)];
        stream.respond({ status: 200, fields, contentLength: 0, upgrade: '' }, true);
        return { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };
      },
      { streams: 1_000 },
    );
    server.transport.blocked = true;
    server.receive(clientStart);
    let requests = 0;
    while (!server.transport.destroyed && requests < 1_000) {
      server.receive(headers(streamId(requests), getRequest, true));
      requests += 1;
    }
    assert.ok(server.transport.destroyed);
    assert.ok(requests < 100, `${requests} responses of 60 KB were buffered`);
    await turn();
    assert.equal(server.closed, 1);
    server.close();
  });
});

describe('budgets', () => {
  it('allow a capacity at once, more with time, and what was earned', () => {
    let now = 0;
    const budget = new Budget({ capacity: 3, perSecond: 2 }, () => now);
    const spendable = (): number => {
      let count = 0;
      while (count < 100 && budget.spend()) count += 1;
      return count;
    };
    assert.equal(spendable(), 3);
    assert.equal(spendable(), 0);
    now += 500;
    assert.equal(spendable(), 1);
    now += 1_000_000;
    assert.equal(spendable(), 3);
    budget.earn(2);
    assert.equal(spendable(), 2);
  });
});

describe('timeouts', () => {
  const until = async (condition: () => boolean): Promise<void> => {
    while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
  };
  const cases: readonly (readonly [
    name: string,
    limits: Partial<Limits>,
    bytes: readonly Buffer[],
    error: RegExp | null,
  ])[] = [
    ['no preface', { headTimeout: 20 }, [], /did not arrive in time/],
    ['half a preface', { headTimeout: 20 }, [clientStart.subarray(0, 10)], /did not arrive in time/],
    [
      'a frame that does not end',
      { headTimeout: 20 },
      [clientStart, headers(1, getRequest, true).subarray(0, 20)],
      /did not arrive in time/,
    ],
    [
      'a head whose CONTINUATION does not come',
      { headTimeout: 20 },
      [clientStart, frame(1, 0, 1, block(getRequest))],
      /did not arrive in time/,
    ],
    ['no request', { idleTimeout: 20 }, [clientStart], null],
  ];
  for (const [name, limits, bytes, error] of cases) {
    it(`ends a connection with ${name}`, async () => {
      const server = new MemoryServer(null, { lingerTimeout: 20, ...limits });
      server.receive(...bytes);
      await until(() => server.transport.ended);
      if (error === null) assert.equal(server.errors.length, 0);
      else assert.match(server.errors[0]?.violation.message ?? '', error);
      const goAway = (await server.sent()).find(({ type }) => type === 7);
      assert.equal(goAway?.payload.readUInt32BE(4), 0);
      // A peer that does not close either is not waited for.
      await until(() => server.transport.destroyed);
      server.close();
    });
  }

  it('does not mind chunks that always end within a frame, as long as frames arrive', (test) => {
    test.mock.timers.enable({ apis: ['setInterval'] });
    const server = new MemoryServer(null, { headTimeout: 60 });
    server.receive(clientStart);
    const bytes = Buffer.concat(Array.from({ length: 40 }, (_, n) => headers(streamId(n), getRequest, true)));
    const size = bytes.length / 40;
    server.receive(bytes.subarray(0, 10));
    for (let n = 0; n < 39; n += 1) {
      server.receive(bytes.subarray(n * size + 10, (n + 1) * size + 10));
      test.mock.timers.tick(20);
    }
    assert.equal(server.errors.length, 0);
    assert.equal(server.seen.length, 39);
    test.mock.timers.tick(100);
    assert.match(server.errors[0]?.violation.message ?? '', /did not arrive in time/);
    server.close();
  });

  it('resets a stream whose content does not come, and one whose response is not taken', async () => {
    const server = new MemoryServer(
      (stream) => {
        if (stream.ended) {
          stream.respond({ status: 200, fields: [], contentLength: -1, upgrade: '' }, false);
          stream.write(Buffer.alloc(10));
        } else if (stream.head.target === '/both') {
          stream.respond({ status: 200, fields: [], contentLength: -1, upgrade: '' }, false);
          stream.write(Buffer.alloc(10));
          // The pause is for the request; the response is still the client's to take.
          stream.pause();
        }
        return { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };
      },
      { bodyTimeout: 20 },
    );
    server.receive(
      clientStart,
      frame(4, 0, 0, setting(4, 0)),
      headers(1, postRequest, false),
      headers(3, getRequest, true),
      headers(
        5,
        postRequest.map(([name, value]) => [name, name === ':path' ? '/both' : value]),
        false,
      ),
    );
    await until(() => server.seen.every(({ events }) => events.includes('abort client-timeout')));
    assert.deepEqual(
      (await server.described()).filter((each) => each.startsWith('RST')),
      ['RST_STREAM 1 8', 'RST_STREAM 3 8', 'RST_STREAM 5 8'],
    );
    server.close();
  });
});
