import type { BackendTls } from '../../../model/tls.ts';
import type { ConnectFailure } from '../proxy/connector.ts';
import { failure } from './connect-failure.ts';

/** What is known of a handshake that broke. */
export interface HandshakeFacts {
  readonly tls: BackendTls;
  /** The error's code, or an empty string where the backend only closed the connection. */
  readonly code: string;
  /** The backend's certificate had arrived: versions, ciphers and groups were agreed on. */
  readonly certificateSeen: boolean;
  /** The server name that was sent, or an empty string. */
  readonly serverName: string;
  readonly alpn: readonly string[];
}

/** Alerts by which a server rejects the certificate that a client presented (RFC 8446 section 6.2). */
const certificateAlerts: ReadonlySet<string> = new Set([
  'BAD_CERTIFICATE',
  'UNSUPPORTED_CERTIFICATE',
  'CERTIFICATE_REVOKED',
  'CERTIFICATE_EXPIRED',
  'CERTIFICATE_UNKNOWN',
  'UNKNOWN_CA',
  'ACCESS_DENIED',
  'DECRYPT_ERROR',
]);

/** What OpenSSL says when the first bytes are no TLS record. */
const notTls: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_BAD_RECORD_TYPE',
  'ERR_SSL_RECORD_LAYER_FAILURE',
]);

/** Why a TLS handshake did not come to its end. Never about the backend's certificate; that is `verifyFailure`. */
export function handshakeFailed(facts: HandshakeFacts): ConnectFailure {
  const { tls, code } = facts;
  const alert = /_ALERT_([A-Z_]+)$/.exec(code)?.[1];
  if (alert !== undefined) return alertReceived(alert, facts);
  if (notTls.has(code)) {
    const message = 'answers plain HTTP where TLS was asked for';
    return {
      ...failure('tls', 'plain-http', message, tls.verification.origin),
      wanted: 'TLS',
      presented: 'plain HTTP',
    };
  }
  if (code === 'ERR_SSL_UNSUPPORTED_PROTOCOL' || code === 'ERR_SSL_WRONG_SSL_VERSION') return versionMismatch(facts);
  if (code === 'ERR_SSL_WRONG_CIPHER_RETURNED' || code === 'ERR_SSL_UNKNOWN_CIPHER_RETURNED')
    return cipherMismatch(facts);
  if (code === '' || code === 'ECONNRESET' || code === 'EPIPE') {
    return failure('tls', 'reset', 'closed the connection during the TLS handshake');
  }
  return failure('tls', 'handshake', `the TLS handshake failed: ${describeCode(code)}`);
}

function alertReceived(alert: string, facts: HandshakeFacts): ConnectFailure {
  const { tls } = facts;
  const presentsCertificate = tls.clientCertificate.value !== null;
  if (alert === 'CERTIFICATE_REQUIRED') return clientCertificateRequired(tls);
  if (certificateAlerts.has(alert)) {
    // TLS 1.2 has no alert of its own for a certificate that is missing (RFC 5246 section 7.4.6).
    return presentsCertificate ? clientCertificateRefused(tls, alert) : clientCertificateRequired(tls);
  }
  switch (alert) {
    case 'PROTOCOL_VERSION':
      return versionMismatch(facts);
    case 'HANDSHAKE_FAILURE':
    case 'INSUFFICIENT_SECURITY':
      if (!facts.certificateSeen) return cipherMismatch(facts);
      return presentsCertificate ? clientCertificateRefused(tls, alert) : clientCertificateRequired(tls);
    case 'UNRECOGNIZED_NAME':
      return {
        ...failure(
          'tls',
          'unrecognized-name',
          `has no certificate for server name "${facts.serverName}"`,
          tls.serverName.origin,
        ),
        wanted: facts.serverName,
      };
    case 'NO_APPLICATION_PROTOCOL':
      return {
        ...failure(
          'tls',
          'alpn-mismatch',
          `speaks none of the offered protocols (ALPN ${facts.alpn.join(', ')})`,
          tls.alpn.origin,
        ),
        wanted: facts.alpn.join(', '),
      };
    default:
      return failure('tls', 'handshake', `broke the TLS handshake off with the alert ${describeCode(alert)}`);
  }
}

export function clientCertificateRequired(tls: BackendTls): ConnectFailure {
  const message = 'wants a client certificate and none is configured';
  return { ...failure('tls', 'client-certificate-required', message, tls.clientCertificate.origin), presented: 'none' };
}

export function clientCertificateRefused(tls: BackendTls, alert: string): ConnectFailure {
  const presented = tls.clientCertificate.value ?? 'none';
  const message = `refused the client certificate of ${presented}${alert === '' ? '' : ` (alert ${describeCode(alert)})`}`;
  return { ...failure('tls', 'client-certificate-refused', message, tls.clientCertificate.origin), presented };
}

function versionMismatch({ tls }: HandshakeFacts): ConnectFailure {
  const { minVersion, maxVersion } = tls;
  const wanted = describeVersions(tls);
  const message = `speaks no TLS version that is allowed (${wanted})`;
  const origin = maxVersion.value === 'TLSv1.3' ? minVersion.origin : maxVersion.origin;
  return { ...failure('tls', 'protocol-version', message, origin), wanted };
}

function cipherMismatch({ tls }: HandshakeFacts): ConnectFailure {
  const configured = [...(tls.ciphers.value ?? []), ...(tls.groups.value ?? [])].join(', ');
  const wanted = configured === '' ? 'the default ciphers and groups' : configured;
  const message = `has no cipher, group or signature algorithm in common with the gateway (${wanted})`;
  const decided = tls.ciphers.value === null && tls.groups.value !== null ? tls.groups : tls.ciphers;
  return { ...failure('tls', 'cipher-mismatch', message, decided.origin), wanted };
}

function describeVersions(tls: BackendTls): string {
  const [min, max] = [tls.minVersion.value, tls.maxVersion.value].map((version) => version.slice('TLSv'.length));
  return min === max ? `TLS ${min}` : `TLS ${min} to ${max}`;
}

const describeCode = (code: string): string =>
  code
    .replace(/^ERR_SSL_/, '')
    .toLowerCase()
    .replaceAll('_', ' ');
