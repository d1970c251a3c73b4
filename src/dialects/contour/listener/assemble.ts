import { bySpecificity } from '../../../model/hostname.ts';
import type { Listener, ListenerSection, VirtualHost } from '../../../model/listener.ts';
import type { Route } from '../../../model/route.ts';
import type { StreamRoute } from '../../../model/stream.ts';
import { originOf } from '../../../resources/set.ts';
import { keyOf } from '../names.ts';
import type { ReadHost } from '../proxy/root.ts';
import { byPrecedence } from '../route/precedence.ts';
import { placeRoute } from './routes.ts';

/** Where listeners are opened, as the model says it. */
export type Place = Pick<Listener, 'address' | 'dataPlane'>;

/** What is served, without what it leads to. */
export interface Assembled {
  readonly listeners: readonly Listener[];
  readonly virtualHosts: readonly VirtualHost[];
  readonly routes: readonly Route[];
  readonly streams: readonly StreamRoute[];
}

const ports = { http: 80, https: 443 } as const;

/** Puts every host on the two listeners of each place. A listener that nobody needs is not opened. */
export function assemble(hosts: readonly ReadHost[], places: readonly Place[], portOffset: number): Assembled {
  const virtualHosts = new Map<string, VirtualHost>();
  const routes = new Map<string, Route>();
  const streams = new Map<string, StreamRoute>();
  const openPort = (declared: number): number =>
    declared === ports.http || declared === ports.https ? declared + portOffset : declared;

  const addHost = (host: ReadHost, section: string, secure: boolean): readonly string[] => {
    const placed = [...host.routes]
      .sort((a, b) => byPrecedence(a.match, b.match))
      .map((route) => placeRoute(route, host.fqdn, host.cors, { secure, openPort }));
    for (const route of placed) routes.set(route.id, route);
    const id = `${section}/${host.fqdn}`;
    virtualHosts.set(id, { id, hostname: host.fqdn, routes: placed.map((route) => route.id) });
    return [id];
  };

  const plain: ListenerSection[] = hosts
    .filter((host) => host.routes.length > 0)
    .map((host) => {
      const name = `HTTPProxy/${keyOf(host.proxy)}/http`;
      return { ...common(host, name), tls: null, virtualHosts: addHost(host, name, false) };
    });
  const secure = hosts.flatMap((host): readonly ListenerSection[] => {
    const { tls, stream, fqdn } = host;
    const name = `HTTPProxy/${keyOf(host.proxy)}/https`;
    if (tls.type === 'none') return [];
    if (stream !== null) {
      streams.set(stream.id, stream);
      const terminated = tls.type === 'terminate' ? { ...tls.tls, alpn: [] } : null;
      return [{ ...common(host, name), tls: terminated, streams: [{ hostname: fqdn, stream: stream.id }] }];
    }
    if (tls.type === 'passthrough' || host.routes.length === 0) return [];
    return [{ ...common(host, name), tls: tls.tls, virtualHosts: addHost(host, name, true) }];
  });
  const sockets = [
    { declared: ports.http, protocol: 'HTTP', sections: plain },
    { declared: ports.https, protocol: secure.some(carriesStreams) ? 'TLS' : 'HTTPS', sections: secure },
  ] as const;
  const listeners = places.flatMap((place) =>
    sockets
      .filter(({ sections }) => sections.length > 0)
      .map(({ declared, protocol, sections }): Listener => {
        const port = openPort(declared);
        const sorted = [...sections].sort((a, b) => bySpecificity(a.hostname, b.hostname));
        return { id: listenerId(place, port), ...place, port, protocol, sections: sorted };
      }),
  );
  return {
    listeners,
    virtualHosts: [...virtualHosts.values()],
    routes: [...routes.values()],
    streams: [...streams.values()],
  };
}

function common({ proxy, fqdn }: ReadHost, name: string): Pick<ListenerSection, 'name' | 'hostname' | 'origin'> {
  return { name, hostname: fqdn, origin: originOf(proxy, 'spec.virtualhost') };
}

const carriesStreams = (section: ListenerSection): boolean => 'streams' in section;

/** As every dialect writes it, so that what opens one socket is one listener. */
function listenerId({ address, dataPlane }: Place, port: number): string {
  return `${dataPlane ?? (address.includes(':') ? `[${address}]` : address)}:${port}`;
}
