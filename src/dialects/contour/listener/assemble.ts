import type { Finding } from '../../../model/finding.ts';
import { bySpecificity, covers } from '../../../model/hostname.ts';
import type { Listener, ListenerSection, VirtualHost } from '../../../model/listener.ts';
import { describeObject } from '../../../model/origin.ts';
import type { Cors, Route } from '../../../model/route.ts';
import type { StreamRoute } from '../../../model/stream.ts';
import { originOf } from '../../../resources/set.ts';
import type { ReadHost } from '../proxy/root.ts';
import type { ReadRoute } from '../proxy/route-list.ts';
import type { Fallback } from '../proxy/tls.ts';
import { matchKey } from '../route/match.ts';
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
  readonly findings: readonly Finding[];
}

const ports = { http: 80, https: 443 } as const;

/** Everything that is said of one host. */
interface MergedHost {
  /** The one who says how it is served. */
  readonly host: ReadHost;
  readonly routes: readonly OwnedRoute[];
}

interface OwnedRoute {
  readonly route: ReadRoute;
  readonly cors: Cors | null;
}

/**
 * Puts the hosts of one class on its two listeners at each place. A listener that nobody needs is not opened.
 *
 * @param hosts Of several that say one host the last one with TLS, or with a stream, says how it is served; of their routes
 *   with equal matches the last one counts.
 */
export function assemble(
  ingressClass: string,
  hosts: readonly ReadHost[],
  places: readonly Place[],
  portOffset: number,
): Assembled {
  const virtualHosts = new Map<string, VirtualHost>();
  const routes = new Map<string, Route>();
  const streams = new Map<string, StreamRoute>();
  const findings: Finding[] = [];
  const openPort = (declared: number): number =>
    declared === ports.http || declared === ports.https ? declared + portOffset : declared;

  const merged = mergeHosts(hosts, findings);
  const nameOf = ({ host }: MergedHost, scheme: string): string => `${ingressClass}/${host.fqdn || '*'}/${scheme}`;
  const common = (each: MergedHost, scheme: string): Pick<ListenerSection, 'name' | 'hostname' | 'origin'> => ({
    name: nameOf(each, scheme),
    hostname: each.host.fqdn,
    origin: originOf(each.host.owner, 'spec'),
  });
  const addHost = (each: MergedHost, scheme: string, section = nameOf(each, scheme)): string => {
    const { fqdn } = each.host;
    const place = { secure: scheme === 'https', openPort };
    const placed = [...routesOf(each, scheme)]
      .sort((a, b) => byPrecedence(a.route.match, b.route.match))
      .map(({ route, cors }) => placeRoute(route, fqdn, cors, place));
    for (const route of placed) routes.set(route.id, route);
    const id = `${section}/${fqdn || '*'}`;
    virtualHosts.set(id, { id, hostname: fqdn, routes: placed.map((route) => route.id) });
    return id;
  };
  // A host without a certificate has no section of its own on HTTPS; where it is closed, it is so within another's.
  const closedWithin = (each: MergedHost): readonly MergedHost[] =>
    merged.filter((other) => isClosed(other) && coveredBy(other, merged) === each);

  const plain = merged
    .filter((each) => routesOf(each, 'http').length > 0)
    .map((each): ListenerSection => ({ ...common(each, 'http'), tls: null, virtualHosts: [addHost(each, 'http')] }));
  const secure = merged.flatMap((each): ListenerSection[] => {
    const { tls, stream, fqdn } = each.host;
    if (tls.type === 'none') return [];
    if (stream !== null) {
      streams.set(stream.id, stream);
      const terminated = tls.type === 'terminate' ? { ...tls.tls, alpn: [] } : null;
      return [{ ...common(each, 'https'), tls: terminated, streams: [{ hostname: fqdn, stream: stream.id }] }];
    }
    if (tls.type === 'passthrough' || each.routes.length === 0) return [];
    const closed = closedWithin(each).map((other) => addHost(other, 'https', nameOf(each, 'https')));
    return [{ ...common(each, 'https'), tls: tls.tls, virtualHosts: [...closed, addHost(each, 'https')] }];
  });
  const fallback = fallbackSection(
    ingressClass,
    merged,
    secure,
    (each) => `${nameOf(each, 'https')}/${each.host.fqdn || '*'}`,
  );
  if (fallback !== null) secure.push(fallback);
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
    findings,
  };
}

/**
 * For clients that send no server name, or one that nobody has: the fallback certificate, and the hosts that allow it. Who
 * serves every host already keeps that place.
 */
