import type { Load } from './load.ts';

export interface Workload {
  readonly name: string;
  readonly unit: string;
  /** What a figure is divided by: 1, or the MiB of a response. */
  readonly unitsPerRequest: number;
  readonly load: Omit<Load, 'port'>;
}

const http1 = { protocol: 'h1', streams: 1, reconnect: false, connections: 32 } as const;
const perRequest = { unit: 'µs/request', unitsPerRequest: 1 };

/** The workloads of the reference table. W7 (passthrough) is not measured yet. */
export const workloads: readonly Workload[] = [
  { name: 'W1 keep-alive 1 KiB, TLS → TLS', ...perRequest, load: { ...http1, tls: true, path: '/keepalive/1024' } },
  { name: 'W2 keep-alive 1 KiB, HTTP → TLS', ...perRequest, load: { ...http1, tls: false, path: '/keepalive/1024' } },
  {
    name: 'W3 new client connection, TLS → TLS',
    ...perRequest,
    load: { ...http1, tls: true, path: '/keepalive/1024', reconnect: true, connections: 8 },
  },
  {
    name: 'W4 new backend connection, full handshake',
    ...perRequest,
    load: { ...http1, tls: true, path: '/full/1024', connections: 8 },
  },
  {
    name: 'W4 new backend connection, resumed',
    ...perRequest,
    load: { ...http1, tls: true, path: '/resumed/1024', connections: 8 },
  },
  {
    name: 'W5 1 MiB bodies, TLS → TLS',
    unit: 'µs/MiB',
    unitsPerRequest: 1,
    load: { ...http1, tls: true, path: '/keepalive/1048576', connections: 8 },
  },
  {
    name: 'W5 64 MiB bodies, TLS → TLS',
    unit: 'µs/MiB',
    unitsPerRequest: 64,
    load: { ...http1, tls: true, path: '/keepalive/67108864', connections: 2 },
  },
  {
    name: 'W6 HTTP/2 16 × 8 streams 1 KiB → TLS',
    ...perRequest,
    load: { protocol: 'h2', tls: true, path: '/keepalive/1024', connections: 16, streams: 8, reconnect: false },
  },
];
