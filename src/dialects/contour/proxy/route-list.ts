import type { ClientFilter } from '../../../model/client-filter.ts';
import type { Origin } from '../../../model/origin.ts';
import type { Forward, Redirect, Respond, RouteName, Timeouts } from '../../../model/route.ts';
import type { PathRoute } from '../route/rewrite.ts';

/** A redirect as stated: what the listener contributes (scheme, port) is still open. */
export interface StatedRedirect extends Pick<Redirect, 'status' | 'scheme' | 'hostname' | 'port' | 'path'> {
  readonly type: 'stated-redirect';
}

/** A route of a virtual host, before it is put on the listeners. */
export interface ReadRoute extends PathRoute {
  /** Unique within the dialect, apart from the variants. */
  readonly id: string;
  readonly name: RouteName;
  /** `rewrite` takes the place of a forward's own path. */
  readonly action: Forward | Respond | StatedRedirect;
  readonly timeouts: Timeouts;
  /** In the place of the host's own; absent where the route says nothing. */
  readonly clients?: ClientFilter;
  /** Without TLS the client is sent to where there is some. */
  readonly requiresTls: boolean;
  /** It is not there for clients without TLS, who are answered as if nobody had said anything. */
  readonly onlyTls?: true;
  readonly origin: Origin;
}

export const noTimeouts: Timeouts = { request: null, backendRequest: null };
