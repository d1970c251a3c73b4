import type { PemText } from './blocks.ts';

/** Why PEM is not what it should be. Holds labels and positions, never a byte of the content. */
export interface PemFault {
  /** Continues a sentence whose subject is the value: `holds no PEM block`. */
  readonly message: string;
  /** An instruction. */
  readonly remedy: string;
}

/** Bounds what one value may cost. A Kubernetes object holds at most 1 MiB, so nothing real is refused. */
export const maxPemLength = 1_048_576;

/** What is wrong with a text before any block of it is looked at, or null. */
export function faultOfText(text: string): PemFault | null {
  if (text.length > maxPemLength) {
    return {
      message: `is longer than ${maxPemLength} characters`,
      remedy: 'keep only the certificates that are needed',
    };
  }
  return text.trim() === '' ? { message: 'is empty', remedy: 'write the PEM into it' } : null;
}

/** Why a text without any block has none; names the mistakes that people make most. */
export function faultOfNoBlock(text: string, { unpaired }: PemText): PemFault {
  const start = text.trimStart();
  if (unpaired !== null) {
    return {
      message: `has a ${unpaired.label} block without its ${unpaired.missing} line`,
      remedy: 'copy the PEM again, whole',
    };
  }
  if (text.includes('-----BEGIN ')) {
    return { message: 'holds PEM whose line breaks were lost', remedy: 'write it as a block of lines ("|" in YAML)' };
  }
  // "-----BEGIN" in base64.
  if (start.startsWith('LS0tLS1CRUdJTi')) {
    return { message: 'is base64 of PEM where PEM is expected', remedy: 'encode it once only, or use stringData' };
  }
  // The start of a DER sequence in base64.
  if (/^MI[I-L]/.test(start)) {
    return { message: 'is base64 without its BEGIN and END lines', remedy: 'add the lines of PEM' };
  }
  return {
    message: 'holds no PEM block',
    remedy: 'write PEM into it (openssl x509 -inform der -in FILE converts a DER file)',
  };
}
