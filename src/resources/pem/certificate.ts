import { X509Certificate } from 'node:crypto';
import type { AcceptedName } from '../../model/tls.ts';
import { readNames } from './names.ts';

/** What may be shown of one certificate. */
export interface CertificateFacts {
  /** RFC 4514, or the first name where the subject is empty. */
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly AcceptedName[];
  /** Lower-case hexadecimal SHA-256 of the DER. */
  readonly fingerprint: string;
  /** RFC 3339. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Whether basicConstraints says so (RFC 5280 section 4.2.1.9). */
  readonly isAuthority: boolean;
  /** Object identifiers of extendedKeyUsage (RFC 5280 section 4.2.1.12), or null where the certificate has none. */
  readonly purposes: readonly string[] | null;
}

/** Null when the DER is no X.509 certificate. */
export function parseCertificate(der: Buffer): X509Certificate | null {
  try {
    const certificate = new X509Certificate(der);
    // OpenSSL ignores what follows the certificate, and reads its times only when asked.
    const whole = certificate.raw.length === der.length;
    const dated =
      !Number.isNaN(certificate.validFromDate.getTime()) && !Number.isNaN(certificate.validToDate.getTime());
    return whole && dated ? certificate : null;
  } catch {
    // The reasons are OpenSSL's error stack, which says less than the position in the bundle.
    return null;
  }
}

export function readFacts(certificate: X509Certificate): CertificateFacts {
  const names = readNames(certificate.subjectAltName);
  const usage: unknown = certificate.keyUsage;
  return {
    subject: distinguishedName(certificate.subject) || (names[0]?.value ?? ''),
    issuer: distinguishedName(certificate.issuer),
    names,
    fingerprint: certificate.fingerprint256.replaceAll(':', '').toLowerCase(),
    notBefore: timestamp(certificate.validFromDate),
    notAfter: timestamp(certificate.validToDate),
    isAuthority: certificate.ca,
    purposes: Array.isArray(usage) ? usage.map(String) : null,
  };
}

/** RFC 4514 writes the most specific part first; OpenSSL prints one part a line in the order of the encoding. */
function distinguishedName(lines: string | undefined): string {
  return (lines ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .reverse()
    .join(',');
}

/** RFC 3339 without fractions: X.509 times have whole seconds (RFC 5280 section 4.1.2.5). */
function timestamp(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}
