import type { Finding } from '../../../model/finding.ts';
import { originOf } from '../../../resources/set.ts';
import type { GatewayState, ListenerState } from './state.ts';

/** Why listeners cannot be told from others (`Conflicted`). */
export type Conflicts = ReadonlyMap<ListenerState, Finding>;

interface Claim {
  readonly gateway: GatewayState;
  readonly listener: ListenerState;
}

/**
 * Finds the listeners that traffic cannot be assigned to: two protocols on one port, or one hostname twice.
 *
 * Within a Gateway none of those that conflict is served, as the specification demands. Between Gateways that share an
 * address the older Gateway keeps what it has: a newcomer must not be able to take a port or a host away. Listeners of
 * protocols that are not carried take part in nothing. After the Gateway come its ListenerSets, the oldest first (GEP-1713).
 *
 * @param gateways From the oldest to the youngest.
 */
export function findConflicts(gateways: readonly GatewayState[]): Conflicts {
  const conflicts = new Map<ListenerState, Finding>();
  const ports = new Map<string, Claim[]>();
  const hold = (claims: readonly Claim[]): void => {
    for (const claim of claims) {
      if (conflicts.has(claim.listener)) continue;
      for (const key of portKeys(claim)) {
        const holders = ports.get(key);
        if (holders === undefined) ports.set(key, [claim]);
        else holders.push(claim);
      }
    }
  };
  for (const gateway of gateways) {
    if (!gateway.isServed) continue;
    const claims = claimsOf(gateway, gateway.listeners);
    for (const claim of claims) {
      const own = claims.filter((other) => other !== claim && samePort(claim, other));
      const conflict = conflictWith(claim, own) ?? conflictWith(claim, claimedPorts(ports, claim));
      if (conflict !== null) conflicts.set(claim.listener, conflict);
    }
    hold(claims);
    for (const { refused, listeners } of gateway.listenerSets) {
      if (refused !== null) continue;
      const ofSet = claimsOf(gateway, listeners);
      const left: Claim[] = [];
      for (const claim of ofSet) {
        const conflict = conflictWith(claim, claimedPorts(ports, claim));
        if (conflict === null) left.push(claim);
        else conflicts.set(claim.listener, conflict);
      }
      // What has lost already takes nothing away from the other listeners of its ListenerSet.
      for (const claim of left) {
        const own = left.filter((other) => other !== claim && samePort(claim, other));
        const conflict = conflictWith(claim, own);
        if (conflict !== null) conflicts.set(claim.listener, conflict);
      }
      hold(left);
    }
  }
  return conflicts;
}

function claimsOf(gateway: GatewayState, listeners: readonly ListenerState[]): readonly Claim[] {
  return listeners.filter(({ protocol }) => protocol !== null).map((listener) => ({ gateway, listener }));
}

function conflictWith({ gateway, listener }: Claim, others: readonly Claim[]): Finding | null {
  const { hostname, stated, index } = listener;
  const finding = (reason: string, message: string, remedy: string, field: string): Finding => ({
    severity: 'error',
    reason,
    message,
    effect: 'the listener is not served',
    remedy,
    origin: originOf(listener.owner, `spec.listeners[${index}]${field}`),
  });
  const protocol = others.find((other) => socketKind(other.listener) !== socketKind(listener));
  if (protocol !== undefined) {
    return finding(
      'ProtocolConflict',
      `port ${stated.port} is ${protocol.listener.protocol} for ${describe(protocol, { gateway, listener })}`,
      'use another port, or the same protocol',
      '.protocol',
    );
  }
  const host = others.find((other) => other.listener.hostname === hostname);
  if (host === undefined) return null;
  const name =
    listener.protocol === 'TCP' || listener.protocol === 'UDP'
      ? 'all traffic'
      : hostname === ''
        ? 'every host'
        : hostname;
  return finding(
    'HostnameConflict',
    `${name} on port ${stated.port} is taken by ${describe(host, { gateway, listener })}`,
    'use another hostname or port',
    stated.hostname === undefined ? '' : '.hostname',
  );
}

/** What shares a socket: on HTTPS and TLS alike the server name tells listeners apart. */
function socketKind({ protocol }: ListenerState): ListenerState['protocol'] {
  return protocol === 'HTTPS' ? 'TLS' : protocol;
}

/** A ListenerSet is not told what others of its Gateway hold (ListenerSetSpec.listeners). */
function describe({ gateway, listener }: Claim, from: Claim): string {
  const name = `listener "${listener.stated.name}"`;
  if (gateway !== from.gateway) return `${name} of the older Gateway ${gateway.key}`;
  if (listener.owner === from.listener.owner) return name;
  return listener.owner === gateway.resource
    ? `${name} of Gateway ${gateway.key}`
    : `an older ListenerSet of Gateway ${gateway.key}`;
}

function samePort(a: Claim, b: Claim): boolean {
  const sameTransport = (a.listener.protocol === 'UDP') === (b.listener.protocol === 'UDP');
  return sameTransport && a.listener.stated.port === b.listener.stated.port;
}

function portKeys({ gateway, listener }: Claim): readonly string[] {
  return gateway.places.map(
    ({ address, dataPlane = '' }) =>
      `${dataPlane} ${address} ${listener.stated.port}${listener.protocol === 'UDP' ? ' udp' : ''}`,
  );
}

function claimedPorts(ports: ReadonlyMap<string, readonly Claim[]>, claim: Claim): readonly Claim[] {
  return portKeys(claim).flatMap((key) => ports.get(key) ?? []);
}
