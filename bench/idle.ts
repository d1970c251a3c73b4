// Memory of idle TLS connections: `node bench/idle.ts [--connections N]`. Exits with 1 above the bar.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { CertificateAuthority } from '../src/cli/demo/pki.ts';
import { NodeDataPlane } from '../src/dataplanes/node/dataplane.ts';
import { emptyModel, type Model } from '../src/model/model.ts';
import type { Origin } from '../src/model/origin.ts';
import { freePort } from './side/processes.ts';

const { values } = parseArgs({ options: { connections: { type: 'string', default: '5000' } } });
const connections = Number(values.connections);
/** KiB of resident memory for each connection. */
const bar = 50;
/** Opened before the first look, so that what is loaded once is not counted. */
const warmUp = 500;
const atOnce = 50;

const origin: Origin = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  namespace: 'bench',
  name: 'idle',
  field: 'spec.listeners[0]',
  file: null,
  line: null,
  column: null,
};

/** One HTTPS listener whose only answer is 404. */
function idleModel(port: number): Model {
  const id = `127.0.0.1:${port}`;
  const tls = {
    certificates: ['Secret bench/idle'],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: null,
  } as const;
  const section = {
    name: 'bench/idle/https',
    hostname: '',
    tls: { ...tls, alpn: ['h2', 'http/1.1'] },
    virtualHosts: [],
    origin,
  };
  return {
    ...emptyModel,
    listeners: { [id]: { id, address: '127.0.0.1', port, protocol: 'HTTPS', sections: [section] } },
  };
}

function residentKiB(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

const authority = await CertificateAuthority.create('Bench CA');
const certificate = await authority.issue({ dns: ['idle.test'] });
const port = await freePort();
const plane = new NodeDataPlane({ workers: 1 });
const pair = { certificateChain: certificate.chain, privateKey: certificate.key };
await plane.apply(idleModel(port), { certificates: { 'Secret bench/idle': pair }, trustBundles: {} }, 1);
const [worker] = plane.workers;
if (worker === undefined) throw new Error('no worker runs');

const secureContext = createSecureContext({ ca: authority.certificate });
const sockets: TLSSocket[] = [];

/** A connection that has had one answer and then waits. */
async function open(): Promise<void> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'idle.test',
    secureContext,
    ALPNProtocols: ['http/1.1'],
  });
  sockets.push(socket);
  await once(socket, 'secureConnect');
  socket.write('GET / HTTP/1.1\r\nhost: idle.test\r\n\r\n');
  await once(socket, 'data');
}

async function openMany(count: number): Promise<void> {
  for (let left = count; left > 0; left -= atOnce)
    await Promise.all(Array.from({ length: Math.min(left, atOnce) }, open));
}

await openMany(warmUp);
const before = residentKiB(worker);
await openMany(connections);
const each = (residentKiB(worker) - before) / connections;
console.log(`${connections} idle TLS connections: ${each.toFixed(1)} KiB each (at most ${bar})`);
for (const socket of sockets) {
  socket.on('error', () => {});
  socket.destroy();
}
await plane.drain(1_000);
process.exitCode = each <= bar ? 0 : 1;
