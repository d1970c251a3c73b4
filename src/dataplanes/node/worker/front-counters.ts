import type { ClientHandshakeFailure } from '../tls/client-handshake-failure.ts';

/** What a worker has counted of one listening socket. Plain data that can cross processes and be added up. */
export interface ListenerCount {
  /** `Listener.id`. */
  readonly listener: string;
  /** Gauge. */
  readonly active: number;
  readonly accepted: number;
  /** Closed at once because the worker had as many connections as it takes. */
  readonly refused: number;
  readonly handshakes: number;
  readonly resumed: number;
  readonly http2: number;
  /** Connections and requests that broke the rules of HTTP, by rule. */
  readonly protocolErrors: readonly (readonly [string, number])[];
  readonly failures: readonly (readonly [ClientHandshakeFailure, number])[];
}

/** Counts of one listening socket. */
export class ListenerCounters {
  readonly listener: string;
  active = 0;
  accepted = 0;
  refused = 0;
  handshakes = 0;
  resumed = 0;
  http2 = 0;
  readonly #protocolErrors = new Map<string, number>();
  readonly #failures = new Map<ClientHandshakeFailure, number>();

  constructor(listener: string) {
    this.listener = listener;
  }

  /** @param reason one of the fixed words of the engines */
  recordProtocolError(reason: string): void {
    this.#protocolErrors.set(reason, (this.#protocolErrors.get(reason) ?? 0) + 1);
  }

  recordFailure(reason: ClientHandshakeFailure): void {
    this.#failures.set(reason, (this.#failures.get(reason) ?? 0) + 1);
  }

  snapshot(): ListenerCount {
    const { listener, active, accepted, refused, handshakes, resumed, http2 } = this;
    const failures = [...this.#failures];
    const protocolErrors = [...this.#protocolErrors];
    return { listener, active, accepted, refused, handshakes, resumed, http2, protocolErrors, failures };
  }
}
