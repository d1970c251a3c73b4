import type { ObjectReference } from '../../model/origin.ts';
import { groupOf } from '../../resources/object.ts';

/** Why an object of an unknown kind was probably meant for this gateway. */
export interface Suspicion {
  readonly severity: 'error' | 'warning';
  /** What kubectl says of a kind that the API server does not have. */
  readonly message: string;
  readonly remedy: string;
  readonly field: 'apiVersion' | 'kind';
  /** The kind that was meant, as far as can be told. */
  readonly meant: { readonly apiVersion: string; readonly kind: string } | null;
}

/** Groups of which every kind is known. */
const closedGroups: readonly string[] = ['gateway.networking.k8s.io', 'gateway.networking.x-k8s.io', 'farside.dev'];

/** The kinds that are read, for the nearest name. */
const readKinds: readonly { readonly apiVersion: string; readonly kinds: readonly string[] }[] = [
  {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kinds: [
      'GatewayClass',
      'Gateway',
      'ListenerSet',
      'HTTPRoute',
      'GRPCRoute',
      'TLSRoute',
      'TCPRoute',
      'UDPRoute',
      'ReferenceGrant',
      'BackendTLSPolicy',
    ],
  },
  { apiVersion: 'gateway.networking.x-k8s.io/v1alpha1', kinds: ['XBackend'] },
  { apiVersion: 'farside.dev/v1alpha1', kinds: ['FarsideConfig'] },
  { apiVersion: 'certificates.k8s.io/v1', kinds: ['ClusterTrustBundle'] },
  { apiVersion: 'projectcontour.io/v1', kinds: ['HTTPProxy', 'TLSCertificateDelegation'] },
  { apiVersion: 'projectcontour.io/v1alpha1', kinds: ['ExtensionService', 'ContourConfiguration'] },
  { apiVersion: 'networking.k8s.io/v1', kinds: ['Ingress'] },
  { apiVersion: 'v1', kinds: ['Service', 'Secret', 'ConfigMap', 'Namespace'] },
  { apiVersion: 'discovery.k8s.io/v1', kinds: ['EndpointSlice'] },
];

/**
 * Tells whether an object of an unknown kind is likely a misspelling of one that is read. Groups of the Gateway API, and our own,
 * have no other kinds, so there an unknown kind is an error, as it is to an API server with those definitions; elsewhere
 * a near miss is a warning, and everything else is somebody else's object.
 */
export function suspectKind(reference: ObjectReference): Suspicion | null {
  const { apiVersion, kind } = reference;
  const group = groupOf(apiVersion);
  const message = `no matches for kind "${kind}" in version "${apiVersion}"`;
  const nearest = nearestKind(group, kind);
  const meant = nearest === null ? null : { apiVersion: nearest.apiVersion, kind: nearest.kind };
  if (closedGroups.includes(group)) {
    if (nearest?.kind === kind) {
      return {
        severity: 'error',
        message,
        field: 'apiVersion',
        remedy: `write apiVersion: ${nearest.apiVersion}`,
        meant,
      };
    }
    const remedy =
      nearest === null
        ? group === 'farside.dev'
          ? 'write kind: FarsideConfig'
          : 'write a kind of the Gateway API'
        : `write kind: ${nearest.kind}`;
    return { severity: 'error', message, field: 'kind', remedy, meant };
  }
  if (nearest === null) return null;
  const remedy = `write apiVersion: ${nearest.apiVersion} and kind: ${nearest.kind}, if that is meant`;
  return { severity: 'warning', message, field: nearest.kind === kind ? 'apiVersion' : 'kind', remedy, meant };
}

/** The kind that is read whose group and name are both the same or differ by a slip of the keyboard. */
function nearestKind(group: string, kind: string): { readonly apiVersion: string; readonly kind: string } | null {
  let nearest: { apiVersion: string; kind: string; distance: number } | null = null;
  for (const { apiVersion, kinds } of readKinds) {
    const groupDistance = distance(groupOf(apiVersion), group);
    const forgotten = group === '' && !kindsOfCore.has(kind);
    if (groupDistance > 3 && !forgotten && !closedGroups.includes(group)) continue;
    for (const name of kinds) {
      const slips = distance(name.toLowerCase(), kind.toLowerCase());
      if (slips > 2 || (slips > 0 && name.length < 5)) continue;
      if (nearest === null || slips + groupDistance < nearest.distance) {
        nearest = { apiVersion, kind: name, distance: slips + groupDistance };
      }
    }
  }
  return nearest;
}

/** Kinds of the core group that resemble one that is read. */
const kindsOfCore: ReadonlySet<string> = new Set(['Node', 'Event', 'Pod', 'Endpoints']);

/** Edits that turn one text into the other (Levenshtein), as far as a dozen characters' difference in length. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 12 || b.length > 64) return 64;
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = (previous[column - 1] as number) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] as number) + 1, (current[column - 1] as number) + 1));
    }
    previous = current;
  }
  return previous[b.length] as number;
}
