import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { request, response, SeenResponse, testClient, testServer } from './harness.ts';

type Step =
  | { readonly type: 'respond'; readonly status: number; readonly length: number; readonly ended: boolean }
  | { readonly type: 'write'; readonly text: string }
  | { readonly type: 'inform' | 'end' | 'abort' | 'pause' | 'resume' };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('respond' as const),
    status: fc.constantFrom(200, 204, 304, 101, 42, 600),
    length: fc.constantFrom(-1, 0, 3, 6),
    ended: fc.boolean(),
  }),
  fc.record({
    type: fc.constant('write' as const),
    text: fc.constantFrom('', 'abc', 'HTTP/1.1 200 OK\r\n\r\n', '0\r\n\r\n'),
  }),
  fc.record({
    type: fc.constantFrom('inform' as const, 'end' as const, 'abort' as const, 'pause' as const, 'resume' as const),
  }),
);

/** What a careful handler's calls mean: the content of a whole response, or null where it is not whole. */
function meant(steps: readonly Step[], head: boolean): string | null {
  const at = steps.findIndex((each) => each.type === 'respond' || each.type === 'abort');
  const first = steps[at];
  if (first?.type !== 'respond' || first.status < 200 || first.status > 599) return null;
  const bodiless = head || first.status === 204 || first.status === 304;
  if (first.ended) return '';
  let content = '';
  for (const each of steps.slice(at + 1)) {
    if (each.type === 'abort') return null;
    if (each.type === 'write' && !bodiless) {
      content += each.text;
      if (first.length >= 0 && content.length > first.length) return null;
    }
    if (each.type === 'end') return first.length < 0 || bodiless || content.length === first.length ? content : null;
  }
  return null;
}

describe('HTTP/1.1: a response that looks whole is whole', () => {
  it('whatever a handler calls in whatever order', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 8 }),
        fc.constantFrom('GET / HTTP/1.1', 'HEAD / HTTP/1.1', 'GET / HTTP/1.0'),
        (steps, line) => {
          const server = testServer();
          server.feed(`${line}\r\nHost: a\r\n\r\n`);
          const stream = server.requests[0]?.stream;
          assert.ok(stream);
          for (const each of steps) {
            if (each.type === 'respond') stream.respond(response(each.status, each.length), each.ended);
            else if (each.type === 'write') stream.write(Buffer.from(each.text));
            else if (each.type === 'inform') stream.inform(103, []);
            else if (each.type === 'end') stream.end(null);
            else stream[each.type]();
          }
          const client = testClient();
          const seen = new SeenResponse();
          client.connection.open(request({ method: line.slice(0, line.indexOf(' ')) }), true, seen);
          client.feed(server.transport.text);
          // HTTP/1.0 marks the end by closing in order; breaking off is told by a reset.
          if (server.transport.destroyed) client.connection.onClose(new Error('reset'));
          else if (server.transport.ended) client.connection.onEnd();
          const content = meant(steps, line.startsWith('HEAD'));
          // Content of a declared length is whole with its last byte, before the handler says so.
          const declared = seen.head !== null && seen.head.contentLength === seen.content.length;
          if (content === null) assert.ok(!seen.ended || declared || seen.events.at(-1) === 'head, ended');
          else assert.deepEqual([seen.ended, seen.content], [true, content]);
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
