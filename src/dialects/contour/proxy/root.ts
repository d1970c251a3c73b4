import type { ClientFilter } from '../../../model/client-filter.ts';
import type { Cors, Respond } from '../../../model/route.ts';
import type { StreamRoute } from '../../../model/stream.ts';
import type { Resource } from '../../../resources/object.ts';
import { originOf } from '../../../resources/set.ts';
import { keyOf } from '../names.ts';
import type { Notes, NoteType } from '../notes.ts';
import { readCors } from '../route/cors.ts';
import { readIpFilter } from '../route/ip-filter.ts';
import { everyPath } from '../route/match.ts';
import type { ProxyContext, ProxyResource } from './context.ts';
import { noTimeouts, type ReadRoute } from './route-list.ts';
import { readTcpProxy } from './tcp-proxy.ts';
import { type HostTls, readHostTls } from './tls.ts';
import { readRoutes } from './tree.ts';
import { noteUnsupportedHost } from './unsupported.ts';

/** A virtual host as one object says it. Where several say one host, the later ones count. */
export interface ReadHost {
  readonly owner: Resource;
  /** The class that it is served for. */
  readonly ingressClass: string;
  /** Lower-case; a wildcard stands for one label; empty for every host. */
  readonly fqdn: string;
  readonly tls: HostTls;
  /** What connections with TLS carry in the place of HTTP. */
  readonly stream: StreamRoute | null;
  readonly routes: readonly ReadRoute[];
  readonly cors: Cors | null;
  /** The host of a proxy that is invalid: nobody else's wildcard is to answer for it. */
  readonly isClosed?: true;
}

/** Reads every root, and the proxies that roots lead to; marks those that none leads to as orphaned. */
export function readHosts(context: ProxyContext): readonly ReadHost[] {
  const roots = new Map<string, ProxyResource[]>();
  for (const proxy of context.proxies) {
    const { virtualhost } = proxy.object.spec;
    if (virtualhost === undefined) continue;
    const fqdn = virtualhost.fqdn.toLowerCase();
    const others = roots.get(fqdn);
    if (others === undefined) roots.set(fqdn, [proxy]);
    else others.push(proxy);
  }
  const hosts = [...roots].flatMap(([fqdn, proxies]): readonly ReadHost[] => {
    const [only] = proxies as [ProxyResource];
    if (proxies.length === 1) return readHost(context, only, fqdn);
    noteDuplicates(context, fqdn, proxies);
    return context.settings.compatible ? [] : [closedHost(context, only, fqdn, { type: 'none' }, 'DuplicateVhost')];
  });
  for (const proxy of context.proxies) noteOrphan(context, proxy);
  return hosts;
}

function noteDuplicates(context: ProxyContext, fqdn: string, proxies: readonly ProxyResource[]): void {
  const names = proxies.map(keyOf).sort().join(', ');
  for (const proxy of proxies) {
    context.notesOf(proxy).error({
      type: 'VirtualHostError',
      reason: 'DuplicateVhost',
      message: `fqdn "${fqdn}" is used in multiple HTTPProxies: ${names}`,
      effect: 'none of them is served',
      remedy: 'let one of them have the fqdn, and include the others in it',
      field: 'spec.virtualhost.fqdn',
    });
  }
}

function noteOrphan(context: ProxyContext, proxy: ProxyResource): void {
  if (proxy.object.spec.virtualhost !== undefined || context.isIncluded(proxy)) return;
  context.notesOf(proxy).error({
    type: 'Orphaned',
    reason: 'Orphaned',
    message: 'this HTTPProxy is not part of a delegation chain from a root HTTPProxy',
    effect: 'it is not served',
    remedy: 'include it in a proxy that has a virtualhost',
    field: 'spec',
  });
}

function readHost(context: ProxyContext, proxy: ProxyResource, fqdn: string): readonly ReadHost[] {
  const notes = context.notesOf(proxy);
  const closed = (tls: HostTls): readonly ReadHost[] =>
    context.settings.compatible || fqdn.trim() === '' ? [] : [closedHost(context, proxy, fqdn, tls, 'InvalidProxy')];
  if (!readBasics(context, notes, proxy)) return closed({ type: 'none' });
  const tls = readHostTls(context, notes, proxy);
  if (tls === null) return closed({ type: 'none' });
  const { spec } = proxy.object;
  let stream: StreamRoute | null = null;
  if (spec.tcpproxy !== undefined) {
    if (tls.type === 'none') {
      fail(
        notes,
        'TCPProxyError',
        'TLSMustBeConfigured',
        'Spec.TCPProxy requires that either Spec.TLS.Passthrough or Spec.TLS.SecretName be set',
        'set spec.virtualhost.tls',
        'spec.tcpproxy',
      );
      return closed(tls);
    }
    stream = readTcpProxy(context, proxy, tls.type === 'passthrough');
    if (stream === null) return closed({ type: 'none' });
  }
  const scope = { id: `HTTPProxy/${keyOf(proxy)}`, conditions: [], enforceTls: tls.type !== 'none' };
  const routes = readRoutes(context, proxy, scope);
  const cors = readHostCors(notes, proxy);
  const clients = readHostClients(notes, proxy, stream !== null);
  if (routes === null || cors === 'invalid' || clients === 'invalid') return closed(tls);
  if (tls.type === 'passthrough' && stream === null) notePassthroughToNobody(notes);
  return [
    {
      owner: proxy,
      ingressClass: context.classOf(proxy),
      fqdn,
      tls,
      stream,
      routes: withClients(routes, clients),
      cors,
    },
  ];
}

