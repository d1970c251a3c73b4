/*
 * What the HTTP/2 engine costs: nanoseconds a request without sockets (decode, hand over, answer 1 KiB), and, with
 * `--loopback`, microseconds of the server's processor time a request over TLS, beside node:http2's core API.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type ClientHttp2Session, connect, createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { CertificateAuthority } from '../src/cli/demo/pki.ts';
import { FieldCache } from '../src/dataplanes/node/http/field.ts';
import type { Acceptor, ServerStreamHandler } from '../src/dataplanes/node/http/stream.ts';
import { connectionPreface } from '../src/dataplanes/node/http2/frames.ts';
import { encodeLiteral } from '../src/dataplanes/node/http2/hpack/encoder.ts';
import { Http2ServerConnection } from '../src/dataplanes/node/http2/server-connection.ts';
import { DeadlineWheel } from '../src/dataplanes/node/io/deadlines.ts';
import { SocketTransport, type Transport } from '../src/dataplanes/node/io/transport.ts';
import { defaultLimits } from '../src/dataplanes/node/limits.ts';

const content = Buffer.alloc(1024, 'x');
const cache = new FieldCache();
const responseLines = [
  'server: backend',
  'content-type: text/html; charset=utf-8',
  'cache-control: max-age=60',
  'vary: accept',
];
const handler: ServerStreamHandler = { onData() {}, onEnd() {}, onAbort() {}, onWritable() {} };
let answered = 0;

const acceptor: Acceptor = (stream) => {
  answered += 1;
  const fields = responseLines.map((line) => cache.parse(line)).filter((field) => field !== null);
  stream.respond({ status: 200, fields, contentLength: content.length, upgrade: '' }, false);
  stream.write(content);
  stream.end(null);
  return handler;
};

const settings = {
  acceptor,
  limits: defaultLimits,
  wheel: new DeadlineWheel(),
  onProtocolError: (error: unknown) => console.error(error),
  onClosed() {},
};
const client = { listener: 'bench', remoteAddress: '127.0.0.1', remotePort: 1, tls: null };

const nowhere: Transport = {
  buffered: 0,
  write: () => true,
  flush: () => true,
  pause() {},
  resume() {},
  end() {},
  destroy() {},
};

const browserFields: readonly (readonly [name: string, value: string])[] = [
  [':authority', 'shop.example.com'],
  ['user-agent', 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537'],
  ['accept', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'],
  ['accept-encoding', 'gzip, deflate, br, zstd'],
  ['accept-language', 'en-US,en;q=0.9'],
  ['cookie', 'session=0123456789abcdef0123456789abcdef; theme=dark'],
];

function frame(type: number, flags: number, streamId: number, payload: string): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(streamId, 5);
  return Buffer.concat([header, Buffer.from(payload, 'latin1')]);
}

/** As browsers do: the first request puts its fields into the dynamic table, the others refer to it. */
function* requests(varying: boolean): Generator<Buffer> {
  const text = (value: string): string => String.fromCharCode(value.length) + value;
  const filling = browserFields.map(([name, value]) => `\x40${text(name)}${text(value)}`).join('');
  const referring = browserFields
    .map((_, index) => String.fromCharCode(0x80 | (61 + browserFields.length - index)))
    .join('');
  for (let id = 1; ; id += 2) {
    const path = varying ? encodeLiteral(':path', `/orders/${id * 7919}?page=2`, true) : '\x84';
    yield frame(1, 5, id, `\x82\x87${path}${id === 1 ? filling : referring}`);
  }
}

async function withoutSockets(varying: boolean): Promise<number> {
  const connection = new Http2ServerConnection(nowhere, client, settings);
  connection.onData(Buffer.concat([Buffer.from(connectionPreface, 'latin1'), frame(4, 0, 0, '')]));
  const source = requests(varying);
  const batches = Array.from({ length: 25_000 }, () =>
    Buffer.concat([...Array.from({ length: 8 }, () => source.next().value as Buffer), frame(8, 0, 0, '\0\0\x20\0')]),
  );
  const before = answered;
  let best = Number.POSITIVE_INFINITY;
  for (let part = 0; part < 5; part += 1) {
    const start = process.hrtime.bigint();
    for (const batch of batches.slice(part * 5_000, (part + 1) * 5_000)) {
      connection.onData(batch);
      await new Promise(setImmediate);
    }
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 40_000);
  }
  if (answered - before !== 200_000) throw new Error('the server stopped answering');
  connection.destroy();
  return best;
}

async function serve(engine: boolean): Promise<void> {
  const authority = await CertificateAuthority.create('Bench CA');
  const { key, chain: cert } = await authority.issue({ dns: ['localhost'] });
  const server = engine
    ? createTlsServer({ key, cert, ALPNProtocols: ['h2'], noDelay: true }, (socket) => {
        const transport = new SocketTransport(socket);
        transport.attach(new Http2ServerConnection(transport, client, settings));
      })
    : createSecureServer({ key, cert }).on('stream', (stream: ServerHttp2Stream) => {
        const fields = Object.fromEntries(responseLines.map((line) => line.split(': ') as [string, string]));
        stream.respond({ ':status': 200, 'content-length': content.length, ...fields });
        stream.end(content);
      });
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ port: (server.address() as AddressInfo).port, ca: authority.certificate });
  });
  process.on('message', () => process.send?.(process.cpuUsage()));
  process.on('disconnect', () => process.exit());
}

async function load(session: ClientHttp2Session, streams: number, total: number): Promise<void> {
  let started = 0;
  const fields = Object.fromEntries(browserFields.slice(1));
  const loop = async (): Promise<void> => {
    while (started < total) {
      started += 1;
      const stream = session.request({ ':path': '/', ...fields });
      stream.resume();
      await once(stream, 'close');
    }
  };
  await Promise.all(Array.from({ length: streams }, loop));
  session.close();
}

async function processorTime(child: ChildProcess): Promise<number> {
  child.send('usage');
  const [usage] = (await once(child, 'message')) as [NodeJS.CpuUsage];
  return usage.user + usage.system;
}

/** Microseconds of processor time a request: 16 connections of 8 streams. */
async function overLoopback(kind: string): Promise<number> {
  const child = fork(new URL(import.meta.url), ['--serve', kind]);
  const [{ port, ca }] = (await once(child, 'message')) as [{ port: number; ca: string }];
  const round = (requests: number): Promise<unknown> =>
    Promise.all(Array.from({ length: 16 }, () => load(connect(`https://localhost:${port}`, { ca }), 8, requests / 16)));
  await round(16_000);
  const before = await processorTime(child);
  await round(32_000);
  const after = await processorTime(child);
  child.disconnect();
  return (after - before) / 32_000;
}

const [mode, kind] = process.argv.slice(2);
if (mode === '--serve') await serve(kind === 'engine');
else {
  console.log(`same request      ${(await withoutSockets(false)).toFixed(0).padStart(6)} ns`);
  console.log(`paths vary        ${(await withoutSockets(true)).toFixed(0).padStart(6)} ns`);
  if (mode === '--loopback') {
    for (const each of ['engine', 'node:http2']) {
      console.log(`loopback ${each.padEnd(10)} ${(await overLoopback(each)).toFixed(1).padStart(5)} µs`);
    }
  }
  settings.wheel.stop();
}
