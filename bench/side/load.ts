// The client of all workloads, a process of its own. Closed loop: each slot sends its next request when it has the answer.
import { readFileSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import { proxyName } from './certificates.ts';

export interface Load {
  readonly protocol: 'h1' | 'h2';
  readonly tls: boolean;
  readonly port: number;
  readonly path: string;
  readonly connections: number;
  /** HTTP/2 only: streams at once on each connection. */
  readonly streams: number;
  /** A new connection, with a full handshake, for each request. */
  readonly reconnect: boolean;
}

export type Order = { readonly start: Load } | { readonly stop: true } | { readonly count: true };
export type Report = { readonly requests: number; readonly errors: number };

const [folder = '.'] = process.argv.slice(2);
const ca = readFileSync(join(folder, 'ca.pem'));
let requests = 0;
let errors = 0;
let running = false;
const open = new Set<{ destroy(): void }>();
let firstError = '';

function fail(message: string): void {
  if (!running) return;
  errors += 1;
  if (firstError === '') {
    firstError = message;
    console.error(`load: ${message}`);
  }
}

function dial(load: Load, alpn: string): net.Socket {
  const socket = load.tls
    ? tls.connect({ host: '127.0.0.1', port: load.port, servername: proxyName, ca, ALPNProtocols: [alpn] })
    : net.connect({ host: '127.0.0.1', port: load.port });
  socket.setNoDelay(true);
  open.add(socket);
  socket.on('close', () => open.delete(socket));
  return socket;
}

/** One HTTP/1.1 connection, or a chain of them. Counts bytes, so the answers need a Content-Length. */
function runHttp1(load: Load): void {
  const socket = dial(load, 'http/1.1');
  const request = `GET ${load.path} HTTP/1.1\r\nhost: ${proxyName}\r\nuser-agent: bench/1\r\naccept: */*\r\n\r\n`;
  let left = 0;
  let head = '';
  socket.on(load.tls ? 'secureConnect' : 'connect', () => socket.write(request));
  socket.on('data', (chunk: Buffer) => {
    let offset = 0;
    if (left === 0) {
      const text = head + chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) {
        head = text;
        return;
      }
      if (!text.startsWith('HTTP/1.1 200')) fail(text.slice(0, 200));
      left = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      offset = end + 4 - head.length;
      head = '';
    }
    left -= chunk.length - offset;
    if (left > 0) return;
    requests += 1;
    if (!running) return;
    if (!load.reconnect) socket.write(request);
    else {
      socket.destroy();
      runHttp1(load);
    }
  });
  socket.on('error', (error) => {
    fail(error.message);
    if (running) setTimeout(() => running && runHttp1(load), 50);
  });
}

function runHttp2(load: Load): void {
  const session = http2.connect(`https://${proxyName}:${load.port}`, {
    createConnection: () => dial(load, 'h2') as tls.TLSSocket,
  });
  session.on('error', (error) => fail(error.message));
  const next = (): void => {
    if (!running || session.destroyed) return;
    const stream = session.request({ ':path': load.path, 'user-agent': 'bench/1', accept: '*/*' });
    stream.on('response', (headers) => {
      if (headers[':status'] !== 200) fail(`status ${headers[':status']}`);
    });
    stream.on('error', (error) => fail(error.message));
    stream.on('end', () => {
      requests += 1;
      next();
    });
    stream.resume();
  };
  for (let i = 0; i < load.streams; i += 1) next();
}

process.on('message', (order: Order) => {
  if ('start' in order) {
    running = true;
    firstError = '';
    for (let i = 0; i < order.start.connections; i += 1) {
      if (order.start.protocol === 'h1') runHttp1(order.start);
      else runHttp2(order.start);
    }
  } else if ('stop' in order) {
    running = false;
    for (const socket of open) socket.destroy();
  }
  process.send?.({ requests, errors } satisfies Report);
});
process.on('disconnect', () => process.exit());
