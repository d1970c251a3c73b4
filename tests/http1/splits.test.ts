import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { request, response, SeenRequest, SeenResponse, testClient, testServer } from './harness.ts';
import { applyEdit, cut, edit, type MadeMessage, places, requestMessage, responseMessage } from './messages.ts';

const pairs = (list: readonly { readonly name: string; readonly value: string }[] | null) =>
  (list ?? []).map(({ name, value }) => [name, value]);
const lower = (list: readonly (readonly [string, string])[]) =>
  list.map(([name, value]) => [name.toLowerCase(), value]);

/** Answers each request once all of it is there. */
class Answered extends SeenRequest {
  override onEnd(trailers: Parameters<SeenRequest['onEnd']>[0]): void {
    super.onEnd(trailers);
    this.answer();
  }

  answer(): void {
    this.stream.respond(response(200, 0), true);
  }
}

/** What a server made of the parts: the requests that came whole, and whether it refused one. */
function serve(parts: readonly string[]) {
  const requests: Answered[] = [];
  const server = testServer({
    onRequest: (seen) => {
      const answered = new Answered(seen.stream);
      requests.push(answered);
      Object.assign(seen, { onData: answered.onData.bind(answered), onEnd: answered.onEnd.bind(answered) });
      if (seen.stream.ended) answered.answer();
    },
  });
  for (const part of parts) server.feed(part);
  return {
    whole: requests
      .filter((seen) => seen.ended)
      .map((seen) => ({
        startLine: `${seen.head.method} ${seen.head.target}`,
        fields: pairs(seen.head.fields),
        content: seen.content,
        trailers: pairs(seen.trailers),
      })),
    refused: server.errors.length,
    closed: server.transport.ended || server.transport.destroyed,
  };
}

const expected = (message: MadeMessage) => ({
  startLine: message.startLine,
  fields: lower(message.fields),
  content: message.content,
  trailers: lower(message.trailers),
});

describe('HTTP/1.1: any split of the bytes', () => {
  it('gives the server the same requests, which are those that were sent', () => {
    fc.assert(
      fc.property(fc.array(requestMessage, { minLength: 1, maxLength: 4 }), places, (messages, where) => {
        const outcome = serve(cut(messages.map((message) => message.bytes).join(''), where));
        assert.deepEqual(outcome, { whole: messages.map(expected), refused: 0, closed: false });
      }),
      { numRuns: 400 },
    );
  });

  it('makes no difference to what a server takes and refuses of broken requests', () => {
    fc.assert(
      fc.property(
        fc.array(requestMessage, { minLength: 1, maxLength: 3 }),
        fc.array(edit, { minLength: 1, maxLength: 3 }),
        places,
        (messages, edits, where) => {
          const bytes = edits.reduce(applyEdit, messages.map((message) => message.bytes).join(''));
          const whole = serve([bytes]);
          // A part of a head may be refused before its end, which never comes here: more is refused, never less.
          const split = serve(cut(bytes, where));
          assert.deepEqual(split, whole);
        },
      ),
      { numRuns: 1_500 },
    );
  });

  const receive = (parts: readonly string[]) => {
    const client = testClient();
    const seen = new SeenResponse();
    client.connection.open(request(), true, seen);
    for (const part of parts) client.feed(part);
    return { client, seen };
  };

  it('gives the client the same response, which is the one that was sent', () => {
    fc.assert(
      fc.property(responseMessage, places, (message, where) => {
        const { client, seen } = receive(cut(message.bytes, where));
        assert.deepEqual(
          {
            startLine: `${seen.head?.status}`,
            fields: pairs(seen.head?.fields ?? []),
            content: seen.content,
            trailers: pairs(seen.trailers),
          },
          expected(message),
        );
        assert.equal(client.connection.capacity, 1);
      }),
      { numRuns: 400 },
    );
  });

  it('makes no difference to what a client takes and refuses of a broken response', () => {
    fc.assert(
      fc.property(responseMessage, fc.array(edit, { minLength: 1, maxLength: 3 }), places, (message, edits, where) => {
        const bytes = edits.reduce(applyEdit, message.bytes);
        const outcome = ({ client, seen }: ReturnType<typeof receive>) => ({
          failed: seen.failure?.type,
          content: seen.ended ? seen.content : '',
          ended: seen.ended,
          closed: client.transport.destroyed,
        });
        assert.deepEqual(outcome(receive(cut(bytes, where))), outcome(receive([bytes])));
      }),
      { numRuns: 1_500 },
    );
  });
});
