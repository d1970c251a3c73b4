import type { Backend } from '../../../model/backend.ts';

/** What a Service port's `appProtocol` says of the backend. */
export interface AppProtocol {
  /** `h2` is HTTP/2 whatever the port says, as gRPC asks: by prior knowledge, or by ALPN over TLS. */
  readonly protocol: Backend['protocol'] | 'h2';
  /** Whether the backend expects TLS by what it says of itself. */
  readonly tls: boolean;
}

/**
 * The protocols that an HTTPRoute can speak: Kubernetes' standard names (KEP-3726), and the names that people write for the
 * same, in any letter case (service names are compared without regard to it, RFC 6335 section 5.1). A port that says nothing is taken for HTTP.
 */
const protocols: Readonly<Record<string, AppProtocol>> = {
  http: { protocol: 'auto', tls: false },
  https: { protocol: 'auto', tls: true },
  ws: { protocol: 'http1', tls: false },
  wss: { protocol: 'http1', tls: true },
  h2c: { protocol: 'h2c', tls: false },
  http2: { protocol: 'h2c', tls: false },
  grpc: { protocol: 'h2c', tls: false },
  tcp: { protocol: 'auto', tls: false },
  'kubernetes.io/h2c': { protocol: 'h2c', tls: false },
  'kubernetes.io/ws': { protocol: 'http1', tls: false },
  'kubernetes.io/wss': { protocol: 'http1', tls: true },
};

/** Null for a protocol that an HTTPRoute cannot speak (`UnsupportedProtocol`). */
export function readAppProtocol(appProtocol: string | undefined): AppProtocol | null {
  if (appProtocol === undefined || appProtocol === '') return { protocol: 'auto', tls: false };
  const name = appProtocol.toLowerCase();
  return Object.hasOwn(protocols, name) ? (protocols[name] ?? null) : null;
}

/** As a GRPCRoute speaks to the port. Null for a protocol that is not HTTP/2. */
export function readGrpcAppProtocol(appProtocol: string | undefined): AppProtocol | null {
  const read = readAppProtocol(appProtocol);
  if (read === null || read.protocol === 'http1') return null;
  return read.protocol === 'auto' ? { ...read, protocol: 'h2' } : read;
}

/** As a TLSRoute or TCPRoute reaches the port: whatever it speaks is carried. */
export function readStreamAppProtocol(appProtocol: string | undefined): AppProtocol {
  return { protocol: 'tcp', tls: readAppProtocol(appProtocol)?.tls ?? false };
}

/** Whether the port says in so many words that it speaks HTTP/2 without TLS. */
export function saysCleartextHttp2(appProtocol: string | undefined): boolean {
  const name = appProtocol?.toLowerCase();
  return name === 'h2c' || name === 'kubernetes.io/h2c';
}

/** For messages. */
export const knownAppProtocols: readonly string[] = Object.keys(protocols);
