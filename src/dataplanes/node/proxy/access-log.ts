import type { RouteName } from '../../../model/route.ts';
import type { ClientConnectionInfo } from '../http/stream.ts';
import type { BackendConnectionTls } from './connector.ts';
import type { Failure } from './failure.ts';

/** Takes one record for each finished exchange. */
export interface AccessLog {
  write(record: AccessRecord): void;
}

/** What happened in one exchange, from the request's head to its end. */
export interface AccessRecord {
  /** Milliseconds since the epoch at which the request's head was there. */
  readonly time: number;
  /** Milliseconds until the last byte was handed to the client's connection. */
  readonly duration: number;
  /** Milliseconds until the backend's response began; null where there was none. */
  readonly backendDuration: number | null;
  readonly requestId: string;
  readonly method: string;
  /** As the client sent it. */
  readonly authority: string;
  /** As the client sent it, query included. */
  readonly target: string;
  readonly protocol: 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2';
  /** 499 where the client left before there was one. */
  readonly status: number;
  /** Content only, without heads and framing. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly userAgent: string;
  readonly client: ClientConnectionInfo;
  /** `ListenerSection.name`, or an empty string. */
  readonly section: string;
  readonly route: RouteName | null;
  /** The last backend that was tried, or null. */
  readonly backend: BackendRecord | null;
  /** How often the request was sent or a connection tried again. */
  readonly retries: number;
  readonly upgraded: boolean;
  readonly failure: Failure | null;
}

export interface BackendRecord {
  /** `Backend.service`. */
  readonly service: string;
  /** The endpoint's resolved address where there is a connection, else as the model has it; empty without an endpoint. */
  readonly endpoint: string;
  readonly protocol: 'HTTP/1.1' | 'HTTP/2' | null;
  readonly reused: boolean;
  readonly tls: BackendConnectionTls | null;
}
