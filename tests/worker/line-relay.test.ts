import assert from 'node:assert/strict';
import { PassThrough, Writable } from 'node:stream';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineRelay } from '../../src/dataplanes/node/worker/line-relay.ts';

/** Collects what is written and, when asked to, takes its time. */
class Sink extends Writable {
  readonly writes: string[] = [];
  #waiting: (() => void) | null = null;
  slow = false;

  constructor(highWaterMark = 1_000_000) {
    super({ highWaterMark });
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.toString());
    if (this.slow) this.#waiting = done;
    else done();
  }

  proceed(): void {
    this.slow = false;
    this.#waiting?.();
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('lines of several workers are never torn, however they are split', async () => {
  const splits = fc.array(fc.tuple(fc.boolean(), fc.string({ unit: fc.constantFrom('x', '\n') })), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(splits, async (parts) => {
      const sink = new Sink();
      const relay = new LineRelay(sink);
      const sources = [new PassThrough(), new PassThrough()] as const;
      for (const source of sources) relay.follow(source);
      let expected = 0;
      for (const [second, text] of parts) {
        sources[second ? 1 : 0].write(text);
        expected += text.replaceAll('\n', '').length;
        await turn();
      }
      for (const source of sources) source.end();
      await turn();
      await turn();
      for (const write of sink.writes) assert.ok(write.endsWith('\n'));
      assert.equal(sink.writes.join('').replaceAll('\n', '').length, expected);
    }),
    { numRuns: 50 },
  );
});

test('an output that is slow holds the workers’ pipes, and lets them go again', async () => {
  const sink = new Sink(10);
  sink.slow = true;
  const relay = new LineRelay(sink);
  const source = new PassThrough();
  relay.follow(source);
  source.write('a line that is longer than ten\n');
  await turn();
  assert.equal(source.isPaused(), true);
  source.write('another\n');
  await turn();
  assert.equal(sink.writes.length, 1);
  sink.proceed();
  await turn();
  await turn();
  assert.equal(sink.writes.join(''), 'a line that is longer than ten\nanother\n');
});
