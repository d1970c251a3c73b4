/** What becomes of a value of Contour's configuration. */
export type KeyUse =
  /** It decides something. */
  | 'read'
  /** It is about Contour's and Envoy's own processes, of which there are none here. */
  | 'process'
  /** It asks for something of the traffic that is not done. */
  | 'not-done';

/** One key of Contour's configuration file. */
export interface FileKey {
  /** As the file has it: `cluster.upstream-tls.cipher-suites`. */
  readonly key: string;
  /** Where `spec` of a ContourConfiguration has the same: `envoy.cluster.upstreamTLS.cipherSuites`. */
  readonly field: string;
  readonly type: 'text' | 'truth' | 'number' | 'texts' | 'text-map' | 'any';
  readonly use: KeyUse;
}

const row = (use: KeyUse, key: string, field: string, type: FileKey['type'] = 'text'): FileKey => ({
  key,
  field,
  type,
  use,
});

const protocolKeys = (key: string, field: string): readonly FileKey[] => [
  row('read', `${key}.minimum-protocol-version`, `${field}.minimumProtocolVersion`),
  row('read', `${key}.maximum-protocol-version`, `${field}.maximumProtocolVersion`),
  row('read', `${key}.cipher-suites`, `${field}.cipherSuites`, 'texts'),
];

const named = (key: string, field: string): readonly FileKey[] => [
  row('read', `${key}.name`, `${field}.name`),
  row('read', `${key}.namespace`, `${field}.namespace`),
];

const headers = (key: string, field: string): readonly FileKey[] => [
  row('read', `${key}.set`, `${field}.set`, 'text-map'),
  row('read', `${key}.remove`, `${field}.remove`, 'texts'),
];

/** Every key that Contour knows, with its place in a ContourConfiguration (projectcontour.io/v1alpha1). */
export const fileKeys: readonly FileKey[] = [
  ...protocolKeys('tls', 'envoy.listener.tls'),
  ...named('tls.fallback-certificate', 'httpproxy.fallbackCertificate'),
  ...named('tls.envoy-client-certificate', 'envoy.clientCertificate'),
  ...protocolKeys('cluster.upstream-tls', 'envoy.cluster.upstreamTLS'),
  row('read', 'cluster.upstream-tls.ecdh-curves', 'envoy.cluster.upstreamTLS.ecdhCurves', 'texts'),
  row('read', 'disablePermitInsecure', 'httpproxy.disablePermitInsecure', 'truth'),
  row('read', 'enableExternalNameService', 'enableExternalNameService', 'truth'),
  row('read', 'ingress-status-address', 'ingress.statusAddress'),
  row('read', 'timeouts.connect-timeout', 'envoy.timeouts.connectTimeout'),
  row('read', 'timeouts.stream-idle-timeout', 'envoy.timeouts.streamIdleTimeout'),
  row('read', 'default-http-versions', 'envoy.defaultHTTPVersions', 'texts'),
  ...headers('policy.request-headers', 'policy.requestHeaders'),
  ...headers('policy.response-headers', 'policy.responseHeaders'),
  row('read', 'policy.applyToIngress', 'policy.applyToIngress', 'truth'),
  row('read', 'globalExtAuth', 'globalExtAuth', 'any'),

  row('not-done', 'tls.ecdh-curves', 'envoy.listener.tls.ecdhCurves', 'texts'),
  row('not-done', 'tls.fingerprint', 'envoy.listener.tls.fingerprint', 'any'),
  row('not-done', 'timeouts.request-timeout', 'envoy.timeouts.requestTimeout'),
  row('not-done', 'timeouts.connection-idle-timeout', 'envoy.timeouts.connectionIdleTimeout'),
  row('not-done', 'timeouts.max-connection-duration', 'envoy.timeouts.maxConnectionDuration'),
  row('not-done', 'timeouts.delayed-close-timeout', 'envoy.timeouts.delayedCloseTimeout'),
  row('not-done', 'timeouts.connection-shutdown-grace-period', 'envoy.timeouts.connectionShutdownGracePeriod'),
  row('not-done', 'disableAllowChunkedLength', 'envoy.listener.disableAllowChunkedLength', 'truth'),
  row('not-done', 'disableMergeSlashes', 'envoy.listener.disableMergeSlashes', 'truth'),
  row('not-done', 'serverHeaderTransformation', 'envoy.listener.serverHeaderTransformation'),
  row('not-done', 'compression', 'envoy.listener.compression', 'any'),
  row('not-done', 'cluster.max-requests-per-connection', 'envoy.cluster.maxRequestsPerConnection', 'number'),
  row('not-done', 'cluster.circuit-breakers', 'envoy.cluster.circuitBreakers', 'any'),
  row('not-done', 'cluster.dns-lookup-family', 'envoy.cluster.dnsLookupFamily'),
  row('not-done', 'network.num-trusted-hops', 'envoy.network.numTrustedHops', 'number'),
  row('not-done', 'network.strip-trailing-host-dot', 'envoy.network.stripTrailingHostDot', 'truth'),
  row('not-done', 'listener.max-requests-per-connection', 'envoy.listener.maxRequestsPerConnection', 'number'),
  row('not-done', 'listener.http2-max-concurrent-streams', 'envoy.listener.httpMaxConcurrentStreams', 'number'),
  row('not-done', 'listener.max-connections-per-listener', 'envoy.listener.maxConnectionsPerListener', 'number'),
  row('not-done', 'rateLimitService', 'rateLimitService', 'any'),
  row('not-done', 'tracing', 'tracing', 'any'),

  row('process', 'debug', 'debug', 'truth'),
  row('process', 'incluster', '', 'truth'),
  row('process', 'kubeconfig', ''),
  row('process', 'kubernetesClientQPS', '', 'number'),
  row('process', 'kubernetesClientBurst', '', 'number'),
  row('process', 'server', 'xdsServer', 'any'),
  row('process', 'gateway', 'gateway', 'any'),
  row('process', 'accesslog-format', 'envoy.logging.accessLogFormat'),
  row('process', 'accesslog-format-string', 'envoy.logging.accessLogFormatString'),
  row('process', 'accesslog-level', 'envoy.logging.accessLogLevel'),
  row('process', 'json-fields', 'envoy.logging.accessLogJSONFields', 'texts'),
  row('process', 'envoy-service-namespace', 'envoy.service.namespace'),
  row('process', 'envoy-service-name', 'envoy.service.name'),
  row('process', 'metrics', 'metrics', 'any'),
  row('process', 'featureFlags', 'featureFlags', 'texts'),
  row('process', 'omEnforcedHealthListener', 'envoy.omEnforcedHealth', 'any'),
  row('process', 'runtime-settings', 'envoy.runtimeSettings', 'text-map'),
  row('process', 'network.admin-port', 'envoy.network.adminPort', 'number'),
  row(
    'process',
    'cluster.per-connection-buffer-limit-bytes',
    'envoy.cluster.per-connection-buffer-limit-bytes',
    'number',
  ),
  row(
    'process',
    'listener.per-connection-buffer-limit-bytes',
    'envoy.listener.per-connection-buffer-limit-bytes',
    'number',
  ),
  row('process', 'listener.connection-balancer', 'envoy.listener.connectionBalancer'),
  row('process', 'listener.socket-options', 'envoy.listener.socketOptions', 'any'),
  row('process', 'listener.max-requests-per-io-cycle', 'envoy.listener.maxRequestsPerIOCycle', 'number'),
  row(
    'process',
    'listener.max-connections-to-accept-per-socket-event',
    'envoy.listener.maxConnectionsToAcceptPerSocketEvent',
    'number',
  ),
];
