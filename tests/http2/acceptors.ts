import { makeField } from '../../src/dataplanes/node/http/field.ts';
import type { Acceptor, ServerStream, ServerStreamHandler } from '../../src/dataplanes/node/http/stream.ts';

/** A field that a test means to be valid. */
export function field(name: string, value: string): NonNullable<ReturnType<typeof makeField>> {
  const made = makeField(name, value);
  if (made === null) throw new Error(`not a field: ${name}`);
  return made;
}

/** Takes everything and says nothing. */
export const silent: ServerStreamHandler = { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };

/** Leaves streams for the test to answer. */
export const waiting: Acceptor = () => silent;

const hello = Buffer.from('hello, world');

/** Answers 200 and some content when the request is whole. */
export const answerHello: Acceptor = (stream) => {
  const answer = (): void => {
    stream.respond(
      { status: 200, fields: [field('content-type', 'text/plain')], contentLength: hello.length, upgrade: '' },
      false,
    );
    stream.write(hello);
    stream.end(null);
  };
  if (stream.ended) answer();
  return { onData() {}, onEnd: answer, onAbort() {}, onWritable() {} };
};

/** Sends the request's content and trailers back, with back-pressure from one to the other. */
export const echo: Acceptor = (stream) => new Echo(stream);

class Echo implements ServerStreamHandler {
  readonly #stream: ServerStream;

  constructor(stream: ServerStream) {
    this.#stream = stream;
    const fields = stream.head.fields.filter((each) => each.name.startsWith('x-'));
    stream.respond({ status: 200, fields, contentLength: stream.head.contentLength, upgrade: '' }, stream.ended);
  }

  onData(chunk: Buffer): void {
    if (!this.#stream.write(chunk)) this.#stream.pause();
  }

  onEnd(trailers: Parameters<ServerStreamHandler['onEnd']>[0]): void {
    this.#stream.end(trailers);
  }

  onAbort(): void {}

  onWritable(): void {
    this.#stream.resume();
  }
}
