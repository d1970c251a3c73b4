import type { Verdict } from '../condition.ts';
import { intersect } from '../hostname.ts';
import type { GatewayState, ListenerState } from './state.ts';

/**
 * The `OverlappingTLSConfig` condition of the HTTPS listeners whose hostnames or certificates overlap with those of another
 * on the same address and port: an HTTP/2 client may use one connection for both (RFC 9113 section 9.1.1). It is set only
 * where it is true, as the specification demands of it.
 *
 * @param listeners The listeners that share an address and port, with their Gateways.
 */
export function findOverlaps(
  listeners: readonly { readonly gateway: GatewayState; readonly listener: ListenerState }[],
): ReadonlyMap<ListenerState, Verdict> {
  const overlaps = new Map<ListenerState, Verdict>();
  const secure = listeners.filter(({ listener }) => listener.protocol === 'HTTPS');
  for (const { listener } of secure) {
    const others = secure.filter((other) => other.listener !== listener);
    const certificates = others.filter((other) => certificatesOverlap(listener, other.listener));
    const hostnames = others.filter((other) => intersect(listener.hostname, other.listener.hostname) !== null);
    const named = certificates.length > 0 ? certificates : hostnames;
    if (named.length === 0) continue;
    const what = certificates.length > 0 ? 'certificates' : 'hostnames';
    overlaps.set(listener, {
      type: 'OverlappingTLSConfig',
      status: 'True',
      reason: certificates.length > 0 ? 'OverlappingCertificates' : 'OverlappingHostnames',
      message: `its ${what} overlap with those of ${describe(named.map((other) => other.listener.name))}`,
    });
  }
  return overlaps;
}

const shown = 8;

function describe(names: readonly string[]): string {
  const more = names.length - shown;
  return names.slice(0, shown).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function certificatesOverlap(a: ListenerState, b: ListenerState): boolean {
  const others = dnsNames(b);
  return dnsNames(a).some((name) => others.some((other) => intersect(name, other) !== null));
}

function dnsNames({ certificates }: ListenerState): readonly string[] {
  return certificates.flatMap(({ certificate }) =>
    certificate.names.filter(({ type }) => type === 'dns').map(({ value }) => value),
  );
}
