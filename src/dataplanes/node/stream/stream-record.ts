import type { RouteName } from '../../../model/route.ts';
import type { ClientConnectionInfo } from '../http/stream.ts';
import type { BackendConnectionTls } from '../proxy/connector.ts';
import type { Failure } from '../proxy/failure.ts';

/** Takes one record for each stream that has ended. */
export interface StreamLog {
  writeStream(record: StreamRecord): void;
}

/** What happened in one stream: a connection, or the datagrams of one client. */
export interface StreamRecord {
  /** Milliseconds since the epoch at which it began. */
  readonly time: number;
  readonly duration: number;
  readonly protocol: 'TCP' | 'TLS' | 'UDP';
  /** The client's TLS goes on to the backend as it is. */
  readonly passthrough: boolean;
  /** Of the ClientHello, or an empty string. */
  readonly serverName: string;
  readonly client: ClientConnectionInfo;
  /** `ListenerSection.name`. */
  readonly section: string;
  readonly route: RouteName | null;
  readonly backend: StreamBackendRecord | null;
  /** Bytes from the client, and to it. */
  readonly received: number;
  readonly sent: number;
  readonly failure: Failure | null;
}

export interface StreamBackendRecord {
  /** `Backend.service`. */
  readonly service: string;
  /** Resolved where there was a connection, else as the model has it; empty without an endpoint. */
  readonly endpoint: string;
  readonly tls: BackendConnectionTls | null;
}
