import type { Socket } from 'node:net';
import type { Model } from '../../../model/model.ts';
import type { ClientConnectionInfo } from '../http/stream.ts';
import type { DeadlineWheel } from '../io/deadlines.ts';
import type { Limits } from '../limits.ts';
import type { Backends } from '../proxy/pool/backends.ts';
import type { StreamConnector } from './backend-stream.ts';
import { ClientStreamConnection } from './client-stream.ts';
import { StreamCounters } from './stream-counters.ts';
import type { StreamLog, StreamRecord } from './stream-record.ts';
import { StreamTable } from './stream-table.ts';

export interface StreamProxyOptions {
  readonly connector: StreamConnector;
  /** Updated before the streams are. */
  readonly backends: Backends;
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  /** Null writes no access log. */
  readonly log: StreamLog | null;
}

/** A client's connection that is to be carried as it is. */
export interface ClientStreamSource {
  readonly socket: Socket;
  readonly client: ClientConnectionInfo;
  readonly section: string;
  /** Id of the stream route, or null where the section has none. */
  readonly stream: string | null;
  /** What the client has sent already. */
  readonly first: Buffer | null;
  /** Where TLS is passed through, its server name; null where it is terminated or there is none. */
  readonly passthrough: string | null;
}

/** Carries the streams of one worker: connections here, datagrams in `DatagramPort`. */
export class StreamProxy {
  readonly options: StreamProxyOptions;
  readonly counters = new StreamCounters();
  readonly table: StreamTable;

  constructor(options: StreamProxyOptions) {
    this.options = options;
    this.table = new StreamTable(options.backends, Math.random());
  }

  /** In force for new streams; those that are under way keep what they began with. */
  update(model: Model): void {
    this.table.update(model);
  }

  /** @param onClosed called once, when both connections are closed; not before this returns */
  open(source: ClientStreamSource, onClosed: () => void): ClientStreamConnection {
    const stream = new ClientStreamConnection(source, this, onClosed);
    this.counters.active += 1;
    stream.start();
    return stream;
  }

  ended(record: StreamRecord): void {
    const { protocol, section, route, backend, received, sent, failure } = record;
    this.counters.active -= 1;
    const name = route === null ? '' : `${route.kind}/${route.namespace}/${route.name}`;
    const labels = { protocol, section, route: name, backend: backend?.service ?? '' };
    this.counters.record(labels, received, sent, failure?.class ?? null);
    this.options.log?.writeStream(record);
  }
}
