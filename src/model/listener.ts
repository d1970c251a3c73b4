import type { Origin } from './origin.ts';
import type { ListenerTls } from './tls.ts';

/** One listening socket. Sections share it: the most specific hostname serves a request. */
export interface Listener {
  /** `127.0.0.1:8443`. */
  readonly id: string;
  readonly address: string;
  /** The port that is opened: the declared one plus the port offset. */
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  /** Ordered from the most to the least specific hostname. */
  readonly sections: readonly ListenerSection[];
}

/** One listener of one Gateway. */
export interface ListenerSection {
  /** `infra/edge/https`: namespace, Gateway, listener name. */
  readonly name: string;
  /** Exact, `*.` and a suffix (one label or more), or empty for every host. Lower-case. */
  readonly hostname: string;
  /** Null exactly when the listener's protocol is HTTP. */
  readonly tls: ListenerTls | null;
  /** Ids in `Model.virtualHosts`, from the most to the least specific hostname. */
  readonly virtualHosts: readonly string[];
  readonly origin: Origin;
}

/** The routes of one host of one listener section. */
export interface VirtualHost {
  readonly id: string;
  /** Exact, wildcard or empty, as in `ListenerSection`; within the section's own. */
  readonly hostname: string;
  /** Ids in `Model.routes`; the first whose match fits is used (Gateway API precedence is this order). */
  readonly routes: readonly string[];
}
