// The backend of all workloads, a process of its own: HTTPS over raw sockets, cheap enough not to be the bottleneck.
import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';

const [folder = '.'] = process.argv.slice(2);
const headEnd = Buffer.from('\r\n\r\n');
const bodies = new Map<number, Buffer>();

function body(size: number): Buffer {
  let made = bodies.get(size);
  if (made === undefined) {
    made = Buffer.alloc(size, 'x');
    bodies.set(size, made);
  }
  return made;
}

/** `/…/1024` answers 1,024 bytes. */
function answer(socket: tls.TLSSocket, head: string, close: boolean): void {
  const size = Number(/\/(\d+) HTTP/.exec(head)?.[1] ?? 1024);
  const lines = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\nserver: bench\r\n${close ? 'connection: close\r\n' : ''}content-length: ${size}\r\n\r\n`;
  const content = body(size);
  if (size <= 65_536) socket.write(Buffer.concat([Buffer.from(lines), content]));
  else {
    socket.write(lines);
    socket.write(content);
  }
  if (close) socket.end();
}

function listen(close: boolean, tickets: boolean): Promise<number> {
  const server = tls.createServer(
    {
      cert: readFileSync(join(folder, 'backend.pem')),
      key: readFileSync(join(folder, 'backend.key')),
      minVersion: 'TLSv1.3',
      ALPNProtocols: ['http/1.1'],
      secureOptions: tickets ? 0 : constants.SSL_OP_NO_TICKET,
    },
    (socket) => {
      let pending: Buffer = Buffer.alloc(0);
      socket.setNoDelay(true);
      socket.on('error', () => socket.destroy());
      socket.on('data', (chunk: Buffer) => {
        let rest = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
        for (let end = rest.indexOf(headEnd); end >= 0; end = rest.indexOf(headEnd)) {
          answer(socket, rest.toString('latin1', 0, end), close);
          rest = rest.subarray(end + 4);
        }
        pending = rest;
      });
    },
  );
  server.on('tlsClientError', () => {});
  // Without this a full handshake could still resume by session id, or by a stateful TLS 1.3 ticket.
  if (!tickets) server.on('newSession', (_id, _data, done) => done());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

const ports = {
  keepalive: await listen(false, true),
  full: await listen(true, false),
  resumed: await listen(true, true),
};
process.send?.(ports);
process.on('disconnect', () => process.exit());