function fallbackSection(
  ingressClass: string,
  merged: readonly MergedHost[],
  secure: readonly ListenerSection[],
  virtualHostOf: (host: MergedHost) => string,
): ListenerSection | null {
  const hosts = merged
    .filter(({ host, routes }) => fallbackOf(host) !== null && host.stream === null && routes.length > 0)
    .sort((a, b) => bySpecificity(a.host.fqdn, b.host.fqdn));
  const [first] = hosts;
  const certificate = first === undefined ? null : fallbackOf(first.host);
  if (first === undefined || certificate === null || secure.some(({ hostname }) => hostname === '')) return null;
  return {
    name: `${ingressClass}/fallback/https`,
    hostname: '',
    origin: certificate.origin,
    tls: certificate.tls,
    virtualHosts: hosts.map(virtualHostOf),
    servesOtherHosts: true,
  };
}

function fallbackOf({ tls }: ReadHost): Fallback | null {
  return tls.type === 'terminate' ? tls.fallback : null;
}

function isClosed({ host }: MergedHost): boolean {
  return host.isClosed === true && host.tls.type === 'none';
}

/** Whose certificate is presented for a host that has none. */
function coveredBy({ host }: MergedHost, all: readonly MergedHost[]): MergedHost | undefined {
  const others = all.filter(({ host: other }) => other.tls.type !== 'none' && covers(other.fqdn, host.fqdn));
  return others.sort((a, b) => bySpecificity(a.host.fqdn, b.host.fqdn))[0];
}

function routesOf({ routes }: MergedHost, scheme: string): readonly OwnedRoute[] {
  return scheme === 'https' ? routes : routes.filter(({ route }) => route.onlyTls !== true);
}

/** One for each fqdn. Routes that no request reaches are told. */
function mergeHosts(hosts: readonly ReadHost[], findings: Finding[]): readonly MergedHost[] {
  const byName = new Map<string, ReadHost[]>();
  for (const host of hosts) {
    const others = byName.get(host.fqdn);
    if (others === undefined) byName.set(host.fqdn, [host]);
    else others.push(host);
  }
  return [...byName.values()].map((all): MergedHost => {
    const served = all.findLast(({ tls, stream }) => tls.type !== 'none' || stream !== null) ?? all.at(-1);
    const routes = new Map<string, OwnedRoute>();
    for (const { routes: own, cors } of all) {
      for (const route of own) {
        const key = matchKey(route.match);
        const before = routes.get(key);
        if (before !== undefined) findings.push(shadowed(before.route, route));
        routes.set(key, { route, cors });
      }
    }
    const host = served as ReadHost;
    for (const other of all) if (isOtherwiseServed(other, host)) findings.push(otherTls(other, host));
    return { host, routes: [...routes.values()] };
  });
}

/** It asks for TLS of its own, and somebody else's is what the host is served with. */
function isOtherwiseServed(other: ReadHost, host: ReadHost): boolean {
  if (other === host || other.tls.type === 'none') return false;
  return JSON.stringify(withoutOrigin(other)) !== JSON.stringify(withoutOrigin(host));
}

function withoutOrigin({ tls }: ReadHost): unknown {
  return tls.type === 'terminate' ? { ...tls.tls, clientValidation: tls.tls.clientValidation?.bundles } : tls;
}

function otherTls({ owner, fqdn }: ReadHost, host: ReadHost): Finding {
  return {
    severity: 'warning',
    reason: 'TLSOfAnother',
    message: `the TLS of ${fqdn} is what ${describeObject(host.owner.reference)} says, not what ${describeObject(owner.reference)} does`,
    effect: 'clients see its certificate, versions and demands',
    remedy: 'let one of the two state the TLS of the host',
    origin: originOf(owner, owner.reference.kind === 'Ingress' ? 'spec.tls' : 'spec.virtualhost.tls'),
  };
}

function shadowed({ origin }: ReadRoute, { name }: ReadRoute): Finding {
  const unnumbered = name.kind === 'Ingress' ? 'the default backend' : 'an include';
  const rule = name.rule < 0 ? unnumbered : `${name.kind === 'Ingress' ? 'rule' : 'route'} ${name.rule}`;
  return {
    severity: 'warning',
    reason: 'Shadowed',
    message: `no request reaches this route: ${rule} of ${name.kind} ${name.namespace}/${name.name} has the same conditions and counts in its place`,
    remedy: 'change or remove one of the two',
    origin,
  };
}

const carriesStreams = (section: ListenerSection): boolean => 'streams' in section;

/** As every dialect writes it, so that what opens one socket is one listener. */
function listenerId({ address, dataPlane }: Place, port: number): string {
  return `${dataPlane ?? (address.includes(':') ? `[${address}]` : address)}:${port}`;
}
