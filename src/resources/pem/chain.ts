import type { X509Certificate } from 'node:crypto';
import { readPem } from './blocks.ts';
import { type CertificateFacts, parseCertificate, readFacts } from './certificate.ts';
import { faultOfNoBlock, faultOfText, type PemFault } from './fault.ts';

/** The certificates that one side of a handshake presents: the leaf, then what leads from it towards a root. */
export interface CertificateChain {
  readonly type: 'chain';
  readonly certificates: readonly X509Certificate[];
  readonly leaf: CertificateFacts;
  readonly pem: string;
  readonly warnings: readonly PemFault[];
}

/** Bounds a handshake message; real chains have two to four certificates. */
export const maxChainLength = 16;

/** Every certificate must parse: a chain with a hole would fail at some peers and not at others. */
export function parseCertificateChain(text: string): CertificateChain | { type: 'invalid'; fault: PemFault } {
  const fault = faultOfText(text);
  if (fault !== null) return { type: 'invalid', fault };
  const pem = readPem(text);
  const blocks = pem.blocks.filter((block) => block.label === 'CERTIFICATE');
  if (pem.unpaired !== null || pem.blocks.length === 0) {
    return { type: 'invalid', fault: faultOfNoBlock(text, pem) };
  }
  if (blocks.length === 0) {
    return invalid(`holds a ${pem.blocks[0]?.label} block and no CERTIFICATE`, 'write the certificate chain into it');
  }
  if (blocks.length > maxChainLength) {
    return invalid(`holds ${blocks.length} certificates; a chain has at most ${maxChainLength}`, 'keep only the chain');
  }
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    const certificate = block.der === null ? null : parseCertificate(block.der);
    if (certificate === null) {
      const why = block.der === null ? 'is not base64' : 'does not parse as X.509';
      return invalid(`is damaged: certificate ${index + 1} of ${blocks.length} ${why}`, 'copy the chain again, whole');
    }
    certificates.push(certificate);
  }
  const [leaf] = certificates as [X509Certificate];
  return {
    type: 'chain',
    certificates,
    leaf: readFacts(leaf),
    pem: certificates.map((certificate) => certificate.toString()).join(''),
    warnings: orderWarnings(certificates),
  };
}

/** Peers that do not sort the chain themselves (RFC 8446 section 4.4.2 lets them off) need each to certify the one before. */
function orderWarnings(certificates: readonly X509Certificate[]): PemFault[] {
  const stray = certificates.findIndex((certificate, index) => {
    const before = index === 0 ? undefined : certificates[index - 1];
    return before !== undefined && !before.checkIssued(certificate);
  });
  if (stray < 0) return [];
  return [
    {
      message: `is out of order: certificate ${stray + 1} did not issue certificate ${stray}`,
      remedy: 'order the chain from the leaf to the root, without certificates that are not part of it',
    },
  ];
}

function invalid(message: string, remedy: string): { type: 'invalid'; fault: PemFault } {
  return { type: 'invalid', fault: { message, remedy } };
}
