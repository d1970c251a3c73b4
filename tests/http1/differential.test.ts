import assert from 'node:assert/strict';
import http from 'node:http';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { response, testServer } from './harness.ts';
import { applyEdit, edit, requestMessage } from './messages.ts';

interface Understood {
  readonly method: string;
  readonly target: string;
  readonly host: string;
  readonly fields: readonly string[];
  readonly content: string;
}

/** The requests that the engine took whole. */
function engine(bytes: string): Understood[] {
  const server = testServer({
    onRequest: (seen) => {
      const answer = () => seen.stream.respond(response(200, 0), true);
      const onEnd = seen.onEnd.bind(seen);
      seen.onEnd = (trailers) => {
        onEnd(trailers);
        answer();
      };
      if (seen.ended) answer();
    },
  });
  server.feed(bytes);
  return server.requests
    .filter((seen) => seen.ended)
    .map(({ head, content }) => ({
      method: head.method,
      target: head.target,
      host: head.authority,
      fields: head.fields.map(({ name, value }) => `${name}: ${value}`),
      content,
    }));
}

const hopByHop = new Set([
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'te',
  'trailer',
  'upgrade',
]);

/** The requests that Node's own server took whole, and why it refused what came after them. */
async function node(bytes: string): Promise<{ readonly whole: Understood[]; readonly refusal: string }> {
  const whole: Understood[] = [];
  let refusal = '';
  const server = http.createServer((incoming, outgoing) => {
    let content = '';
    incoming.setEncoding('latin1');
    incoming.on('data', (text: string) => {
      content += text;
    });
    incoming.on('end', () => {
      const fields: string[] = [];
      for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
        const name = incoming.rawHeaders[index]?.toLowerCase() ?? '';
        if (!hopByHop.has(name)) fields.push(`${name}: ${incoming.rawHeaders[index + 1]}`);
      }
      whole.push({
        method: incoming.method ?? '',
        target: incoming.url ?? '',
        host: (incoming.headers.host ?? '').toLowerCase(),
        fields,
        content,
      });
      outgoing.end();
    });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    refusal = error.code ?? error.message;
    socket.destroy();
  });
  const [ours, theirs] = duplexPair();
  const closed = new Promise<void>((resolve) => theirs.once('close', () => resolve()));
  ours.on('error', () => {});
  theirs.on('error', () => {});
  server.emit('connection', theirs);
  ours.resume();
  ours.end(Buffer.from(bytes, 'latin1'));
  await closed;
  return { whole, refusal };
}

/** The shortest beginning of the bytes in which the engine finds so many whole requests. */
function shortestWith(requests: number, bytes: string): string {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (engine(bytes.slice(0, middle)).length >= requests) high = middle;
    else low = middle + 1;
  }
  return bytes.slice(0, low);
}

describe('HTTP/1.1 against the parser of node:http', () => {
  it('understands valid requests as Node does', async () => {
    await fc.assert(
      fc.asyncProperty(requestMessage, async (message) => {
        const { whole, refusal } = await node(message.bytes);
        assert.equal(refusal, '');
        assert.deepEqual(engine(message.bytes), whole);
      }),
      { numRuns: 300 },
    );
  });

  it('takes nothing that Node refuses, and nothing differently', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(requestMessage, { minLength: 1, maxLength: 2 }),
        fc.array(edit, { minLength: 1, maxLength: 2 }),
        async (messages, edits) => {
          const bytes = edits.reduce(applyEdit, messages.map((message) => message.bytes).join(''));
          const ours = engine(bytes);
          if (ours.length === 0) return;
          // Only what the engine took: Node drops whole requests when a later one is broken.
          const taken = shortestWith(ours.length, bytes);
          const { whole, refusal } = await node(taken);
          // Node knows a list of methods, the engine any token.
          if (refusal === 'HPE_INVALID_METHOD') return;
          // RFC 9110 section 5.5 strips a tab after a value, Node does so but for this field.
          if (refusal === 'HPE_INVALID_TRANSFER_ENCODING' && /chunked[ \t]*\t[ \t]*\r\n/i.test(taken)) return;
          assert.equal(refusal, '');
          assert.deepEqual(ours, whole);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
