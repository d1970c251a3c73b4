import type { KeyPair } from '../../model/model.ts';
import type { Certificate } from '../../model/tls.ts';
import type { Secret } from '../core.ts';
import type { Resource } from '../object.ts';
import type { CertificateFacts } from './certificate.ts';
import { parseCertificateChain } from './chain.ts';
import { describeKeys, originOfEntry, readEntry } from './entry.ts';
import type { PemFault } from './fault.ts';
import { rememberByContent } from './memo.ts';
import { parsePrivateKey } from './private-key.ts';

export type TlsSecretReading =
  | {
      readonly type: 'pair';
      readonly certificate: Certificate;
      readonly pair: KeyPair;
      /** Object identifiers of the leaf's extendedKeyUsage, or null where it may be used for anything. */
      readonly purposes: readonly string[] | null;
      /** About the whole Secret: `Secret shop/a` continues with the message. */
      readonly warnings: readonly PemFault[];
    }
  | {
      readonly type: 'invalid';
      /** Field of the Secret that is at fault; empty for the whole object. */
      readonly field: string;
      /** `Secret shop/a` continues with the message. */
      readonly fault: PemFault;
    };

const types: readonly string[] = ['kubernetes.io/tls', 'Opaque'];

/**
 * Reads the certificate chain (`tls.crt`) and private key (`tls.key`) of a Secret. The key must belong to the leaf,
 * which must be the first certificate. `Opaque` Secrets are accepted as they come out of generators.
 */
export function readTlsSecret(secret: Resource<Secret>): TlsSecretReading {
  const { object } = secret;
  if (!types.includes(object.type)) {
    return invalid('type', `is of type ${object.type}`, 'use a Secret of type kubernetes.io/tls');
  }
  const chain = readText(object, 'tls.crt');
  if (chain.type === 'invalid') return chain;
  const key = readText(object, 'tls.key');
  if (key.type === 'invalid') return key;
  const verdict = checkPair(chain.text, key.text);
  if (verdict.type === 'invalid') {
    const name = verdict.part;
    const { message, remedy } = verdict.fault;
    return invalid(`data[${name}]`, `is invalid: its ${name} ${message}`, remedy);
  }
  // Parsed again rather than remembered: the memory of `checkPair` holds no key.
  const parsed = parsePrivateKey(key.text);
  if (parsed.type === 'invalid')
    return invalid('data[tls.key]', `is invalid: its tls.key ${parsed.fault.message}`, parsed.fault.remedy);
  const { namespace, name } = secret.reference;
  return {
    type: 'pair',
    certificate: {
      id: `Secret ${namespace}/${name}`,
      ...shown(verdict.leaf),
      origin: originOfEntry(secret, 'data[tls.crt]'),
    },
    pair: { certificateChain: verdict.pem, privateKey: parsed.pem },
    purposes: verdict.leaf.purposes,
    warnings: verdict.warnings.map(({ message, remedy }) => ({ message: `has a tls.crt that ${message}`, remedy })),
  };
}

type Verdict =
  | {
      readonly type: 'pair';
      readonly leaf: CertificateFacts;
      readonly pem: string;
      readonly warnings: readonly PemFault[];
    }
  | { readonly type: 'invalid'; readonly part: 'tls.crt' | 'tls.key'; readonly fault: PemFault };

const checkPair: (chain: string, key: string) => Verdict = rememberByContent<Verdict>(
  512,
  (chainText = '', keyText = '') => {
    const chain = parseCertificateChain(chainText);
    if (chain.type === 'invalid') return { type: 'invalid', part: 'tls.crt', fault: chain.fault };
    const parsed = parsePrivateKey(keyText);
    if (parsed.type === 'invalid') return { type: 'invalid', part: 'tls.key', fault: parsed.fault };
    const owner = chain.certificates.findIndex((certificate) => certificate.checkPrivateKey(parsed.key));
    if (owner === 0) return { type: 'pair', leaf: chain.leaf, pem: chain.pem, warnings: chain.warnings };
    if (owner > 0) {
      return {
        type: 'invalid',
        part: 'tls.crt',
        fault: {
          message: `is in the wrong order: the key belongs to certificate ${owner + 1}, and the leaf must come first`,
          remedy: 'order the chain from the leaf to the root',
        },
      };
    }
    return {
      type: 'invalid',
      part: 'tls.key',
      fault: {
        message: 'does not belong to the certificate in tls.crt',
        remedy: 'put the key in that the certificate was issued for, or have the certificate issued anew',
      },
    };
  },
);

function readText(
  secret: Secret,
  key: string,
): { type: 'text'; text: string } | (TlsSecretReading & { type: 'invalid' }) {
  const entry = readEntry(secret, key);
  if (entry.type === 'text') return entry;
  if (entry.type === 'not-base64') {
    return invalid(entry.field, `is invalid: its ${key} is not base64`, 'encode it, or write it under stringData');
  }
  return invalid('data', `has no key "${key}"; ${describeKeys(entry.keys)}`, 'use a Secret with tls.crt and tls.key');
}

function invalid(field: string, message: string, remedy: string): TlsSecretReading & { type: 'invalid' } {
  return { type: 'invalid', field, fault: { message, remedy } };
}

function shown({
  subject,
  issuer,
  names,
  fingerprint,
  notBefore,
  notAfter,
}: CertificateFacts): Omit<Certificate, 'id' | 'origin'> {
  return { subject, issuer, names, fingerprint, notBefore, notAfter };
}
