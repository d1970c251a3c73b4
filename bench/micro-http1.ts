/**
 * What the HTTP/1.1 engine itself costs, without sockets: nanoseconds for a request and its response to pass from a
 * server connection to a client connection and back, heads rendered to bytes. Run it with `node bench/micro-http1.ts`,
 * under `--cpu-prof` to see where the time goes.
 */
import { FieldCache } from '../src/dataplanes/node/http/field.ts';
import type { RequestHead, ResponseHead } from '../src/dataplanes/node/http/message.ts';
import type {
  ClientStream,
  ClientStreamHandler,
  ServerStream,
  ServerStreamHandler,
} from '../src/dataplanes/node/http/stream.ts';
import { Http1ClientConnection } from '../src/dataplanes/node/http1/client-connection.ts';
import { Http1ServerConnection } from '../src/dataplanes/node/http1/server-connection.ts';
import { DeadlineWheel } from '../src/dataplanes/node/io/deadlines.ts';
import type { Transport } from '../src/dataplanes/node/io/transport.ts';
import { defaultLimits } from '../src/dataplanes/node/limits.ts';

/** Joins what is written into one buffer, as a socket would be given it. */
class JoiningTransport implements Transport {
  readonly buffered = 0;
  readonly #room = Buffer.allocUnsafe(1 << 20);
  #text = '';
  #parts: Buffer[] = [];
  sent = 0;

  write(chunk: Buffer | string): boolean {
    if (typeof chunk === 'string') this.#text += chunk;
    else this.#parts.push(chunk);
    return true;
  }

  flush(): boolean {
    let offset = this.#room.write(this.#text, 0, 'latin1');
    for (const part of this.#parts) offset += part.copy(this.#room, offset);
    this.sent += offset;
    this.#text = '';
    this.#parts = [];
    return true;
  }

  pause(): void {}
  resume(): void {}
  end(): void {}
  destroy(): void {
    throw new Error('the connection was broken off');
  }
}

const cache = new FieldCache();
const settings = { cache, limits: defaultLimits };
const front = new JoiningTransport();
const back = new JoiningTransport();
const client = new Http1ClientConnection(back, { onCapacity: () => {}, onClosed: () => {} }, settings);

/** The least that a proxy does between the two. */
class Exchange implements ServerStreamHandler, ClientStreamHandler {
  readonly #server: ServerStream;
  readonly #client: ClientStream;

  constructor(server: ServerStream) {
    this.#server = server;
    this.#client = client.open(server.head satisfies RequestHead, server.ended, this);
  }

  onInformational(): void {}
  onHead(head: ResponseHead, ended: boolean): void {
    this.#server.respond(head, ended);
  }
  onData(chunk: Buffer): void {
    this.#server.write(chunk);
  }
  onEnd(): void {
    this.#server.end(null);
  }
  onAbort(): void {
    this.#client.abort();
  }
  onWritable(): void {}
}

const server = new Http1ServerConnection(
  front,
  { listener: 'bench', remoteAddress: '127.0.0.1', remotePort: 1, tls: null },
  {
    ...settings,
    wheel: new DeadlineWheel(1_000),
    acceptor: (stream) => new Exchange(stream),
    onProtocolError: (error) => {
      throw new Error(error.violation.message);
    },
    onClosed: () => {},
  },
);

const curl = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: curl/8.5.0\r\nAccept: */*\r\n\r\n`;
const browser = (path: string, more = ''): string =>
  `GET ${path} HTTP/1.1\r\nHost: www.example.com\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n` +
  'sec-ch-ua: "Chromium";v="142", "Not_A Brand";v="99"\r\nsec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: "Linux"\r\n' +
  'Upgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) ' +
  'Chrome/142.0.0.0 Safari/537.36\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8\r\n' +
  'Sec-Fetch-Site: same-origin\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\n' +
  'Accept-Encoding: gzip, deflate, br, zstd\r\nAccept-Language: en-GB,en;q=0.9\r\n' +
  `Cookie: session=0123456789abcdef0123456789abcdef; theme=dark; consent=all\r\n${more}\r\n`;
const reply = (more = ''): Buffer =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sat, 21 Nov 2026 10:00:00 GMT\r\nContent-Type: text/html\r\n` +
      `Content-Length: 1024\r\nConnection: keep-alive\r\nETag: "5f-1a"\r\n${more}\r\n${'x'.repeat(1024)}`,
    'latin1',
  );

const many = 512;
const variants = (make: (index: number) => string): Buffer[] =>
  Array.from({ length: many }, (_, index) => Buffer.from(make(index), 'latin1'));

interface Workload {
  readonly name: string;
  readonly requests: readonly Buffer[];
  readonly responses: readonly Buffer[];
}

const workloads: readonly Workload[] = [
  { name: 'curl, the same each time', requests: variants(() => curl('/')), responses: [reply()] },
  { name: 'browser, the same each time', requests: variants(() => browser('/')), responses: [reply()] },
  { name: 'browser, paths vary', requests: variants((index) => browser(`/item/${index}?q=1`)), responses: [reply()] },
  {
    name: 'browser, a path, a referrer and a response field vary',
    requests: variants((index) => browser(`/item/${index}`, `Referer: https://www.example.com/${index}\r\n`)),
    responses: Array.from({ length: many }, (_, index) => reply(`X-Request-Id: ${index}-${'a'.repeat(32)}\r\n`)),
  },
];

function run({ requests, responses }: Workload, rounds: number): number {
  const start = process.hrtime.bigint();
  for (let round = 0; round < rounds; round += 1) {
    server.onData(requests[round % requests.length] as Buffer);
    back.flush();
    client.onData(responses[round % responses.length] as Buffer);
    front.flush();
  }
  return Number(process.hrtime.bigint() - start) / rounds;
}

for (const workload of workloads) run(workload, 50_000);
for (const workload of workloads) {
  const nanoseconds = Math.min(...[0, 1, 2, 3, 4].map(() => run(workload, 60_000)));
  console.log(`${nanoseconds.toFixed(0).padStart(6)} ns  ${workload.name}`);
}
process.exit(front.sent > 0 ? 0 : 1);
