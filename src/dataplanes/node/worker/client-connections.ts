import type { FieldCache } from '../http/field.ts';
import type { Acceptor, ClientConnectionInfo } from '../http/stream.ts';
import { Http1ServerConnection, type Http1ServerSettings } from '../http1/server-connection.ts';
import { Http2ServerConnection, type Http2ServerSettings } from '../http2/server-connection.ts';
import type { DeadlineWheel } from '../io/deadlines.ts';
import type { Transport, TransportHandler } from '../io/transport.ts';
import type { Limits } from '../limits.ts';
import type { ListenerCounters } from './front-counters.ts';

/** What the client connections of a worker share. */
export interface ClientServices {
  readonly acceptor: Acceptor;
  readonly limits: Limits;
  readonly wheel: DeadlineWheel;
  readonly cache: FieldCache;
}

type ClientConnection = Http1ServerConnection | Http2ServerConnection;

/** The connections of one listening socket that speak HTTP. */
export class ClientConnections {
  readonly #counters: ListenerCounters;
  readonly #settings: Http1ServerSettings & Http2ServerSettings;
  readonly #open = new Set<ClientConnection>();
  #retiring = false;

  constructor(services: ClientServices, counters: ListenerCounters, onClosed: () => void) {
    this.#counters = counters;
    this.#settings = {
      ...services,
      onProtocolError: ({ violation }) => counters.recordProtocolError(violation.reason),
      onClosed: (connection) => {
        if (this.#open.delete(connection)) onClosed();
      },
    };
  }

  /** Puts an engine on a transport; the caller attaches it. */
  open(transport: Transport, client: ClientConnectionInfo, http2: boolean): TransportHandler {
    const connection = http2
      ? new Http2ServerConnection(transport, client, this.#settings)
      : new Http1ServerConnection(transport, client, this.#settings);
    if (http2) this.#counters.http2 += 1;
    this.#open.add(connection);
    if (this.#retiring) connection.retire();
    return connection;
  }

  /** Lets each connection end what is under way and asks its client to go elsewhere. */
  retire(): void {
    this.#retiring = true;
    for (const connection of [...this.#open]) connection.retire();
  }

  destroy(): void {
    for (const connection of [...this.#open]) connection.destroy();
  }
}
