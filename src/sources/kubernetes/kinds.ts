import type { GroupKind } from '../../resources/object.ts';

/**
 * How a kind is read from a cluster:
 * - `whole`: every object, without what nobody reads (managed fields, the last applied configuration);
 * - `metadata`: names and labels only (meta.k8s.io/v1 PartialObjectMetadata);
 * - `on-demand`: names only, and the content of those that a translation asks for. Of a cluster's Secrets only the ones
 *   that something refers to, and may refer to, are ever fetched. What `kubectl apply` notes in their annotations comes
 *   with the names, since the API server has no way to leave it out, and is kept by nobody.
 */
export type Reading = 'whole' | 'metadata' | 'on-demand';

/** A kind as a cluster serves it. */
export interface WatchedKind extends GroupKind {
  /** As in the paths of the API. */
  readonly plural: string;
  /** Those that we can read, the best first. The API server converts whatever an object was written in. */
  readonly versions: readonly string[];
  readonly reading: Reading;
  /** Whether its status is ours to write. */
  readonly status: boolean;
  /** Whether translation reads the status too, which is somebody else's to write. */
  readonly readsStatus?: true;
  /** Whether translation reads which other controllers have entries in `status.ancestors`: there is room for so many. */
  readonly readsOthers?: true;
  /** Objects that the selector leaves out do not concern us. */
  readonly labelSelector?: string;
}

const gatewayGroup = 'gateway.networking.k8s.io';
const contourGroup = 'projectcontour.io';
const experimentalGroup = 'gateway.networking.x-k8s.io';
const managedByUs = 'app.kubernetes.io/managed-by=farside';

const route = (kind: string, plural: string, versions: readonly string[]): WatchedKind => ({
  group: gatewayGroup,
  kind,
  plural,
  versions,
  reading: 'whole',
  status: true,
});

/** Every kind that some dialect may ask for. */
export const watchedKinds: readonly WatchedKind[] = [
  route('GatewayClass', 'gatewayclasses', ['v1', 'v1beta1']),
  route('Gateway', 'gateways', ['v1', 'v1beta1']),
  route('ListenerSet', 'listenersets', ['v1']),
  route('HTTPRoute', 'httproutes', ['v1', 'v1beta1']),
  route('GRPCRoute', 'grpcroutes', ['v1']),
  route('TLSRoute', 'tlsroutes', ['v1', 'v1alpha3', 'v1alpha2']),
  route('TCPRoute', 'tcproutes', ['v1', 'v1alpha2']),
  route('UDPRoute', 'udproutes', ['v1', 'v1alpha2']),
  { ...route('BackendTLSPolicy', 'backendtlspolicies', ['v1', 'v1alpha3']), readsOthers: true },
  { ...route('ReferenceGrant', 'referencegrants', ['v1', 'v1beta1']), status: false },
  { ...route('XBackend', 'xbackends', ['v1alpha1']), group: experimentalGroup },
  {
    group: 'farside.dev',
    kind: 'FarsideConfig',
    plural: 'farsideconfigs',
    versions: ['v1alpha1'],
    reading: 'whole',
    status: false,
  },
  {
    ...{ group: contourGroup, kind: 'HTTPProxy', plural: 'httpproxies', versions: ['v1'] },
    ...{ reading: 'whole', status: true },
  },
  {
    ...{ group: contourGroup, kind: 'TLSCertificateDelegation', plural: 'tlscertificatedelegations', versions: ['v1'] },
    ...{ reading: 'whole', status: false },
  },
  {
    ...{ group: 'projectcontour.io', kind: 'ContourConfiguration', plural: 'contourconfigurations' },
    ...{ versions: ['v1alpha1'], reading: 'whole', status: true },
  },
  {
    ...{ group: 'projectcontour.io', kind: 'ExtensionService', plural: 'extensionservices' },
    ...{ versions: ['v1alpha1'], reading: 'whole', status: true },
  },
  {
    ...{ group: 'networking.k8s.io', kind: 'Ingress', plural: 'ingresses', versions: ['v1'] },
    ...{ reading: 'whole', status: true },
  },
  { group: '', kind: 'Namespace', plural: 'namespaces', versions: ['v1'], reading: 'metadata', status: false },
  {
    ...{ group: '', kind: 'Service', plural: 'services', versions: ['v1'] },
    ...{ reading: 'whole', status: false, readsStatus: true },
  },
  { group: '', kind: 'Secret', plural: 'secrets', versions: ['v1'], reading: 'on-demand', status: false },
  { group: '', kind: 'ConfigMap', plural: 'configmaps', versions: ['v1'], reading: 'on-demand', status: false },
  {
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    plural: 'endpointslices',
    versions: ['v1'],
    reading: 'whole',
    status: false,
    labelSelector: 'kubernetes.io/service-name',
  },
  {
    // Their annotations tell the release of the Gateway API.
    ...{ group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition', plural: 'customresourcedefinitions' },
    ...{ versions: ['v1'], reading: 'metadata', status: false },
  },
  // What data planes are made of. The metadata tells of a change of the spec too: its generation is another one then.
  {
    ...{ group: 'apps', kind: 'Deployment', plural: 'deployments', versions: ['v1'] },
    ...{ reading: 'metadata', status: false, labelSelector: managedByUs },
  },
  {
    ...{ group: 'policy', kind: 'PodDisruptionBudget', plural: 'poddisruptionbudgets', versions: ['v1'] },
    ...{ reading: 'metadata', status: false, labelSelector: managedByUs },
  },
  {
    // It has no generation, and little beside its metadata.
    ...{ group: '', kind: 'ServiceAccount', plural: 'serviceaccounts', versions: ['v1'] },
    ...{ reading: 'whole', status: false, labelSelector: managedByUs },
  },
  {
    group: 'certificates.k8s.io',
    kind: 'ClusterTrustBundle',
    plural: 'clustertrustbundles',
    versions: ['v1', 'v1beta1', 'v1alpha1'],
    reading: 'whole',
    status: false,
  },
];

/** How to read the kinds of the dialects. A kind that is not in the table is a fault of ours. */
export function watchedKindsOf(kinds: readonly GroupKind[]): readonly WatchedKind[] {
  return kinds.map(({ group, kind }) => {
    const watched = watchedKinds.find((each) => each.group === group && each.kind === kind);
    if (watched === undefined) throw new Error(`nothing says how ${kind} of "${group}" is read from a cluster`);
    return watched;
  });
}
