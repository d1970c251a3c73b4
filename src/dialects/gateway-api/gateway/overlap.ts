import { intersect } from '../../../model/hostname.ts';
import type { Verdict } from '../condition.ts';
import type { ListenerState } from './state.ts';

/**
 * The `OverlappingTLSConfig` condition of the HTTPS listeners whose hostnames or certificates overlap with those of another
 * on the same address and port: an HTTP/2 client may use one connection for both (RFC 9113 section 9.1.1). It is set only
 * where it is true, as the specification demands of it.
 *
 * @param listeners The listeners that share an address and port.
 */
export function findOverlaps(listeners: readonly ListenerState[]): ReadonlyMap<ListenerState, Verdict> {
  const overlaps = new Map<ListenerState, Verdict>();
  const secure = listeners.filter(({ protocol }) => protocol === 'HTTPS').map(readSecure);
  for (const each of secure) {
    const certificates = othersThat(secure, each, certificatesOverlap);
    const named = certificates.length > 0 ? certificates : othersThat(secure, each, hostnamesOverlap);
    if (named.length === 0) continue;
    const what = certificates.length > 0 ? 'certificates' : 'hostnames';
    overlaps.set(each.listener, {
      type: 'OverlappingTLSConfig',
      status: 'True',
      reason: certificates.length > 0 ? 'OverlappingCertificates' : 'OverlappingHostnames',
      message: `its ${what} overlap with those of ${describe(named)}`,
    });
  }
  return overlaps;
}

interface Secure {
  readonly listener: ListenerState;
  /** DNS names of its certificates. */
  readonly names: readonly string[];
}

function readSecure(listener: ListenerState): Secure {
  const names = listener.certificates.flatMap(({ certificate }) =>
    certificate.names.filter(({ type }) => type === 'dns').map(({ value }) => value),
  );
  return { listener, names: [...new Set(names)] };
}

/** How many others a message names. */
const shown = 8;

/** At most one more than a message names: hundreds of Gateways may share one address and one wildcard certificate. */
function othersThat(
  secure: readonly Secure[],
  one: Secure,
  overlaps: (a: Secure, b: Secure) => boolean,
): readonly Secure[] {
  const found: Secure[] = [];
  for (const other of secure) {
    if (other !== one && overlaps(one, other)) found.push(other);
    if (found.length > shown) break;
  }
  return found;
}

function describe(named: readonly Secure[]): string {
  const names = named.slice(0, shown).map(({ listener }) => listener.name);
  return names.join(', ') + (named.length > shown ? ' and others' : '');
}

const hostnamesOverlap = (a: Secure, b: Secure): boolean =>
  intersect(a.listener.hostname, b.listener.hostname) !== null;

const certificatesOverlap = (a: Secure, b: Secure): boolean =>
  a.names.some((name) => b.names.some((other) => intersect(name, other) !== null));
