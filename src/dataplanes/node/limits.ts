import { largestAskedContent } from '../../model/authorization.ts';

/** The bounds of the embedded data plane. Sizes are bytes, times milliseconds. */
export interface Limits {
  /** Request or response line and all field lines together; for HTTP/2 the decoded header list (RFC 9113 section 6.5.2). */
  readonly headSize: number;
  readonly headerCount: number;
  readonly requestLine: number;
  /** From a connection's first byte, or the last response, until a whole head is there. */
  readonly headTimeout: number;
  /** Between two requests on a client's connection. */
  readonly idleTimeout: number;
  /** Without any byte of a request's or response's content moving. */
  readonly bodyTimeout: number;
  /** How long a connection that is to be closed still waits for what the peer has under way, so that no reset eats the response. */
  readonly lingerTimeout: number;
  /** How much of a request's content is still read and dropped after a response that ended early. */
  readonly discardedContent: number;
  readonly handshakeTimeout: number;
  /** Per worker. Further ones are closed at once: Node cannot stop accepting without losing what waits in the queue. */
  readonly connections: number;
  /** SETTINGS_MAX_CONCURRENT_STREAMS. */
  readonly streams: number;
  /** Per worker and backend endpoint. */
  readonly backendConnections: number;
  readonly backendIdleTimeout: number;
  /**
   * Connections to backends, per worker, above which idle ones are kept for `backendCrowdedIdleTimeout` only: an open TLS
   * connection costs Node some 55 KiB, and many backends that are asked now and then would hold one each.
   */
  readonly backendCrowd: number;
  readonly backendCrowdedIdleTimeout: number;
  /** Requests that wait for a connection, per worker and backend endpoint. Further ones are answered 503. */
  readonly backendPending: number;
  /** Health checks under way. One worker makes those of all. */
  readonly healthChecks: number;
  /** Without any byte from a backend whose response is awaited or under way, where no timeout of the route is shorter. */
  readonly backendSilence: number;
  /** Without any byte moving through an upgraded connection. */
  readonly tunnelIdleTimeout: number;
  /** Without any byte moving through a connection that is carried as it is. */
  readonly streamIdleTimeout: number;
  /** Without any datagram from or to a client. */
  readonly datagramIdleTimeout: number;
  /** Clients whose datagrams are carried, per worker; each takes a socket. */
  readonly datagramSessions: number;
  /** Request content kept until the response's head, so that the request can go to another connection. */
  readonly replayedContent: number;
  /** Request content that waits for a mirror's backend; a copy that falls behind by more is given up. */
  readonly mirroredContent: number;
  /** From asking whether a request may go on to the whole answer. */
  readonly authorizationTimeout: number;
  /** Of an answer that refuses a request. A longer one is left out, and the gateway's own stands for it. */
  readonly authorizationContent: number;
  /** Of a request that somebody is asked about content and all, where the model does not say less. A larger one is answered 413. */
  readonly askedContent: number;
  /** From asking the client for that content until all of it is there. A slower one is answered 408. */
  readonly askedContentTimeout: number;
  /** Such contents of all requests, per worker, until they are on their way to a backend. Further requests are answered 503. */
  readonly heldContent: number;
  /** From a mirrored request's end to the end of the response that nobody reads, where the route has no timeout. */
  readonly mirrorTimeout: number;
}

export const defaultLimits: Limits = {
  headSize: 65_536,
  headerCount: 128,
  requestLine: 16_384,
  headTimeout: 10_000,
  idleTimeout: 120_000,
  bodyTimeout: 60_000,
  lingerTimeout: 2_000,
  discardedContent: 1_048_576,
  handshakeTimeout: 10_000,
  connections: 20_000,
  streams: 128,
  backendConnections: 1_024,
  backendIdleTimeout: 60_000,
  backendCrowd: 256,
  backendCrowdedIdleTimeout: 10_000,
  backendPending: 1_024,
  healthChecks: 64,
  backendSilence: 300_000,
  tunnelIdleTimeout: 3_600_000,
  streamIdleTimeout: 3_600_000,
  datagramIdleTimeout: 60_000,
  datagramSessions: 4_096,
  replayedContent: 65_536,
  mirroredContent: 65_536,
  mirrorTimeout: 30_000,
  authorizationTimeout: 10_000,
  authorizationContent: 65_536,
  askedContent: largestAskedContent,
  askedContentTimeout: 30_000,
  heldContent: 67_108_864,
};
