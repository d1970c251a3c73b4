import type { X509Certificate } from 'node:crypto';
import { type PresentedNames, presentedNames } from './presented-names.ts';

/** What a backend showed of itself, gathered only when it is refused. */
export interface PeerCertificate {
  /** The common name, or else the whole subject; empty where there is none. */
  readonly subject: string;
  readonly issuer: string;
  readonly names: PresentedNames;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly selfSigned: boolean;
}

/** The certificates that a peer sent, the leaf first. Bounded, and safe against a chain that leads back to itself. */
export function describeChain(leaf: X509Certificate | undefined): PeerCertificate[] {
  const chain: PeerCertificate[] = [];
  for (let each = leaf; each !== undefined && chain.length < 10; each = each.issuerCertificate) {
    const certificate = describeCertificate(each);
    chain.push(certificate);
    if (certificate.selfSigned) break;
  }
  return chain;
}

function describeCertificate(certificate: X509Certificate): PeerCertificate {
  return {
    subject: shortName(certificate.subject),
    issuer: shortName(certificate.issuer),
    names: presentedNames(certificate.raw),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    selfSigned: certificate.checkIssued(certificate),
  };
}

/**
 * A distinguished name as people say it: its common name, else all of it. Accepts one part a line and RFC 4514. Node
 * gives undefined, whatever its types say, for a name without parts.
 */
export function shortName(name: string | undefined): string {
  if (name === undefined) return '';
  const parts = name.includes('\n') ? name.split('\n') : name.split(/(?<!\\),\s*/);
  const common = parts.find((part) => part.startsWith('CN='));
  return common === undefined ? parts.join(', ') : common.slice('CN='.length);
}