/** What must hold before anything else is looked at. */
function readBasics({ settings }: ProxyContext, notes: Notes, proxy: ProxyResource): boolean {
  const { virtualhost, routes = [], includes = [], tcpproxy } = proxy.object.spec;
  if (virtualhost === undefined || virtualhost.fqdn.trim() === '') {
    const message = 'Spec.VirtualHost.Fqdn must be specified';
    return fail(notes, 'VirtualHostError', 'FQDNNotSpecified', message, 'set the fqdn', 'spec.virtualhost.fqdn');
  }
  const { rootNamespaces } = settings;
  if (rootNamespaces.length > 0 && !rootNamespaces.includes(proxy.reference.namespace)) {
    return fail(
      notes,
      'RootNamespaceError',
      'RootProxyNotAllowedInNamespace',
      'root HTTPProxy cannot be defined in this namespace',
      `move it to one of ${rootNamespaces.join(', ')}, and include from there what is in this namespace`,
      'spec.virtualhost',
    );
  }
  if (routes.length === 0 && includes.length === 0 && tcpproxy === undefined) {
    const message = 'HTTPProxy.Spec must have at least one Route, Include, or a TCPProxy';
    return fail(notes, 'SpecError', 'NothingDefined', message, 'add a route', 'spec');
  }
  return noteUnsupportedHost(notes, virtualhost, settings);
}

function readHostCors(notes: Notes, proxy: ProxyResource): Cors | null | 'invalid' {
  const policy = proxy.object.spec.virtualhost?.corsPolicy;
  if (policy === undefined) return null;
  const read = readCors(policy);
  if (read.type === 'cors') return read.cors;
  const message = `Spec.VirtualHost.CORSPolicy: ${read.message}`;
  const field = `spec.virtualhost.corsPolicy.${read.field}`;
  fail(notes, 'CORSError', 'PolicyDidNotParse', message, 'correct the policy', field);
  return 'invalid';
}

/** What a route says of its clients counts in the place of what the host says. */
function withClients(routes: readonly ReadRoute[], clients: ClientFilter | null): readonly ReadRoute[] {
  return clients === null ? routes : routes.map((route) => ({ clients, ...route }));
}

function readHostClients(notes: Notes, proxy: ProxyResource, carriesStreams: boolean): ClientFilter | null | 'invalid' {
  const { ipAllowPolicy, ipDenyPolicy } = proxy.object.spec.virtualhost ?? {};
  const read = readIpFilter(ipAllowPolicy, ipDenyPolicy);
  const field = `spec.virtualhost.${ipAllowPolicy === undefined ? 'ipDenyPolicy' : 'ipAllowPolicy'}`;
  if (read.type === 'both') {
    const message =
      'Spec.VirtualHost.IPAllowFilterPolicy and Spec.VirtualHost.IPDepnyFilterPolicy cannot both be defined.';
    fail(notes, 'IPFilterError', 'IncompatibleIPAddressFilters', message, 'keep one of the two', 'spec.virtualhost');
    return 'invalid';
  }
  if (read.type === 'invalid') {
    const [first] = read.faults;
    const message = `Spec.VirtualHost.IPAllowFilterPolicy or Spec.VirtualHost.IPDenyFilterPolicy is invalid: ${first?.cause}`;
    fail(notes, 'IPFilterError', 'IPFilterPolicyNotValid', message, 'correct the range', field);
    return 'invalid';
  }
  if (read.filter === null || !carriesStreams) return read.filter;
  // With the peer everybody gets through.
  const message = 'IP filters do not apply to a tcpproxy';
  fail(notes, 'IPFilterError', 'UnsupportedField', message, 'filter the clients of streams elsewhere', field);
  return 'invalid';
}

function notePassthroughToNobody(notes: Notes): void {
  notes.warn({
    type: 'TLSError',
    reason: 'PassthroughWithoutTCPProxy',
    message: 'TLS is passed through, and no tcpproxy says to whom',
    effect: 'connections with TLS are refused, and requests without it are sent there unless a route permits them',
    remedy: 'add a tcpproxy with services',
    field: 'spec.virtualhost.tls.passthrough',
  });
}

/** Tells that a proxy is not served. Always false. */
function fail(notes: Notes, type: NoteType, reason: string, message: string, remedy: string, field: string): false {
  notes.error({ type, reason, message, effect: 'the proxy is not served', remedy, field });
  return false;
}

/** The host of a proxy that is invalid: its requests must not fall to somebody else's wildcard. */
function closedHost(context: ProxyContext, proxy: ProxyResource, fqdn: string, tls: HostTls, reason: string): ReadHost {
  const action: Respond = { type: 'respond', status: 503, reason };
  const { namespace, name } = proxy.reference;
  const route: ReadRoute = {
    id: `HTTPProxy/${keyOf(proxy)}`,
    name: { kind: 'HTTPProxy', namespace, name, rule: -1, ruleName: '' },
    match: { path: everyPath, method: null, headers: [], queryParameters: [] },
    rewrite: null,
    variant: '/closed',
    action,
    timeouts: noTimeouts,
    requiresTls: false,
    origin: originOf(proxy, 'spec.virtualhost'),
  };
  const kept: HostTls = tls.type === 'passthrough' ? { type: 'none' } : tls;
  const ingressClass = context.classOf(proxy);
  return { owner: proxy, ingressClass, fqdn, tls: kept, stream: null, routes: [route], cors: null, isClosed: true };
}
