import type { AbortReason, ClientConnectionInfo } from '../http/stream.ts';

/** A request, or a whole connection, that broke the rules of HTTP before there was anything to route. */
export interface RefusedRequest {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly protocol: 'HTTP/1.1' | 'HTTP/2';
  /** What was answered; 0 where the stream was reset or the connection closed instead. */
  readonly status: number;
  readonly client: ClientConnectionInfo;
  /** `connection`: it ended with all of its requests; those that were under way have records of their own. */
  readonly subject: 'request' | 'connection';
  readonly class: Extract<AbortReason, 'client-protocol-error' | 'client-timeout'>;
  /** One of the fixed words of the engines. */
  readonly reason: string;
  /** One sentence that never repeats what was sent. */
  readonly message: string;
}

/** Takes one record for each. */
export interface RefusalLog {
  writeRefused(record: RefusedRequest): void;
}
