import type { GroupKind } from '../../resources/object.ts';
import { kinds } from './names.ts';

/** What may run on a listener: one row for each protocol and TLS mode that the specification knows. */
export interface ListenerProtocol {
  readonly protocol: string;
  /** Null for protocols without TLS. */
  readonly tlsMode: 'Terminate' | 'Passthrough' | null;
  /** The route kinds that the specification lets on such a listener. */
  readonly routeKinds: readonly RouteKind[];
  /** The protocol of the model's listener, or null as long as nothing carries it. */
  readonly carriedAs: 'HTTP' | 'HTTPS' | 'TLS' | 'TCP' | 'UDP' | null;
}

export interface RouteKind {
  readonly kind: GroupKind;
  /** Whether routes of the kind are translated. */
  readonly supported: boolean;
}

const httpRoute: RouteKind = { kind: kinds.httpRoute, supported: true };
const grpcRoute: RouteKind = { kind: kinds.grpcRoute, supported: true };
const tlsRoute: RouteKind = { kind: kinds.tlsRoute, supported: true };
const tcpRoute: RouteKind = { kind: kinds.tcpRoute, supported: true };
const udpRoute: RouteKind = { kind: kinds.udpRoute, supported: true };

/** Route kinds that exist and are not translated; their objects yield a finding. */
export const unsupportedKinds: readonly GroupKind[] = [grpcRoute, tlsRoute, tcpRoute, udpRoute]
  .filter(({ supported }) => !supported)
  .map(({ kind }) => kind);

export const listenerProtocols: readonly ListenerProtocol[] = [
  { protocol: 'HTTP', tlsMode: null, routeKinds: [httpRoute, grpcRoute], carriedAs: 'HTTP' },
  { protocol: 'HTTPS', tlsMode: 'Terminate', routeKinds: [httpRoute, grpcRoute], carriedAs: 'HTTPS' },
  { protocol: 'TLS', tlsMode: 'Passthrough', routeKinds: [tlsRoute], carriedAs: 'TLS' },
  { protocol: 'TLS', tlsMode: 'Terminate', routeKinds: [tlsRoute, tcpRoute], carriedAs: 'TLS' },
  { protocol: 'TCP', tlsMode: null, routeKinds: [tcpRoute], carriedAs: 'TCP' },
  { protocol: 'UDP', tlsMode: null, routeKinds: [udpRoute], carriedAs: 'UDP' },
];

/** The row of a listener, or undefined for a protocol that nobody knows. */
export function protocolOf(protocol: string, tlsMode: string | undefined): ListenerProtocol | undefined {
  return listenerProtocols.find(
    (row) => row.protocol === protocol && (row.tlsMode === null || row.tlsMode === (tlsMode ?? 'Terminate')),
  );
}

/** `HTTP, HTTPS`: the protocols that are carried, for messages. */
export const carriedProtocols = [
  ...new Set(listenerProtocols.filter(({ carriedAs }) => carriedAs !== null).map(({ protocol }) => protocol)),
].join(', ');
