import type { ResourceSet } from '../../resources/set.ts';
import type { Environment } from '../dialect.ts';
import { compareText, kinds } from './names.ts';
import { servesRoutability } from './versions.ts';

/** The features that work in what is there, in ascending order, as the specification asks. */
export function supportedFeatures(resources: ResourceSet, environment: Environment): readonly string[] {
  const { ownDataPlanes } = environment;
  return [
    ...always,
    // Where nothing is created for a Gateway, there is nothing to put labels and annotations on.
    ...(ownDataPlanes ? ['GatewayInfrastructure'] : []),
    ...(servesRoutability(resources, environment)
      ? ['GatewayAddressRoutability', 'GatewayAddressRoutabilityCluster']
      : []),
    // GEP-5075: claimed only where the cluster has the kind.
    ...(resources.isServed(kinds.clusterTrustBundle) ? ['ClusterTrustBundle'] : []),
  ].sort(compareText);
}

/**
 * The features of the Gateway API that work, by the names of its conformance suite, as `GatewayClass.status` lists them.
 * A feature is added when its behaviour test passes, not before.
 */
const always: readonly string[] = [
  'BackendTLSPolicy',
  'BackendTLSPolicySANValidation',
  'GRPCRoute',
  'GRPCRouteNamedRouteRule',
  'GRPCRouteRequestHeaderModifier',
  'Gateway',
  'GatewayAddressEmpty',
  'GatewayBackendClientCertificate',
  'GatewayFrontendClientCertificateValidation',
  'GatewayFrontendClientCertificateValidationInsecureFallback',
  'GatewayHTTPListenerIsolation',
  'GatewayHTTPSListenerDetectMisdirectedRequests',
  'GatewayListenerFilters',
  'GatewayPort8080',
  'GatewayRouteHostnameIntersectionPrecedence',
  'GatewayStaticAddresses',
  'HTTPRoute',
  'HTTPRoute303RedirectStatusCode',
  'HTTPRoute307RedirectStatusCode',
  'HTTPRoute308RedirectStatusCode',
  'HTTPRouteBackendProtocolH2C',
  'HTTPRouteBackendProtocolWebSocket',
  'HTTPRouteBackendRequestHeaderModification',
  'HTTPRouteBackendTimeout',
  'HTTPRouteBackendURLRewrite',
  'HTTPRouteCORS',
  'HTTPRouteDestinationPortMatching',
  'HTTPRouteHostRewrite',
  'HTTPRouteMethodMatching',
  'HTTPRouteNamedRouteRule',
  'HTTPRouteParentRefPort',
  'HTTPRoutePathRedirect',
  'HTTPRoutePathRewrite',
  'HTTPRoutePortRedirect',
  'HTTPRouteQueryParamMatching',
  'HTTPRouteRequestMirror',
  'HTTPRouteRequestMultipleMirrors',
  'HTTPRouteRequestPercentageMirror',
  'HTTPRouteRequestTimeout',
  'HTTPRouteResponseHeaderModification',
  // The names of v1.6 for what v1.7 calls by the two names below.
  'HTTPRouteRetry',
  'HTTPRouteRetryBackendTimeout',
  'HTTPRouteRetryCodes',
  'HTTPRouteRetryConnectionError',
  'HTTPRouteSchemeRedirect',
  'ListenerSet',
  'ReferenceGrant',
  'TCPRoute',
  'TLSRoute',
  'TLSRouteModeMixed',
  'TLSRouteModeTerminate',
  'UDPRoute',
];
