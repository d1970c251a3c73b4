import type { FieldCache } from '../http/field.ts';
import type { Acceptor, ClientConnectionInfo } from '../http/stream.ts';
import { Http1ServerConnection, type Http1ServerSettings } from '../http1/server-connection.ts';
import { Http2ServerConnection, type Http2ServerSettings } from '../http2/server-connection.ts';
import type { DeadlineWheel } from '../io/deadlines.ts';
import type { Transport, TransportHandler } from '../io/transport.ts';
import type { Limits } from '../limits.ts';
import type { StreamProxy } from '../stream/stream-proxy.ts';
import type { ListenerCounters } from './front-counters.ts';
import type { RefusalLog, RefusedRequest } from './refused-request.ts';

/** What the client connections of a worker share. */
export interface ClientServices {
  readonly acceptor: Acceptor;
  readonly streams: StreamProxy;
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  readonly cache: FieldCache;
  /** Null where nothing is logged. */
  readonly refusals: RefusalLog | null;
}

type ClientConnection = Http1ServerConnection | Http2ServerConnection;

/** The connections of one listening socket that speak HTTP. */
export class ClientConnections {
  readonly #counters: ListenerCounters;
  readonly #refusals: RefusalLog | null;
  readonly #http1: Http1ServerSettings;
  readonly #http2: Http2ServerSettings;
  readonly #open = new Set<ClientConnection>();
  #dismissing = false;
  #retiring = false;

  constructor(services: ClientServices, counters: ListenerCounters, onClosed: () => void) {
    this.#counters = counters;
    this.#refusals = services.refusals;
    const gone = (connection: ClientConnection): void => {
      if (this.#open.delete(connection)) onClosed();
    };
    this.#http1 = {
      ...services,
      onClosed: gone,
      onProtocolError: ({ client, violation, stage, answered }) => {
        counters.recordProtocolError(violation.reason);
        // Of broken content the exchange has a record.
        if (stage === 'content') return;
        const { reason, message } = violation;
        const status = answered ? violation.status : 0;
        const late = violation.status === 408;
        this.#log({ protocol: 'HTTP/1.1', status, client, subject: 'request', class: classOf(late), reason, message });
      },
    };
    this.#http2 = {
      ...services,
      onClosed: gone,
      onProtocolError: ({ client, violation: { status, reason, message }, stage }) => {
        counters.recordProtocolError(reason);
        const subject = stage === 'head' ? 'request' : 'connection';
        const late = reason === 'NO_ERROR';
        this.#log({ protocol: 'HTTP/2', status, client, subject, class: classOf(late), reason, message });
      },
    };
  }

  /** Puts an engine on a transport; the caller attaches it. */
  open(transport: Transport, client: ClientConnectionInfo, http2: boolean): TransportHandler {
    const connection = http2
      ? new Http2ServerConnection(transport, client, this.#http2)
      : new Http1ServerConnection(transport, client, this.#http1);
    if (http2) this.#counters.http2 += 1;
    this.#open.add(connection);
    if (this.#retiring) connection.retire();
    else if (this.#dismissing) connection.dismiss();
    return connection;
  }

  /** Serves on, and asks each client, those to come included, to go elsewhere with its next request. */
  dismiss(): void {
    this.#dismissing = true;
    for (const connection of [...this.#open]) connection.dismiss();
  }

  /** Lets each connection end what is under way and asks its client to go elsewhere. */
  retire(): void {
    this.#retiring = true;
    for (const connection of [...this.#open]) connection.retire();
  }

  destroy(): void {
    for (const connection of [...this.#open]) connection.destroy();
  }

  #log(record: Omit<RefusedRequest, 'time'>): void {
    this.#refusals?.writeRefused({ time: Date.now(), ...record });
  }
}

const classOf = (late: boolean): RefusedRequest['class'] => (late ? 'client-timeout' : 'client-protocol-error');
