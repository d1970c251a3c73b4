import { type PemBlock, readPem } from './blocks.ts';
import { type CertificateFacts, parseCertificate, readFacts } from './certificate.ts';
import { faultOfNoBlock, faultOfText, type PemFault } from './fault.ts';
import { rememberByContent } from './memo.ts';

/** CA certificates as one text states them. */
export interface TrustBundleText {
  /** Distinct certificates in the order of the text. Empty when nothing can be trusted. */
  readonly authorities: readonly CertificateFacts[];
  /** The PEM of `authorities` alone. */
  readonly pem: string;
  /** Certificates that were meant to be trusted and are not. */
  readonly faults: readonly PemFault[];
  /** What is trusted or skipped and deserves a look all the same. */
  readonly warnings: readonly PemFault[];
}

/** More than any public root program has; bounds the cost of one bundle. */
export const maxAuthorities = 512;

/**
 * Reads a bundle of CA certificates.
 *
 * A certificate that does not parse is left out and told as a fault, and the others are trusted: leaving one out can
 * only make fewer backends acceptable, while refusing all would turn one bad line into an outage.
 */
export const readTrustBundle: (text: string) => TrustBundleText = rememberByContent(512, (text = '') => {
  const fault = faultOfText(text);
  if (fault !== null) return nothing(fault);
  const pem = readPem(text);
  const [first] = pem.blocks;
  if (first === undefined) return nothing(faultOfNoBlock(text, pem));
  const blocks = pem.blocks.filter((block) => block.label === 'CERTIFICATE');
  if (blocks.length === 0) return nothing(wrongBlock(first));
  if (blocks.length > maxAuthorities) {
    return nothing({
      message: `holds ${blocks.length} certificates; at most ${maxAuthorities} are read`,
      remedy: 'keep only the authorities that sign these backends',
    });
  }
  const read = readAuthorities(blocks);
  const faults = [...read.faults];
  if (pem.unpaired !== null) faults.push(faultOfNoBlock(text, pem));
  return { ...read, faults, warnings: [...read.warnings, ...strangers(pem.blocks)] };
});

function readAuthorities(blocks: readonly PemBlock[]): TrustBundleText {
  const authorities = new Map<string, CertificateFacts>();
  const faults: PemFault[] = [];
  const warnings: PemFault[] = [];
  let pem = '';
  for (const [index, block] of blocks.entries()) {
    const which = blocks.length === 1 ? 'the certificate' : `certificate ${index + 1} of ${blocks.length}`;
    const certificate = block.der === null ? null : parseCertificate(block.der);
    if (certificate === null) {
      const why = block.der === null ? 'is not base64' : 'does not parse as X.509';
      faults.push({ message: `cannot be read whole: ${which} ${why}`, remedy: 'copy that certificate again, whole' });
      continue;
    }
    const facts = readFacts(certificate);
    if (authorities.has(facts.fingerprint)) continue;
    authorities.set(facts.fingerprint, facts);
    pem += certificate.toString();
    if (!facts.isAuthority) {
      warnings.push({
        message: `holds a certificate that is no CA: ${which}, "${facts.subject}", can vouch for nothing but itself`,
        remedy: 'put the certificate of the CA that signed it in its place',
      });
    }
  }
  return { authorities: [...authorities.values()], pem, faults, warnings };
}

/** Blocks beside the certificates. A private key in a CA bundle is a leak: bundles are made to be handed around. */
function strangers(blocks: readonly PemBlock[]): PemFault[] {
  const labels = new Set(blocks.map((block) => block.label).filter((label) => label !== 'CERTIFICATE'));
  return [...labels].map((label) =>
    label.endsWith('PRIVATE KEY')
      ? {
          message: `holds a ${label} beside the certificates; it is ignored, but whoever reads the bundle has the key`,
          remedy: 'take the key out, and replace it: it must count as known',
        }
      : { message: `holds a ${label} block, which is ignored`, remedy: 'keep only CERTIFICATE blocks' },
  );
}

function wrongBlock(block: PemBlock): PemFault {
  return {
    message: `holds a ${block.label} block and no CERTIFICATE`,
    remedy: 'write the certificate of the CA into it',
  };
}

function nothing(fault: PemFault): TrustBundleText {
  return { authorities: [], pem: '', faults: [fault], warnings: [] };
}
