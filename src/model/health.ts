import type { Origin } from './origin.ts';

/**
 * How the endpoints of a backend are asked, without a client's request, whether they are well. Each check is a connection of
 * its own, with the backend's own TLS: whoever fails its verification is not healthy.
 *
 * The first check of an endpoint decides at once; until then it gets requests where no endpoint is known to be healthy.
 */
export type HealthCheck = HttpHealthCheck | TcpHealthCheck;

interface HealthCheckBase {
  /** Milliseconds from the end of a check to the start of the next one, up to a tenth more by chance. */
  readonly interval: number;
  /** Milliseconds for a check as a whole, connection included. */
  readonly timeout: number;
  /** Failed checks in a row that make a healthy endpoint unhealthy. At least 1. */
  readonly unhealthyThreshold: number;
  /** Passed checks in a row that make an unhealthy endpoint healthy. At least 1. */
  readonly healthyThreshold: number;
  /**
   * Percent. Where fewer of the endpoints are healthy, all of them get requests, lest too few be overrun. With 0 that never
   * happens: without a healthy endpoint requests are answered 503. Envoy's default is 50; Contour's configuration says 0.
   */
  readonly panicThreshold: number;
  readonly origin: Origin;
}

/** A request whose final response's head decides. */
export interface HttpHealthCheck extends HealthCheckBase {
  readonly type: 'http';
  readonly method: 'GET' | 'HEAD';
  /** Origin form: `/healthz?deep=1`. */
  readonly path: string;
  /** Host of the request, and the server name where the backend's TLS takes it from there. Null for the endpoint's own address. */
  readonly host: string | null;
  /** Both ends belong to the range. Never empty. */
  readonly expectedStatuses: readonly StatusRange[];
}

/** A connection; where the backend has TLS, a verified handshake. */
export interface TcpHealthCheck extends HealthCheckBase {
  readonly type: 'tcp';
}

export interface StatusRange {
  readonly first: number;
  readonly last: number;
}
