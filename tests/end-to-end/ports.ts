import { createServer } from 'node:net';

/** A port offset with which 80 and 443 are free on 127.0.0.1. */
export async function freeOffset(): Promise<number> {
  for (;;) {
    const port = await freePort(0);
    if (port !== null && port > 80 && port + 363 < 65_536 && (await freePort(port + 363)) !== null) return port - 80;
  }
}

/** The port itself, or any for 0; null where somebody has it. */
function freePort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : null));
    });
  });
}
