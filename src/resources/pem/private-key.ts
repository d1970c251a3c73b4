import { createPrivateKey, type KeyObject } from 'node:crypto';
import { type PemBlock, readPem } from './blocks.ts';
import { faultOfNoBlock, faultOfText, type PemFault } from './fault.ts';

export type PrivateKeyReading =
  /** `pem` is the key's block alone. */
  | { readonly type: 'key'; readonly key: KeyObject; readonly pem: string }
  | { readonly type: 'invalid'; readonly fault: PemFault };

const encodings: Readonly<Record<string, 'pkcs8' | 'pkcs1' | 'sec1'>> = {
  'PRIVATE KEY': 'pkcs8',
  'RSA PRIVATE KEY': 'pkcs1',
  'EC PRIVATE KEY': 'sec1',
};
/** By OpenSSL's names. Others cannot sign a TLS handshake everywhere. */
const curves: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];
/** What TLS libraries refuse by default below (NIST SP 800-131A). */
const minRsaBits = 2048;

/** Reads the one private key of a text. The reasons tell labels, types and sizes, nothing of the key. */
export function parsePrivateKey(text: string): PrivateKeyReading {
  const fault = faultOfText(text);
  if (fault !== null) return { type: 'invalid', fault };
  const pem = readPem(text);
  const keys = pem.blocks.filter((block) => block.label.endsWith('PRIVATE KEY'));
  const [block] = keys;
  if (block === undefined) {
    if (pem.blocks.length === 0) return { type: 'invalid', fault: faultOfNoBlock(text, pem) };
    const labels = [...new Set(pem.blocks.map(({ label }) => label))].join(', ');
    return invalid(`holds ${labels} and no private key`, 'write the private key into it');
  }
  if (keys.length > 1) return invalid(`holds ${keys.length} private keys`, 'keep the one that belongs to the leaf');
  if (block.encrypted || block.label === 'ENCRYPTED PRIVATE KEY') {
    return invalid(
      'holds an encrypted private key, and nobody is there to give its passphrase',
      'decrypt it first: openssl pkey -in FILE',
    );
  }
  const encoding = encodings[block.label];
  if (encoding === undefined) {
    return invalid(`holds a ${block.label}, a kind of key that is not supported`, supportedKeys);
  }
  if (block.der === null) return invalid(`has a ${block.label} block that is not base64`, 'copy the key again, whole');
  return readKey(block, block.der, encoding);
}

const supportedKeys = 'use an RSA key of 2048 bits or more, an EC key on P-256, P-384 or P-521, or an Ed25519 key';

function readKey(block: PemBlock, der: Buffer, type: 'pkcs8' | 'pkcs1' | 'sec1'): PrivateKeyReading {
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: der, format: 'der', type });
  } catch {
    // OpenSSL's error stack would say no more, and errors near keys are better not passed on.
    return invalid(`has a ${block.label} block that does not parse`, 'copy the key again, whole');
  }
  const unsupported = unsupportedKey(key);
  if (unsupported !== null) return invalid(`holds ${unsupported}`, supportedKeys);
  return { type: 'key', key, pem: encode(block.label, der) };
}

function unsupportedKey(key: KeyObject): string | null {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return null;
  if (type === 'rsa') {
    const bits = details?.modulusLength ?? 0;
    return bits >= minRsaBits ? null : `an RSA key of ${bits} bits; ${minRsaBits} are the least that TLS peers accept`;
  }
  if (type === 'ec') {
    const curve = details?.namedCurve ?? 'an unnamed curve';
    return curves.includes(curve) ? null : `an EC key on ${curve}, which TLS peers do not accept`;
  }
  return `a key of type ${type ?? 'unknown'}, which is not supported`;
}

function encode(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

function invalid(message: string, remedy: string): PrivateKeyReading {
  return { type: 'invalid', fault: { message, remedy } };
}
