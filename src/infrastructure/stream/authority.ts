// The decorators of tsyringe, which x509 uses, need this first.
import 'reflect-metadata';
import { createPrivateKey, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate with its key, PEM. Never logged. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Milliseconds. */
const day = 86_400_000;
/** Clocks of machines differ. */
const leeway = 3_600_000;
const lifetimes = { authority: 3_650 * day, leaf: 30 * day };

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

x509.cryptoProvider.set(webcrypto as Crypto);

/** Makes an authority that certifies the two ends of the configuration stream, and nothing else. */
export async function createStreamAuthority(now: number): Promise<KeyedCertificate> {
  const keys = await generateKeys();
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=Farside configuration stream ${randomBytes(4).toString('hex')}`,
    keys,
    signingAlgorithm: algorithm,
    extensions: [
      // No authority below this one.
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
    ...validity(now, lifetimes.authority),
  });
  return exported(certificate, keys);
}

/** The controller's end by its DNS name, or a data plane's by the URI of its Gateway. */
export type StreamEnd =
  | { readonly type: 'controller'; readonly dns: string }
  | { readonly type: 'data-plane'; readonly uri: string };

/** Certifies one end for 30 days: a data plane can only be a client, and the controller only a server. */
export async function certifyStreamEnd(
  authority: KeyedCertificate,
  end: StreamEnd,
  now: number,
): Promise<KeyedCertificate> {
  const issuer = new x509.X509Certificate(authority.certificate);
  const signingKey = await webcrypto.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(authority.privateKey),
    algorithm,
    false,
    ['sign'],
  );
  const keys = await generateKeys();
  const [purpose, name] =
    end.type === 'controller'
      ? ([x509.ExtendedKeyUsage.serverAuth, { type: 'dns', value: end.dns }] as const)
      : ([x509.ExtendedKeyUsage.clientAuth, { type: 'url', value: end.uri }] as const);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: '',
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([purpose]),
      // Critical, since the subject is empty (RFC 5280 section 4.2.1.6).
      new x509.SubjectAlternativeNameExtension([name], true),
    ],
    ...validity(now, lifetimes.leaf),
  });
  return exported(certificate, keys);
}

/** Whether a data plane's certificate and key belong together, are of this authority, and name this Gateway alone. */
export function isCertifiedBy(
  { certificate, privateKey }: KeyedCertificate,
  authority: KeyedCertificate,
  uri: string,
): boolean {
  try {
    const leaf = new X509Certificate(certificate);
    const issuer = new X509Certificate(authority.certificate);
    return (
      leaf.checkIssued(issuer) &&
      leaf.verify(issuer.publicKey) &&
      leaf.checkPrivateKey(createPrivateKey(privateKey)) &&
      leaf.subjectAltName === `URI:${uri}`
    );
  } catch {
    // Whatever stands there is none, and of no use to anybody.
    return false;
  }
}

/** Whether a certificate is to be made anew: two thirds of its time are over, or it cannot be read. */
export function needsRenewal(certificate: string, now: number): boolean {
  try {
    const { notBefore, notAfter } = new x509.X509Certificate(certificate);
    const begin = notBefore.getTime();
    return now < begin || now > begin + ((notAfter.getTime() - begin) * 2) / 3;
  } catch {
    // Whatever stands there is none, and of no use to anybody.
    return true;
  }
}

function validity(now: number, lifetime: number) {
  const serialNumber = `01${randomBytes(15).toString('hex')}`;
  return { serialNumber, notBefore: new Date(now - leeway), notAfter: new Date(now + lifetime) };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
}

async function exported(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<KeyedCertificate> {
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
  return {
    certificate: `${certificate.toString('pem')}\n`,
    privateKey: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
  };
}
