import type { HeaderModification, Redirect } from '../../../model/route.ts';
import type { ListenerState } from '../gateway/state.ts';
import type { StatedRedirect } from './filters.ts';

const wellKnownPorts = { http: 80, https: 443 } as const;

/** Tells the port that is open for a declared port of a host, as clients reach it. */
export type OpenPort = (declared: number, hostname: string | null) => number;

/**
 * A redirect as a listener answers it. The port follows HTTPRequestRedirectFilter.port: the stated one, else the
 * well-known one of a stated scheme, else the listener's; it is left out where the scheme implies it.
 *
 * Where listeners are opened at an offset, a declared port of theirs stands for the one that is open.
 */
export function placeRedirect(
  stated: StatedRedirect,
  responseHeaders: HeaderModification,
  { protocol, stated: listener }: ListenerState,
  openPort: OpenPort,
): Redirect {
  const scheme = stated.scheme ?? (protocol === 'HTTPS' ? 'https' : 'http');
  const declared = stated.port ?? (stated.scheme === null ? listener.port : wellKnownPorts[stated.scheme]);
  const port = openPort(declared, stated.hostname);
  return {
    type: 'redirect',
    status: stated.status,
    scheme: stated.scheme,
    hostname: stated.hostname,
    port: port === wellKnownPorts[scheme] ? null : port,
    path: stated.path,
    responseHeaders,
  };
}
