import { type Decided, nowhere, type Origin } from '../../model/origin.ts';
import type { TlsVersion } from '../../model/tls.ts';
import type { NamespacedName } from './names.ts';

/** Headers that are set on, or taken from, the messages of every route (`policy` of the configuration). */
export interface DefaultHeaders {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

/** What Contour's own configuration decides for all its objects. Null and empty are the peer's defaults. */
export interface Settings {
  /** Classes whose objects are served; empty for the default one. */
  readonly ingressClasses: readonly string[];
  /** Namespaces that roots may be in; empty for all. */
  readonly rootNamespaces: readonly string[];
  readonly disablePermitInsecure: boolean;
  readonly enableExternalNameService: boolean;
  /** `tls.fallback-certificate`: for clients that send no server name. */
  readonly fallbackCertificate: Decided<NamespacedName> | null;
  /** `tls.envoy-client-certificate`: presented to every backend that speaks TLS. */
  readonly clientCertificate: Decided<NamespacedName> | null;
  /** `cluster.upstream-tls`. Null leaves a part to the gateway. */
  readonly upstreamTls: {
    readonly minVersion: Decided<TlsVersion> | null;
    readonly maxVersion: Decided<TlsVersion> | null;
    readonly ciphers: Decided<readonly string[]> | null;
    readonly groups: Decided<readonly string[]> | null;
  };
  /** `tls.minimum-protocol-version` and its like, for clients. A virtual host that states its own goes before. */
  readonly frontendTls: {
    readonly minVersion: TlsVersion;
    readonly maxVersion: TlsVersion;
    readonly ciphers: readonly string[] | null;
    /** What is offered to clients, best first (`default-http-versions`). */
    readonly alpn: readonly string[];
  };
  /** Milliseconds; null for no limit. */
  readonly requestTimeout: number | null;
  /** `timeouts.stream-idle-timeout`, as above; undefined leaves it to the data plane. */
  readonly streamIdleTimeout: number | null | undefined;
  readonly connectTimeout: number;
  /** `globalExtAuth`: every host asks somebody whether a request may pass, unless it says that it does not. */
  readonly globalAuthorization: Decided<true> | null;
  readonly requestHeaders: DefaultHeaders | null;
  readonly responseHeaders: DefaultHeaders | null;
  /** Whether those are for Ingresses too (`policy.applyToIngress`). */
  readonly headersForIngress: boolean;
  /** What statuses say in the place of the real addresses (`ingress-status-address`). */
  readonly statusAddresses: readonly StatusAddress[] | null;
  /**
   * The looser behaviour of the peer, asked for by name: a `validation` of a backend without TLS is passed over, an
   * unknown `appProtocol` is plain HTTP, and what is invalid leaves its requests to other routes.
   */
  readonly compatible: boolean;
}

/** An entry of `status.loadBalancer.ingress`. */
export type StatusAddress = { readonly ip: string } | { readonly hostname: string };

/** What Envoy waits for a response where nobody says otherwise. */
const envoyResponseTimeout = 15_000;

export const defaultSettings: Settings = {
  ingressClasses: [],
  rootNamespaces: [],
  disablePermitInsecure: false,
  enableExternalNameService: false,
  fallbackCertificate: null,
  clientCertificate: null,
  upstreamTls: { minVersion: null, maxVersion: null, ciphers: null, groups: null },
  frontendTls: { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', ciphers: null, alpn: ['h2', 'http/1.1'] },
  requestTimeout: envoyResponseTimeout,
  streamIdleTimeout: undefined,
  connectTimeout: 2_000,
  globalAuthorization: null,
  requestHeaders: null,
  responseHeaders: null,
  headersForIngress: false,
  statusAddresses: null,
  compatible: false,
};

/** What decided a field that nobody set. */
export const defaultOrigin: Origin = {
  ...nowhere,
  apiVersion: 'farside.dev/v1',
  kind: 'Default',
  name: 'contour',
};
