import type { LoadBalancing } from './balancing.ts';
import type { Origin } from './origin.ts';
import type { RouteName } from './route.ts';

/** What happens to the connections, or to the datagrams of one client, that a listener section carries as they are. */
export interface StreamRoute {
  /** `TLSRoute/shop/database/0`: kind, namespace, name and rule, with a suffix where listeners make a difference. */
  readonly id: string;
  readonly name: RouteName;
  /** Never empty; a total weight of zero rejects. */
  readonly destinations: readonly StreamDestination[];
  /** How an endpoint is chosen; round robin where absent. */
  readonly balancing?: LoadBalancing;
  readonly origin: Origin;
}

/** A weighted share of the connections. Without a backend its share is rejected. */
export type StreamDestination =
  | { readonly type: 'backend'; readonly backend: string; readonly weight: number }
  | { readonly type: 'reject'; readonly reason: string; readonly weight: number };

/** The stream route of one host of one listener section. */
export interface StreamHost {
  /** Exact, wildcard or empty, as in `ListenerSection`; compared with the server name of the ClientHello. */
  readonly hostname: string;
  /** Id in `Model.streams`. */
  readonly stream: string;
}
