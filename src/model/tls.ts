import type { Decided, Origin } from './origin.ts';

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/**
 * Where the server name of a backend handshake (SNI, RFC 6066 section 3) comes from.
 * `none` sends no server name.
 */
export type ServerName =
  | { readonly type: 'fixed'; readonly name: string }
  | { readonly type: 'host-header' }
  | { readonly type: 'endpoint' }
  | { readonly type: 'none' };

/** One identity that a certificate's subjectAltName (RFC 5280 section 4.2.1.6) may carry. */
export type AcceptedName =
  | { readonly type: 'dns'; readonly value: string }
  | { readonly type: 'uri'; readonly value: string }
  | { readonly type: 'ip'; readonly value: string };

/**
 * How a backend's certificate is verified. `none` is a choice that someone made by name; it is shown as a warning
 * wherever the backend is shown.
 */
export type Verification =
  | { readonly type: 'bundles'; readonly bundles: readonly string[] }
  | { readonly type: 'system' }
  | { readonly type: 'none' };

/**
 * TLS from gateway to backend, the heart of the model. Every field carries the origin that decided it.
 *
 * A certificate is accepted when its chain leads to the trust that `verification` names, it is within its validity, and
 * one of its subjectAltNames equals one of `names` (any match is enough; the common name never counts, RFC 9525).
 */
export interface BackendTls {
  readonly serverName: Decided<ServerName>;
  readonly verification: Decided<Verification>;
  /** Accepted identities. Empty only when `verification` is `none`. */
  readonly names: Decided<readonly AcceptedName[]>;
  /** Id in `Model.certificates` of the certificate that the gateway presents, or null for none. */
  readonly clientCertificate: Decided<string | null>;
  readonly minVersion: Decided<TlsVersion>;
  readonly maxVersion: Decided<TlsVersion>;
  /** OpenSSL names in order of preference (TLS 1.2 and 1.3 together), or null for the data plane's defaults. */
  readonly ciphers: Decided<readonly string[] | null>;
  /** Key exchange groups in order of preference, or null for the data plane's defaults. */
  readonly groups: Decided<readonly string[] | null>;
  /** Application protocols to offer (RFC 7301), in order of preference; empty sends no ALPN extension. */
  readonly alpn: Decided<readonly string[]>;
}

/** How the connection to a backend is protected. `refused` backends answer 503 and are never connected to. */
export type BackendSecurity =
  | { readonly type: 'plaintext'; readonly origin: Origin }
  | { readonly type: 'tls'; readonly tls: BackendTls }
  | { readonly type: 'refused'; readonly reason: string; readonly message: string; readonly origin: Origin };

/** A part of a client's certificate that backends may be told. */
export type ForwardedPart = 'subject' | 'certificate' | 'chain' | 'dns' | 'uri';

/** How the certificates of clients are verified (GEP-91). */
export interface ClientValidation {
  /** Ids in `Model.trustBundles`. Empty only where `mode` verifies nobody. */
  readonly bundles: readonly string[];
  /**
   * `required`: a handshake without a certificate that leads to the bundles fails. `if-presented`: one without a certificate
   * succeeds, one with another certificate fails. `presented`: a handshake without a certificate fails, and any will do.
   * `optional`: a certificate is asked for, and the connection is taken whatever comes of it. The last two verify nobody,
   * a choice that someone made by name.
   */
  readonly mode: 'required' | 'if-presented' | 'presented' | 'optional';
  /**
   * Certificates that were taken back (RFC 5280 section 5), each list as the base64 of its DER. With some, every certificate of
   * a chain needs a list of its issuer, or it is refused.
   */
  readonly revocationLists?: readonly string[];
  /** What backends are told, beside its hash, in X-Forwarded-Client-Cert. Absent tells nothing. */
  readonly forward?: readonly ForwardedPart[];
  readonly origin: Origin;
}

/** TLS from client to gateway, for one listener section. */
export interface ListenerTls {
  /** Ids in `Model.certificates`; the one whose names fit the client's server name is used, else the first. */
  readonly certificates: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly ciphers: readonly string[] | null;
  /** Application protocols in the gateway's order of preference; empty where the section carries streams. */
  readonly alpn: readonly string[];
  /** Left out where clients are not asked for certificates. */
  readonly clientValidation?: ClientValidation;
}

/** What may be shown of a certificate. The key is in `KeyMaterial`, under the same id. */
export interface Certificate {
  /** `Secret namespace/name`, the way it is shown. */
  readonly id: string;
  /** RFC 4514 subject of the leaf, or its first name where the subject is empty. */
  readonly subject: string;
  readonly issuer: string;
  /** DNS, URI and IP names of the leaf. */
  readonly names: readonly AcceptedName[];
  /** Lower-case hexadecimal SHA-256 of the leaf's DER; changes when the certificate rotates. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  readonly origin: Origin;
}

/** What may be shown of a set of CA certificates. The PEM is in `KeyMaterial`, under the same id. */
export interface TrustBundle {
  /** `ConfigMap namespace/name`, `Secret namespace/name` or `ClusterTrustBundle name`. */
  readonly id: string;
  readonly authorities: readonly Authority[];
  readonly origin: Origin;
}

export interface Authority {
  readonly subject: string;
  readonly fingerprint: string;
  readonly notBefore: string;
  readonly notAfter: string;
}
