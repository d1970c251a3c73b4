// The decorators of tsyringe, which x509 uses, need this first.
import 'reflect-metadata';
import { randomBytes, webcrypto } from 'node:crypto';
import * as x509 from '@peculiar/x509';

/** A certificate and its key as PEM, for the demo and for tests. */
export interface IssuedCertificate {
  /** The leaf, followed by the intermediates that a server must send. */
  readonly chain: string;
  readonly key: string;
}

/** What to put into a certificate. Times default to a validity of 90 days that began an hour ago. */
export interface CertificateRequest {
  readonly commonName?: string;
  readonly dns?: readonly string[];
  readonly uris?: readonly string[];
  readonly ips?: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly usage?: 'server' | 'client' | 'both';
  /** P-256 unless said otherwise. RSA keys have 2,048 bits. */
  readonly keyType?: 'ecdsa' | 'rsa';
}

type CryptoKeyPair = webcrypto.CryptoKeyPair;

const hour = 3_600_000;
const day = 24 * hour;
const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const rsa = {
  name: 'RSASSA-PKCS1-v1_5',
  hash: 'SHA-256',
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};

x509.cryptoProvider.set(webcrypto as Crypto);

/** A certificate authority that lives in memory. */
export class CertificateAuthority {
  /** The CA's own certificate, PEM. */
  readonly certificate: string;
  readonly #issuer: x509.X509Certificate;
  readonly #keys: CryptoKeyPair;
  /** Certificates between the root and this authority, as a server must send them. */
  readonly #intermediates: readonly string[];

  private constructor(issuer: x509.X509Certificate, keys: CryptoKeyPair, intermediates: readonly string[]) {
    this.#issuer = issuer;
    this.#keys = keys;
    this.#intermediates = intermediates;
    this.certificate = `${issuer.toString('pem')}\n`;
  }

  /** A self-signed root. Its own key is P-256 unless said otherwise, as those of what it issues. */
  static async create(
    commonName: string,
    { keyType = 'ecdsa', ...validity }: Validity & Pick<CertificateRequest, 'keyType'> = {},
  ): Promise<CertificateAuthority> {
    const keys = await generateKeys(keyType);
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name: `CN=${commonName}`,
      keys,
      signingAlgorithm: signingAlgorithm(keys),
      extensions: authorityExtensions(),
      ...header(10 * 365 * day, validity),
    });
    return new CertificateAuthority(certificate, keys, []);
  }

  /** An authority below this one; what it issues carries its certificate in the chain. */
  async createIntermediate(commonName: string, validity?: Validity): Promise<CertificateAuthority> {
    const keys = await generateKeys('ecdsa');
    const certificate = await x509.X509CertificateGenerator.create({
      subject: `CN=${commonName}`,
      issuer: this.#issuer.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: signingAlgorithm(this.#keys),
      extensions: authorityExtensions(),
      ...header(5 * 365 * day, validity),
    });
    return new CertificateAuthority(certificate, keys, [...this.#intermediates, `${certificate.toString('pem')}\n`]);
  }

  async issue(request: CertificateRequest): Promise<IssuedCertificate> {
    const keys = await generateKeys(request.keyType ?? 'ecdsa');
    const names: x509.JsonGeneralNames = [
      ...(request.dns ?? []).map((value) => ({ type: 'dns' as const, value })),
      ...(request.uris ?? []).map((value) => ({ type: 'url' as const, value })),
      ...(request.ips ?? []).map((value) => ({ type: 'ip' as const, value })),
    ];
    const usage = request.usage ?? 'server';
    const purposes = [
      ...(usage === 'client' ? [] : [x509.ExtendedKeyUsage.serverAuth]),
      ...(usage === 'server' ? [] : [x509.ExtendedKeyUsage.clientAuth]),
    ];
    const leaf = await x509.X509CertificateGenerator.create({
      subject: request.commonName === undefined ? '' : `CN=${request.commonName}`,
      issuer: this.#issuer.subject,
      publicKey: keys.publicKey,
      signingKey: this.#keys.privateKey,
      signingAlgorithm: signingAlgorithm(this.#keys),
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(purposes),
        ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
      ],
      ...header(90 * day, request),
    });
    const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey);
    return {
      chain: [`${leaf.toString('pem')}\n`, ...[...this.#intermediates].reverse()].join(''),
      key: `${x509.PemConverter.encode(key, 'PRIVATE KEY')}\n`,
    };
  }

  /** A list of certificates of this authority that it takes back (RFC 5280 section 5), PEM. */
  async revoke(...revoked: readonly IssuedCertificate[]): Promise<string> {
    const list = await x509.X509CrlGenerator.create({
      issuer: this.#issuer.subject,
      thisUpdate: new Date(Date.now() - hour),
      nextUpdate: new Date(Date.now() + 30 * day),
      entries: revoked.map(({ chain }) => ({ serialNumber: new x509.X509Certificate(chain).serialNumber })),
      signingKey: this.#keys.privateKey,
      signingAlgorithm: signingAlgorithm(this.#keys),
    });
    return `${list.toString('pem')}\n`;
  }
}

interface Validity {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

function header(lifetime: number, validity: Validity = {}): { serialNumber: string; notBefore: Date; notAfter: Date } {
  const notBefore = validity.notBefore ?? new Date(Date.now() - hour);
  const notAfter = validity.notAfter ?? new Date(Date.now() + lifetime);
  return { serialNumber: `01${randomBytes(15).toString('hex')}`, notBefore, notAfter };
}

function authorityExtensions(): x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

function signingAlgorithm({ privateKey }: CryptoKeyPair): { name: string; hash: string } {
  return { name: privateKey.algorithm.name, hash: 'SHA-256' };
}

async function generateKeys(type: 'ecdsa' | 'rsa'): Promise<CryptoKeyPair> {
  const algorithm = type === 'rsa' ? rsa : ecdsa;
  return (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as CryptoKeyPair;
}
