import type { HealthCheck } from './health.ts';
import type { Origin } from './origin.ts';
import type { BackendSecurity } from './tls.ts';

/**
 * A port of a service as one set of routes reaches it. The same port has several backends when a policy on a Gateway or
 * a route, or a Gateway's client certificate, makes its TLS differ by the way it is reached.
 */
export interface Backend {
  /** `shop/orders:443`, with a suffix where the same port has several. */
  readonly id: string;
  /** `shop/orders:443`: what people know it by. */
  readonly service: string;
  /**
   * `auto` follows ALPN over TLS and is HTTP/1.1 otherwise; `h2c` is HTTP/2 with prior knowledge (RFC 9113 section 3.3);
   * `http1` never offers h2; `tcp` and `udp` carry streams.
   */
  readonly protocol: 'auto' | 'http1' | 'h2c' | 'tcp' | 'udp';
  readonly security: BackendSecurity;
  /** Id in `Model.endpoints`. */
  readonly endpoints: string;
  /** Milliseconds for the TCP and TLS handshakes together. */
  readonly connectTimeout: number;
  /** Milliseconds for which a connection without requests is kept; null for no limit. Absent leaves it to the data plane. */
  readonly idleTimeout?: number | null;
  /** Absent where endpoints are not asked: then an endpoint is well as long as it takes connections. Not for `udp`. */
  readonly healthCheck?: HealthCheck;
  readonly origin: Origin;
}

/** The addresses of one port of a service. They change often, so routes and backends only name the set. */
export interface EndpointSet {
  readonly id: string;
  readonly endpoints: readonly Endpoint[];
}

export interface Endpoint {
  /** An IP address, or a host name to resolve (ExternalName, FQDN slices). */
  readonly address: string;
  readonly port: number;
  /** Where health checks go instead of `port`. */
  readonly healthPort?: number;
}
