import net from 'node:net';

export interface DemoPorts {
  readonly portOffset: number;
  readonly adminPort: number;
}

const offsets = [8_000, 18_000, 28_000, 38_000, 48_000];
const declared = [80, 443];
const adminPorts = [9_990, 19_990, 29_990];

/** The well-known demo ports where they are free, else others: a demo must not fail for another's server. */
export async function choosePorts(): Promise<DemoPorts> {
  const portOffset = await first(offsets, async (offset) => {
    const free = await Promise.all(declared.map((port) => isFree(port + offset)));
    return free.every(Boolean);
  });
  // Where none of the usual ones is free, the last is tried all the same and its error tells why.
  const adminPort = await first(adminPorts, isFree);
  return { portOffset: portOffset ?? 8_000, adminPort: adminPort ?? 0 };
}

async function first(candidates: readonly number[], fits: (candidate: number) => Promise<boolean>) {
  for (const candidate of candidates) if (await fits(candidate)) return candidate;
  return null;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
