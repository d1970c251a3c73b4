import type { Authorization } from '../../../model/authorization.ts';
import { bySpecificity } from '../../../model/hostname.ts';
import type { Listener, ListenerSection, VirtualHost } from '../../../model/listener.ts';
import type { StreamHost } from '../../../model/stream.ts';
import { originOf } from '../../../resources/set.ts';
import type { PlacedRoute } from '../route/http-route.ts';
import { byPrecedence } from '../route/precedence.ts';
import type { GatewayState, ListenerState, Place } from './state.ts';

/** A listener that is served, and the Gateway that it is of. */
export interface ServedListener {
  readonly gateway: GatewayState;
  readonly listener: ListenerState;
}

/** The id of the socket that serves a listener at a place. IPv6 addresses stand in brackets, as in a URL. */
function listenerId({ address, dataPlane }: Place, port: number, protocol: ListenerState['protocol']): string {
  const host = dataPlane ?? (address.includes(':') ? `[${address}]` : address);
  return protocol === 'UDP' ? `${host}:${port}/udp` : `${host}:${port}`;
}

/** The ids of all sockets of a listener. */
export function listenerIds(
  { places }: GatewayState,
  { stated, protocol }: ListenerState,
  portOffset: number,
): string[] {
  return places.map((place) => listenerId(place, stated.port + portOffset, protocol));
}

/** The virtual hosts of every listener that is served: their routes in the order of precedence. */
export function assembleVirtualHosts(placed: readonly PlacedRoute[]): ReadonlyMap<ListenerState, VirtualHost[]> {
  const hosts = new Map<ListenerState, Map<string, PlacedRoute[]>>();
  for (const route of placed) {
    let ofListener = hosts.get(route.listener);
    if (ofListener === undefined) {
      ofListener = new Map();
      hosts.set(route.listener, ofListener);
    }
    const ofHost = ofListener.get(route.hostname);
    if (ofHost === undefined) ofListener.set(route.hostname, [route]);
    else ofHost.push(route);
  }
  const assembled = new Map<ListenerState, VirtualHost[]>();
  for (const [listener, ofListener] of hosts) {
    const virtualHosts = [...ofListener].map(([hostname, routes]) => ({
      id: `${listener.name}/${hostname === '' ? '*' : hostname}`,
      hostname,
      routes: routes.sort((a, b) => byPrecedence(a.standing, b.standing)).map(({ route }) => route),
    }));
    assembled.set(
      listener,
      virtualHosts.sort((a, b) => bySpecificity(a.hostname, b.hostname)),
    );
  }
  return assembled;
}

/** The sockets to open. Listeners of one address and port are sections of one socket, whichever Gateway they are of. */
export function assembleListeners(
  served: readonly ServedListener[],
  virtualHosts: ReadonlyMap<ListenerState, readonly VirtualHost[]>,
  streams: ReadonlyMap<ListenerState, readonly StreamHost[]>,
  authorizations: ReadonlyMap<ListenerState, readonly Authorization[]>,
  portOffset: number,
): readonly Listener[] {
  const sockets = new Map<string, { place: Place; port: number; listeners: ServedListener[] }>();
  for (const entry of served) {
    const port = entry.listener.stated.port + portOffset;
    for (const place of entry.gateway.places) {
      const id = listenerId(place, port, entry.listener.protocol);
      const socket = sockets.get(id);
      if (socket === undefined) sockets.set(id, { place, port, listeners: [entry] });
      else socket.listeners.push(entry);
    }
  }
  return [...sockets].map(([id, { place, port, listeners }]) => ({
    id,
    ...place,
    port,
    protocol: protocolOf(listeners),
    sections: listeners
      .map((entry) =>
        section(
          entry,
          virtualHosts.get(entry.listener) ?? [],
          streams.get(entry.listener) ?? [],
          authorizations.get(entry.listener) ?? [],
        ),
      )
      .sort((a, b) => bySpecificity(a.hostname, b.hostname)),
  }));
}

/** Listeners that share a socket have one protocol, or HTTPS and TLS; the others are conflicted. */
function protocolOf(listeners: readonly ServedListener[]): Listener['protocol'] {
  const protocols = listeners.map(({ listener }) => listener.protocol);
  return protocols.includes('TLS') ? 'TLS' : (protocols[0] ?? 'HTTP');
}

function section(
  { listener }: ServedListener,
  virtualHosts: readonly VirtualHost[],
  streams: readonly StreamHost[],
  authorization: readonly Authorization[],
): ListenerSection {
  const carriesHttp = listener.protocol === 'HTTP' || listener.protocol === 'HTTPS';
  return {
    name: listener.name,
    hostname: listener.hostname,
    tls: listener.tls,
    ...(carriesHttp
      ? { ...(authorization.length === 0 ? {} : { authorization }), virtualHosts: virtualHosts.map(({ id }) => id) }
      : { streams }),
    origin: originOf(listener.owner, `spec.listeners[${listener.index}]`),
  };
}
