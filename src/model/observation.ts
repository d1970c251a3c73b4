import type { Origin } from './origin.ts';

/** What a data plane saw when it last connected to one endpoint of one backend. */
export interface Observation {
  /** `Backend.id`. */
  readonly backend: string;
  /** `10.0.0.7:443`: the address that was connected to, or the endpoint as the model has it where none was reached. */
  readonly endpoint: string;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly outcome: ConnectedOutcome | FailedOutcome;
  /**
   * Why the endpoint gets no requests as long as the backend has others: connections to it fail, or health checks do. Absent
   * where it gets its share.
   */
  readonly passedOver?: {
    readonly because: 'ejected' | 'unhealthy';
    /** Why the last health check failed, in a sentence; empty for `ejected`, of which `outcome` tells. */
    readonly cause: string;
  };
}

export interface ConnectedOutcome {
  readonly type: 'connected';
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | 'TCP';
  /** Null on a plaintext connection. */
  readonly tls: {
    readonly version: string;
    readonly cipher: string;
    /** The server name that was sent, or an empty string. */
    readonly serverName: string;
    /** Null where no full handshake has shown it yet. */
    readonly certificate: ObservedCertificate | null;
  } | null;
}

export interface FailedOutcome {
  readonly type: 'failed';
  readonly stage: 'resolve' | 'connect' | 'tls' | 'verify';
  /** A closed set of words, as in metrics (`name-mismatch`). */
  readonly reason: string;
  readonly wanted: string;
  readonly presented: string;
  /** One sentence, cause first. */
  readonly message: string;
  /** What in the configuration asked for the thing that failed, where something did. */
  readonly origin: Origin | null;
}

/** The leaf that a backend presented. */
export interface ObservedCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** Lower-case hexadecimal SHA-256 of its DER. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
}
